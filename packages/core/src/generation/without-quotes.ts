/**
 * Words of an engine, without what they quote: a host that fails may repeat the prompt or the answer in what it says, and
 * its words go into our log.
 *
 * Compared are letters and digits alone, in one case: a quotation is found however it is spaced, quoted and escaped (as JSON,
 * as Python or as HTML).
 */

import type { GenerationRequest } from './request.ts'
import { textOf } from './request.ts'
import type { Transcript } from './transcript.ts'

/** Letters and digits that a quotation has at least: two words. What hosts say of their own rarely has so many in common. */
export const QUOTED_CHARACTERS = 12
/** The longest prompt that a window holds is half of this. It takes some 20 ms to look through, when an engine has failed. */
const MOST_SCANNED = 2 * 1024 * 1024
/** What a text costs beside its characters: there may be a million empty ones. */
const TEXT_CHARACTERS = 16
/** Images are not looked through; this is longer than the ids and digests that hosts speak of. */
const DATA = /[A-Za-z0-9+/_=-]{80,}/g

/** What may be told of words in which an engine says why it failed; `undefined` where there is too much that they may quote. */
export function wordsToTell(words: string, request: GenerationRequest, transcript: Transcript): string | undefined {
  return withoutQuotes(words, textsOf(request, transcript))
}

/** `undefined` where there is more to look through than is looked through. */
export function withoutQuotes(words: string, texts: Iterable<string | undefined>): string | undefined {
  const plain = words.replaceAll(DATA, '[data]')
  const finder = new QuoteFinder(plain)
  let left = MOST_SCANNED
  for (const text of texts) {
    left -= (text?.length ?? Infinity) + TEXT_CHARACTERS
    if (text === undefined || left < 0) return undefined
    finder.look(text)
  }
  return finder.marked()
}

/** Everything that a client, or a model for it, has written; `undefined`: more than is looked through. */
export function* textsOf(
  request: GenerationRequest,
  transcript: Transcript,
): Generator<string | undefined, void, void> {
  for (const message of request.messages) {
    yield textOf(message.content)
    yield message.name ?? ''
    if (message.role === 'tool') yield message.toolCallId
    if (message.role !== 'assistant') continue
    yield message.reasoning ?? ''
    for (const { id, name, arguments: given } of message.toolCalls) yield* [id, name, given]
  }
  const { tools, stop, responseFormat, extra, promptCacheKey, safetyIdentifier, sessionAffinity } = request
  yield boundedJson([tools, stop, responseFormat, extra, promptCacheKey, safetyIdentifier, sessionAffinity])
  yield transcript.reasoning
  yield transcript.otherReasoning
  yield transcript.answer
}

/** Not made where it is longer than what is looked through. */
function boundedJson(value: object): string | undefined {
  let size = 0
  try {
    return JSON.stringify(value, (key, field: unknown) => {
      size += key.length + (typeof field === 'string' ? field.length : 1)
      if (size > MOST_SCANNED) throw TOO_LONG
      return field
    })
  } catch (error) {
    if (error === TOO_LONG) return undefined
    throw error
  }
}

const TOO_LONG = new Error('longer than anybody looks through')

/** A power of an odd number for each place, in 32 bits. */
const BASE = 0x01000193
const LEAVING = Array.from({ length: QUOTED_CHARACTERS }).reduce<number>((power) => Math.imul(power, BASE), 1)

class QuoteFinder {
  readonly #words: string
  /** Letters and digits of the words, and where each begins and ends. */
  readonly #codes: number[] = []
  readonly #begins: number[] = []
  readonly #ends: number[] = []
  /** Where runs of the words begin, by their hash. */
  readonly #runs = new Map<number, number[]>()
  /** By the upper half of a hash: nearly all that is looked at ends here. */
  readonly #known = new Uint8Array(1 << 16)
  /** By letter or digit: it is quoted. */
  readonly #quoted: Uint8Array

