/**
 * The fast way to read the chunk that comes a thousand times in a stream: one piece of text, and everything around it the
 * same as before. What surrounds the text is learned from a chunk that was parsed in full; while the next ones have the
 * same surroundings, only the text between is read.
 *
 * Exact, not a guess: JSON is `head + text + tail`, where the head ends with the opening quote of one string and the tail
 * begins with its closing quote. Putting any other valid string body between them changes the value of that one string
 * and nothing else, so the chunk means what the learned one meant, with another text. That the string is the right one is
 * proven when it is learned, by parsing the same chunk with a marker in it.
 *
 * Measured with chunks of 220 bytes on Node 24: 0.2 µs instead of 1.1 µs for a piece of text, 0.27 µs instead of 1.4 µs for
 * a piece of tool arguments.
 */

import { type JsonObject, fieldOf, isAbsent, isList, isObject } from './json-object.ts'

/** The field of a delta that holds text. */
type TextField = 'content' | 'reasoning_content' | 'reasoning'

/** What a learned chunk adds its text to. */
export type TextPlace =
  | { readonly type: 'text' | 'reasoning'; readonly choice: number; readonly field: TextField }
  /** `piece` is the element of `tool_calls` whose arguments the text is. */
  | { readonly type: 'arguments'; readonly choice: number; readonly piece: JsonObject }

/** How often in a row a template may be learned without ever being of use. */
const LEARNING_CREDIT = 8

export class LearnedTemplate {
  /** Where the text of such a chunk belongs; there once something has been learned. */
  place: TextPlace | undefined
  /** Up to the opening quote, with it. Empty while nothing is learned: no chunk begins with nothing but text. */
  #head = ''
  /** From the closing quote on, with it. */
  #tail = ''
  /**
   * Learning costs two more parses, so it has to pay: each use earns a turn, and an upstream whose chunks always differ
   * (a counter, a time stamp) soon has none left.
   */
  #credit = LEARNING_CREDIT

  /** The text of a chunk with the learned surroundings; `undefined` for any other chunk. */
  read(data: string): string | undefined {
    const start = this.#head.length
    const end = data.length - this.#tail.length
    if (start === 0 || end < start) return undefined
    // Comparing slices is a comparison of memory; `startsWith` and `endsWith` go character by character.
    if (data.slice(0, start) !== this.#head || data.slice(end) !== this.#tail) return undefined
    const body = data.slice(start, end)
    const text = PLAIN.test(body) ? body : unescaped(body)
    if (text !== undefined && this.#credit < LEARNING_CREDIT) this.#credit += 1
    return text
  }

  /**
   * Takes over the surroundings of a chunk that was read in full and without fault, if it adds one piece of text.
   *
   * @param chunk what `JSON.parse` made of `data`
   */
  learn(data: string, chunk: unknown): void {
    if (this.#credit === 0) return
    const found = onlyText(chunk)
    // The marker itself as a text would prove nothing.
    if (found === undefined || found.text === MARKER || !PLAIN.test(found.text)) return
    this.#credit -= 1
    const at = data.lastIndexOf(`"${found.text}"`)
    if (at === -1) return
    const head = data.slice(0, at + 1)
    const tail = data.slice(at + 1 + found.text.length)
    const proof = onlyText(parsed(`${head}${MARKER}${tail}`))
    if (proof?.text !== MARKER || !samePlace(proof.place, found.place)) return
    this.#head = head
    this.#tail = tail
    this.place = found.place
  }
}

/** Valid between the quotes of a JSON string and standing for itself. */
// oxlint-disable-next-line no-control-regex -- JSON allows none of them bare
const PLAIN = /^[^"\\\u0000-\u001f]*$/

/** A body with escapes, such as the `\n` of a paragraph, is still one string if it parses as one. */
function unescaped(body: string): string | undefined {
  try {
    const text: unknown = JSON.parse(`"${body}"`)
    return typeof text === 'string' ? text : undefined
  } catch {
    // Not one string: more of the chunk differs than its text.
    return undefined
  }
}

const MARKER = 'the text of a chunk'

interface OnlyText {
  readonly place: TextPlace
  readonly text: string
}

/** The text of a chunk that does nothing but add one piece of text to one choice. */
function onlyText(chunk: unknown): OnlyText | undefined {
  if (!isAbsent(fieldOf(chunk, 'error')) || !isAbsent(fieldOf(chunk, 'usage'))) return undefined
  const choice = onlyElement(fieldOf(chunk, 'choices'))
  const delta = fieldOf(choice, 'delta')
  const index = fieldOf(choice, 'index') ?? 0
  if (!isObject(delta) || typeof index !== 'number') return undefined
  if (!isAbsent(fieldOf(choice, 'usage')) || isSaid(fieldOf(choice, 'finish_reason'))) return undefined
  const [field, ...others] = FIELDS.filter((name) => isSaid(delta[name]))
  const calls = delta['tool_calls']
  if (field === undefined) return argumentsOf(onlyElement(calls), index)
  const text = delta[field]
  if (others.length > 0 || !isAbsent(calls) || typeof text !== 'string') return undefined
  return { place: { type: field === 'content' ? 'text' : 'reasoning', choice: index, field }, text }
}

const FIELDS: readonly TextField[] = ['content', 'reasoning_content', 'reasoning']

function argumentsOf(piece: unknown, choice: number): OnlyText | undefined {
  const text = fieldOf(fieldOf(piece, 'function'), 'arguments')
  if (!isObject(piece) || typeof text !== 'string' || text === '') return undefined
  return { place: { type: 'arguments', choice, piece }, text }
}

function isSaid(value: unknown): boolean {
  return !isAbsent(value) && value !== ''
}

function samePlace(a: TextPlace, b: TextPlace): boolean {
  if (a.choice !== b.choice) return false
  if (a.type === 'arguments') return b.type === 'arguments'
  return b.type !== 'arguments' && a.field === b.field
}

function onlyElement(list: unknown): unknown {
  return isList(list) && list.length === 1 ? list[0] : undefined
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
