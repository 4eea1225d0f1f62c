/** "Say X", "reply with exactly X", "repeat after me: X": X. */

import type { Decision } from '../decision.ts'

const LONGEST = 8_000
/** Words that may follow without quotes or a colon: more is a task, not something to repeat. */
const LONGEST_UNMARKED_WORDS = 20

const WHAT =
  '(?:\\s+(?:exactly|only|just|back|simply|literally|the following|this|these words|with))*' +
  '(?:\\s+(?:the|this|a single|one)\\s+(?:exact\\s+)?(?:word|words|text|phrase|sentence|letter|number|string|token|message))?'
const ASKS = new RegExp(
  `(?:^|[.!?\\n]\\s*|\\b(?:please|just|only|simply|then|and|must|should|you|always|to)\\s+)` +
    `(?:repeat after me|repeat|say|echo|(?:reply|respond|answer)(?:\\s+(?:only|just|simply|back))*\\s+with|output|print|write|type)` +
    `${WHAT}\\s*(:|,)?\\s+(?=\\S)`,
  'gi',
)

export function answerEcho(asked: string): Decision | undefined {
  const text = asked.trim().slice(0, LONGEST)
  for (const match of text.matchAll(ASKS)) {
    const words = wordsToRepeat(
      text.slice(match.index + match[0].length),
      match[1] === ':' || /exactly|after me|following/i.test(match[0]),
    )
    if (words !== undefined)
      return { thought: 'I am asked to say certain words, so I say just those.', text: words, core: words }
  }
  return undefined
}

function wordsToRepeat(rest: string, isMarked: boolean): string | undefined {
  const quoted = /^(?:"([^"]+)"|“([^”]+)”|'([^'\n]+)'|`([^`]+)`|「([^」]+)」)/.exec(rest)
  const inner = quoted?.slice(1).find((group) => group !== undefined)
  if (inner !== undefined) return inner
  const plain = rest.replace(/,?\s+(?:and|with) (?:nothing|no(?:thing)? (?:else|more|other \w+))[^\n]*$/i, '').trim()
  if (isMarked) return plain === '' ? undefined : withoutFullStop(plain)
  const [sentence = ''] = plain.split(/(?<=[.!?])\s|\n/)
  const words = withoutFullStop(sentence.trim())
  if (words === '' || TASKS.test(words) || words.split(/\s+/).length > LONGEST_UNMARKED_WORDS) return undefined
  return words
}

/** One word with a full stop behind it is that word; a sentence keeps its own. */
function withoutFullStop(text: string): string {
  return /^\S+\.$/.test(text) ? text.slice(0, -1) : text
}

/** What only describes the words that are wanted. */
const TASKS =
  /^(?:a|an|the|your|my|our|all|each|every|some|something|anything|nothing|what|why|how|who|whether|if|as|at|no|more|less|about|in|on|to|for|me|us|it|that|this|valid|only|either|yes or no|true or false|json|code|python|out|down|up|down|html|markdown)\b|^(?:\d+|one|two|three|four|five|six|seven|eight|nine|ten) (?:\p{L}+ )?(?:words?|sentences?|lines?|things?|paragraphs?|options?|examples?|items?|numbers?|letters?|of)\b|\bin (?:english|french|german|spanish|italian|chinese|japanese|korean|russian|latin)\b/iu
