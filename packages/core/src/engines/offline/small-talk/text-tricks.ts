/** Small things that can be done to a word or a text exactly: turn it around, count its letters, change its case. */

import type { Decision } from '../decision.ts'

const LONGEST = 2_000

export function answerTextTrick(asked: string): Decision | undefined {
  const text = asked.trim().slice(0, LONGEST)
  for (const { pattern, answer } of TRICKS) {
    const match = pattern.exec(text)
    if (match === null) continue
    const result = answer(match.slice(1).map((group) => unquoted(group ?? '')))
    if (result !== undefined)
      return { thought: 'This can be done to the text itself, without knowing anything.', ...result }
  }
  return undefined
}

interface Trick {
  readonly pattern: RegExp
  readonly answer: (groups: readonly string[]) => { text: string; core: string } | undefined
}

const OPERAND = '(?:the )?(?:word|string|text|phrase|sentence|letters in)?\\s*:?\\s*(\\S.*?)'

const TRICKS: readonly Trick[] = [
  {
    pattern: new RegExp(`^(?:please )?(?:reverse|spell backwards?)\\b\\s*:?\\s*${OPERAND}[.!?]*$`, 'is'),
    answer: ([operand = '']) => plain(charactersOf(operand).toReversed().join('')),
  },
  {
    pattern: new RegExp(
      `^(?:please )?(?:uppercase|upper-case|capitali[sz]e all of)\\b\\s*:?\\s*${OPERAND}[.!?]*$`,
      'is',
    ),
    answer: ([operand = '']) => plain(operand.toUpperCase()),
  },
  {
    pattern: new RegExp(`^(?:please )?(?:lowercase|lower-case)\\b\\s*:?\\s*${OPERAND}[.!?]*$`, 'is'),
    answer: ([operand = '']) => plain(operand.toLowerCase()),
  },
  {
    pattern:
      /\bhow many (?:times does (?:the letter )?)?["'“]?(\p{L})["'”]?(?:['’]?s)?(?: letters)? (?:are there |are |appear |appears |occur )?in (?:the word )?["'“]?([\p{L}-]{1,60})["'”]?\s*\??$/iu,
    answer: ([letter = '', word = '']) => {
      const many = charactersOf(word.toLowerCase()).filter((character) => character === letter.toLowerCase()).length
      return { text: `The letter “${letter}” stands ${times(many)} in “${word}”.`, core: String(many) }
    },
  },
  {
    pattern:
      /\bhow many (letters|characters|words) (?:are there |are |does .{0,20} have )?in (?:the (?:word|text|sentence|phrase)? ?)?["'“]([^"”']{1,1000})["'”]\s*\??$/iu,
    answer: ([unit = '', operand = '']) => {
      const parts =
        unit.toLowerCase() === 'words' ? operand.split(/\s+/).filter((word) => word !== '') : charactersOf(operand)
      const many = unit.toLowerCase() === 'letters' ? parts.filter((part) => /\p{L}/u.test(part)).length : parts.length
      return { text: `“${operand}” has ${many} ${unit.toLowerCase()}.`, core: String(many) }
    },
  },
]

function plain(text: string): { text: string; core: string } | undefined {
  return text === '' ? undefined : { text, core: text }
}

function times(many: number): string {
  return many === 1 ? 'once' : many === 2 ? 'twice' : `${many} times`
}

function unquoted(text: string): string {
  return /^(["'“‘`])([\s\S]*)["'”’`]$/.exec(text.trim())?.[2] ?? text.trim()
}

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' })

/** Characters as people see them: an accent or an emoji of several code points is one. */
function charactersOf(text: string): string[] {
  return Array.from(graphemes.segment(text), ({ segment }) => segment)
}
