/** "Count to five", "write 200 words": things whose number is what matters. */

import type { Decision } from '../decision.ts'

/** Numbers, lines or items of one answer; beyond that the answer says that it stops. */
const MOST_NUMBERS = 2_000
const MOST_LINES = 5_000
const MOST_WORDS = 20_000

export function answerCounting(asked: string, hash: number): Decision | undefined {
  return countUpOrDown(asked) ?? writeSoMany(asked, hash)
}

function countUpOrDown(asked: string): Decision | undefined {
  const range = rangeAskedFor(asked)
  if (range === undefined) return undefined
  const [first, last] = range
  const step = first <= last ? 1 : -1
  const whole = Math.abs(last - first) + 1
  const numbers = Array.from({ length: Math.min(whole, MOST_NUMBERS) }, (_, index) => String(first + index * step))
  const joined = numbers.join(/\b(?:per|own|new|separate|each|every) lines?\b/i.test(asked) ? '\n' : ', ')
  return {
    thought: `Counting from ${first} to ${last} is something I can do.`,
    text: whole > MOST_NUMBERS ? `${joined}\nI stop here: ${MOST_NUMBERS} numbers are my limit.` : joined,
  }
}

function rangeAskedFor(asked: string): readonly [first: number, last: number] | undefined {
  const text = asked.slice(0, 500)
  const down = new RegExp(
    `\\bcount(?:ing)? (?:down|backwards?)(?: from)? ${NUMBER}(?: (?:down )?to ${NUMBER})?`,
    'i',
  ).exec(text)
  if (down !== null) return [numberFrom(down[1]), down[2] === undefined ? 1 : numberFrom(down[2])]
  const up = new RegExp(`\\bcount(?:ing)?(?: up| out loud)?(?: from ${NUMBER})?(?: up)? to ${NUMBER}`, 'i').exec(text)
  if (up !== null) return [up[1] === undefined ? 1 : numberFrom(up[1]), numberFrom(up[2])]
  const between = new RegExp(
    `\\b(?:list|print|write|say|give me|output|show)\\b[^.]{0,20}\\bnumbers? (?:from )?${NUMBER} (?:to|through|until|up to) ${NUMBER}`,
    'i',
  ).exec(text)
  return between === null ? undefined : [numberFrom(between[1]), numberFrom(between[2])]
}

function writeSoMany(asked: string, hash: number): Decision | undefined {
  const found = new RegExp(
    `\\b(?:write|list|give me|give|generate|print|output|say|produce|create|tell me|show me)\\b[^.\\n]{0,40}?${NUMBER}[ -](?:(?:random|short|long|different|numbered|unique) )?` +
      `(words?|lines?|sentences?|paragraphs?|items?|bullet points?|bullets?)\\b`,
    'i',
  ).exec(asked.slice(0, 500))
  const unit = found?.[2]?.toLowerCase()
  if (found === null || unit === undefined) return undefined
  const wanted = numberFrom(found[1])
  const many = Math.min(wanted, unit.startsWith('word') ? MOST_WORDS : MOST_LINES)
  if (many === 0) return undefined
  const limit = wanted > many ? ` ${wanted} are more than my limit of ${many}, so I stop there.` : ''
  return {
    thought: `The number is what I can get right: ${many} ${unit}. The words will be plain ones.${limit}`,
    text: soMany(unit, many, hash),
  }
}

function soMany(unit: string, many: number, hash: number): string {
  if (unit.startsWith('word')) return words(many, hash)
  if (unit.startsWith('paragraph')) return each(many, (index) => sentences(3, hash + index)).join('\n\n')
  if (unit.startsWith('sentence')) return sentences(many, hash)
  const mark = unit.startsWith('line') ? 'Line' : '- Item'
  return each(many, (index) => `${mark} ${index + 1} of ${many}.`).join('\n')
}

/** Exactly `many` words, as sentences, the last one ended wherever the count ends. */
function words(many: number, hash: number): string {
  const start = hash % SENTENCES.length
  const text: string[] = []
  for (let index = start; text.length < many; index += 1)
    text.push(...(SENTENCES[index % SENTENCES.length] ?? '').split(' '))
  return `${text
    .slice(0, many)
    .join(' ')
    .replace(/[.,:;]$/, '')}.`
}

function sentences(many: number, hash: number): string {
  return each(many, (index) => SENTENCES[(hash + index) % SENTENCES.length] ?? '').join(' ')
}

function each(many: number, make: (index: number) => string): string[] {
  return Array.from({ length: many }, (_, index) => make(index))
}

const SENTENCES: readonly string[] = [
  'These words come from an engine that has no model behind it.',
  'It counts them as it writes, and the count is right.',
  'Every piece is streamed the way a model would stream it.',
  'The same request brings the same words again.',
  'Nothing here was learned, looked up or made up about the world.',
  'A client that reads this stream will read a real one too.',
  'When the budget ends, the text ends with it, and the finish says so.',
  'A stop string ends it as well, and is not given out.',
]

const NUMBER_WORDS = 'zero one two three four five six seven eight nine ten eleven twelve'.split(' ')
const NUMBER = `(\\d{1,7}|${NUMBER_WORDS.join('|')}|twenty|fifty|hundred)`

function numberFrom(text: string | undefined): number {
  const word = (text ?? '').toLowerCase()
  const named = { twenty: 20, fifty: 50, hundred: 100 }[word]
  if (named !== undefined) return named
  return NUMBER_WORDS.includes(word) ? NUMBER_WORDS.indexOf(word) : Number(word)
}
