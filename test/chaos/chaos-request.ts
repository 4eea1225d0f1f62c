/**
 * The requests of the chaos play. Each has an answer of its own, which follows from nothing but its seed and its number, so
 * that replica and judge know it without talking to each other, and text of one stream in another is noticed.
 */

import { seededRandom } from '../support/every-split.ts'
import type { ChatBody, ModelAnswer } from '../support/model-upstream.ts'

export interface ChaosRequest {
  readonly number: number
  /** What the client sends, besides what makes it a stream. */
  readonly body: Readonly<Record<string, unknown>>
  readonly answer: ModelAnswer
  /** Requests of one shape have prompts of one length. */
  readonly shape: Shape
}

/** What the body of a request looks like. */
type Shape = 'thinking' | 'instant' | 'tools' | 'json'
export const SHAPES: readonly Shape[] = ['thinking', 'instant', 'tools', 'json']

interface Key {
  readonly seed: number
  readonly number: number
  /** Tokens that the replica reports for the prompt. */
  readonly promptTokens: number
}

type Random = () => number

/** `promptTokens`: what each shape's prompt costs, which the replicas report. */
export function chaosRequest(
  seed: number,
  number: number,
  promptTokens: Readonly<Record<Shape, number>>,
): ChaosRequest {
  const shape = SHAPES[Math.floor(randomOf(seed, number)() * SHAPES.length)] ?? 'thinking'
  return requestOf({ seed, number, promptTokens: promptTokens[shape] }, shape)
}

/** A request to learn the length of a shape's prompt from. */
export function sampleOf(shape: Shape): ChaosRequest {
  return requestOf({ seed: 0, number: 0, promptTokens: 0 }, shape)
}

function requestOf(key: Key, shape: Shape): ChaosRequest {
  const { seed, number, promptTokens } = key
  const content = `Play chaos(${digits(seed)},${digits(number)},${digits(promptTokens)}) to its end.`
  return {
    number,
    shape,
    answer: answerOf(seed, number, shape),
    body: { model: 'kimi-k2.5', messages: [{ role: 'user', content }], ...FIELDS[shape] },
  }
}

const TOOLS = ['get_weather', 'write_file'].map((name) => ({
  type: 'function',
  function: { name, description: name, parameters: { type: 'object', properties: {} } },
}))

const FIELDS: Readonly<Record<Shape, object>> = {
  thinking: {},
  instant: { thinking: { type: 'disabled' } },
  tools: { tools: TOOLS },
  json: { thinking: { type: 'disabled' }, response_format: { type: 'json_object' } },
}

/** Of one width, so that a prompt's length does not depend on its numbers. */
function digits(number: number): string {
  return String(number).padStart(10, '0')
}

/** The answer to what a replica was sent: messages, or a prompt that was made of them. */
export function answerTo(body: ChatBody): ModelAnswer {
  const { seed, number } = keyOf(body)
  const shape = SHAPES[Math.floor(randomOf(seed, number)() * SHAPES.length)] ?? 'thinking'
  return answerOf(seed, number, shape)
}

export function keyOf({ messages = [], prompt = '' }: ChatBody): Key {
  const asked = messages.findLast(({ role }) => role === 'user')?.content ?? prompt
  const found = /chaos\((\d{10}),(\d{10}),(\d{10})\)/.exec(JSON.stringify(asked))
  if (found === null) throw new Error('a request that is none of this play')
  const [seed = 0, number = 0, promptTokens = 0] = found.slice(1).map(Number)
  return { seed, number, promptTokens }
}

function randomOf(seed: number, number: number): Random {
  return seededRandom(Math.imul(seed + 1, 0x9e3779b1) ^ number)
}

function answerOf(seed: number, number: number, shape: Shape): ModelAnswer {
  const random = randomOf(seed, number)
  random()
  const mark = `[${number}]`
  const thinks = shape === 'thinking' || shape === 'tools'
  const reasoning = thinks ? `${mark} ${passage(random, between(random, 5, 60))}` : ''
  if (shape === 'json') {
    return { reasoning, text: JSON.stringify(document(random, mark, 3), undefined, random() < 0.5 ? 2 : 0), calls: [] }
  }
  const calls = shape === 'tools' && random() < 0.8 ? callsOf(random, mark) : []
  const words = calls.length > 0 && random() < 0.5 ? 0 : between(random, 10, 160)
  const text = words === 0 ? '' : `${mark} ${passage(random, words)}`
  return { reasoning, text, calls }
}

function callsOf(random: Random, mark: string): ModelAnswer['calls'] {
  return Array.from({ length: between(random, 1, 3) }, () => ({
    name: random() < 0.5 ? 'get_weather' : 'write_file',
    arguments: JSON.stringify(document(random, mark, 2)),
  }))
}

function document(random: Random, mark: string, depth: number): object {
  return {
    mark,
    note: passage(random, between(random, 3, 20)),
    // Rows that repeat themselves, as data does: what looks like a repetition is none.
    rows: Array.from({ length: between(random, 0, 12) }, () => (random() < 0.8 ? 0 : between(random, 0, 9))),
    ...(depth > 0 ? { inner: document(random, mark, depth - 1) } : {}),
    done: random() < 0.5,
  }
}

/** Words of many scripts, or few words over and over. */
function passage(random: Random, words: number): string {
  const repeats = random() < 0.25
  const some = repeats ? Array.from({ length: 2 }, () => pick(random, WORDS)) : WORDS
  const text = Array.from({ length: words }, () => pick(random, some)).join(random() < 0.9 ? ' ' : '')
  // What looks like the beginning of a marker may be one that was cut, at the very end of a section: no end is like that.
  return `${text}.`
}

/** Characters of one to four bytes, joined ones, marks, what looks like a beginning of markup, and what JSON escapes. */
const WORDS = [
  'the',
  'moon',
  'naïve',
  'Straße',
  'Луна',
  'φεγγάρι',
  'القمر',
  'ירח',
  '月亮很亮',
  '月はきれい',
  '달빛',
  'चाँद',
  'พระจันทร์',
  '🌕',
  '👩🏽‍🚀',
  '🇯🇵',
  'e\u0301',
  '𝔐',
  '\u00a0',
  '"quoted"',
  'back\\slash',
  'a < b',
  '<b>bold</b>',
  '</thi',
  '<|tool',
  '\n\n',
  '\t',
  '```ts\nconst x = 1\n```',
  '| a | b |\n|---|---|',
  '- - -',
  '0, 0, 0,',
  '{"k":[1,2]}',
] as const

function pick<Value>(random: Random, values: readonly Value[]): Value {
  const value = values[Math.floor(random() * values.length)]
  if (value === undefined) throw new Error('there is nothing to pick from')
  return value
}

function between(random: Random, least: number, most: number): number {
  return least + Math.floor(random() * (most - least + 1))
}