  constructor(words: string) {
    this.#words = words
    for (let at = 0; at < words.length;) {
      const read = readLetter(words, at)
      const end = at + (read >>> 16)
      if ((read & 0xffff) !== 0) {
        this.#codes.push(read & 0xffff)
        this.#begins.push(at)
        this.#ends.push(end)
      }
      at = end
    }
    this.#quoted = new Uint8Array(this.#codes.length)
    let hash = 0
    for (const [index, code] of this.#codes.entries()) {
      hash = rolled(hash, code, this.#codes[index - QUOTED_CHARACTERS] ?? 0)
      const begin = index - QUOTED_CHARACTERS + 1
      if (begin < 0) continue
      this.#known[hash >>> 16] = 1
      const others = this.#runs.get(hash)
      if (others === undefined) this.#runs.set(hash, [begin])
      else others.push(begin)
    }
  }

  look(text: string): void {
    if (this.#runs.size === 0) return
    const latest = new Uint16Array(QUOTED_CHARACTERS)
    let hash = 0
    let count = 0
    for (let at = 0; at < text.length;) {
      const read = readLetter(text, at)
      at += read >>> 16
      const code = read & 0xffff
      if (code === 0) continue
      const place = count % QUOTED_CHARACTERS
      hash = rolled(hash, code, latest[place] ?? 0)
      latest[place] = code
      count += 1
      if (this.#known[hash >>> 16] === 1 && count >= QUOTED_CHARACTERS) this.#compare(hash, latest, count)
    }
  }

  /** The words, with a mark for each quotation. */
  marked(): string {
    let marked = ''
    let from = 0
    for (let index = 0; index < this.#codes.length; index += 1) {
      if (this.#quoted[index] !== 1) continue
      marked += `${this.#words.slice(from, this.#begins[index])}[quoted]`
      while (this.#quoted[index + 1] === 1) index += 1
      from = this.#ends[index] ?? this.#words.length
    }
    return marked + this.#words.slice(from)
  }

  #compare(hash: number, latest: Uint16Array, count: number): void {
    for (const begin of this.#runs.get(hash) ?? []) {
      let same = 0
      while (same < QUOTED_CHARACTERS && this.#codes[begin + same] === latest[(count + same) % QUOTED_CHARACTERS])
        same += 1
      if (same === QUOTED_CHARACTERS) this.#quoted.fill(1, begin, begin + QUOTED_CHARACTERS)
    }
  }
}

function rolled(hash: number, entering: number, leaving: number): number {
  return (Math.imul(hash, BASE) + entering - Math.imul(leaving, LEAVING)) >>> 0
}

const BACKSLASH = 0x5c
const AMPERSAND = 0x26
/** What an escape of one letter stands for is never a letter: `\n`, `\r`, `\t`, `\b`, `\f`. */
const BLANK_ESCAPES = 'nrtbf'
const ENTITY = /&(?:#(\d{1,7})|#x([\da-f]{1,6})|quot|amp|lt|gt|apos|nbsp);/iy

/** How many units the next one takes, times 2^16, and its letter or digit in lower case; 0 for all else. */
function readLetter(text: string, at: number): number {
  const code = text.charCodeAt(at)
  if (code === BACKSLASH) return readEscape(text, at)
  if (code === AMPERSAND) return readEntity(text, at)
  return (1 << 16) | letterOf(code)
}

function readEscape(text: string, at: number): number {
  const next = text[at + 1] ?? ''
  if (next === 'u') {
    const digits = text.slice(at + 2, at + 6)
    if (/^[\da-f]{4}$/i.test(digits)) return (6 << 16) | letterOf(Number.parseInt(digits, 16))
  }
  return next !== '' && BLANK_ESCAPES.includes(next) ? 2 << 16 : 1 << 16
}

function readEntity(text: string, at: number): number {
  ENTITY.lastIndex = at
  const found = ENTITY.exec(text)
  if (found === null) return 1 << 16
  const [whole, decimal, hexadecimal] = found
  const code = Number.parseInt(decimal ?? hexadecimal ?? '0', decimal === undefined ? 16 : 10)
  return (whole.length << 16) | (code > 0xffff ? 0 : letterOf(code))
}

/** Beyond ASCII everything is a letter but blanks and controls. */
function letterOf(code: number): number {
  if (code >= 0x61 && code <= 0x7a) return code
  if (code >= 0x41 && code <= 0x5a) return code + 0x20
  if (code >= 0x30 && code <= 0x39) return code
  if (code <= 0xa0 || code === 0x2028 || code === 0x2029 || code === 0x3000) return 0
  return code
}
