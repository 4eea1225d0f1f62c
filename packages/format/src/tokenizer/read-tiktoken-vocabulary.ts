/** Reads a vocabulary in tiktoken's text format: a token in base64, a space and its rank, one to a line. */

import { MOST_TOKENS, type Vocabulary, VocabularyError, checkLength, checkedVocabulary } from './vocabulary.ts'

/** Kimi's has 2.8 MB. */
const MOST_BYTES = 64 * 1024 * 1024

/**
 * Ranks are 0, 1, 2 … without a gap, in any order of lines; empty lines mean nothing. With as many ranks as Kimi's the special
 * tokens have Kimi's ids, else they stand behind the ranks in the same order.
 * Throws a `VocabularyError` that names the line.
 */
export function readTiktokenVocabulary(bytes: Uint8Array): Vocabulary {
  if (bytes.length > MOST_BYTES) throw new VocabularyError(`the vocabulary is larger than ${MOST_BYTES} bytes`)
  const lines = new LineReader(bytes)
  while (lines.next());
  const { decoded, offsets, lineOf } = inOrder(lines)
  return checkedVocabulary(decoded, offsets, (rank) => `line ${lineOf[rank] ?? 0}`)
}

const NEWLINE = 0x0a
const RETURN = 0x0d
const SPACE = 0x20
const PADDING = 0x3d
const NINE = 0x39
const ZERO = 0x30

/** Reads line after line; tokens are decoded one behind the other, in the order of the lines. */
class LineReader {
  /** How many tokens were read. */
  count = 0
  readonly decoded: Uint8Array
  /** By order of lines: where the token ends, its rank, the number of its line. */
  readonly ends: number[] = []
  readonly ranks: number[] = []
  readonly lines: number[] = []
  readonly #bytes: Uint8Array
  #at = 0
  #line = 0
  #end = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
    this.decoded = new Uint8Array(Math.ceil((bytes.length / 4) * 3))
  }

  /** Whether there was a line. */
  next(): boolean {
    const bytes = this.#bytes
    if (this.#at >= bytes.length) return false
    this.#line += 1
    const start = this.#at
    const newline = bytes.indexOf(NEWLINE, start)
    const stop = newline < 0 ? bytes.length : newline
    this.#at = stop + 1
    const end = stop > start && bytes[stop - 1] === RETURN ? stop - 1 : stop
    if (end === start) return true
    if (this.count === MOST_TOKENS) this.#fail(`is one more than the ${MOST_TOKENS} tokens that a vocabulary may have`)
    const space = bytes.indexOf(SPACE, start)
    if (space < 0 || space >= end) this.#fail('is not a token in base64, a space and a rank')
    const before = this.#end
    this.#readToken(start, space)
    checkLength(this.#end - before, `line ${this.#line}: the token`)
    this.ranks.push(this.#readRank(space + 1, end))
    this.ends.push(this.#end)
    this.lines.push(this.#line)
    this.count += 1
    return true
  }

  #readToken(start: number, end: number): void {
    const bytes = this.#bytes
    if ((end - start) % 4 !== 0) this.#fail('has a token that is not base64: its length is no multiple of 4')
    let padding = 0
    while (padding < 2 && end - padding > start && bytes[end - padding - 1] === PADDING) padding += 1
    let bits = 0
    let held = 0
    for (let at = start; at < end - padding; at += 1) {
      const digit = BASE64[bytes[at] ?? 0] ?? NO_DIGIT
      if (digit === NO_DIGIT) this.#fail('has a token that is not base64')
      held = (held << 6) | digit
      bits += 6
      if (bits < 8) continue
      bits -= 8
      this.decoded[this.#end++] = held >> bits
      held &= (1 << bits) - 1
    }
    if (held !== 0) this.#fail('has a token that is not base64: bits are set behind its last byte')
  }

  #readRank(start: number, end: number): number {
    let rank = 0
    for (let at = start; at < end; at += 1) {
      const digit = this.#bytes[at] ?? 0
      if (digit < ZERO || digit > NINE) this.#fail('has a rank that is no number')
      rank = rank * 10 + digit - ZERO
      if (rank >= MOST_TOKENS) this.#fail(`has a rank above ${MOST_TOKENS - 1}`)
    }
    if (end === start) this.#fail('has no rank')
    return rank
  }

  #fail(what: string): never {
    throw new VocabularyError(`line ${this.#line} ${what}`)
  }
}

interface Ordered {
  readonly decoded: Uint8Array
  readonly offsets: Uint32Array
  /** The line of each rank. */
  readonly lineOf: Uint32Array
}

/** Tokens by rank, and a check that no rank is missing or there twice. */
function inOrder({ count, decoded, ends, ranks, lines }: LineReader): Ordered {
  const lineOf = new Uint32Array(count)
  const indexOf = new Uint32Array(count)
  for (const [index, rank] of ranks.entries()) {
    const line = lines[index] ?? 0
    if (rank >= count) throw new VocabularyError(`line ${line} has rank ${rank}, but there are only ${count} tokens`)
    const other = lineOf[rank] ?? 0
    if (other !== 0) throw new VocabularyError(`line ${line} has rank ${rank}, as line ${other} has`)
    lineOf[rank] = line
    indexOf[rank] = index
  }
  const ordered = new Uint8Array(ends.at(-1) ?? 0)
  const offsets = new Uint32Array(count + 1)
  for (let rank = 0; rank < count; rank += 1) {
    const index = indexOf[rank] ?? 0
    const start = index === 0 ? 0 : (ends[index - 1] ?? 0)
    const end = ends[index] ?? 0
    const offset = offsets[rank] ?? 0
    for (let at = start; at < end; at += 1) ordered[offset + at - start] = decoded[at] ?? 0
    offsets[rank + 1] = offset + end - start
  }
  return { decoded: ordered, offsets, lineOf }
}

const NO_DIGIT = 255

const BASE64 = new Uint8Array(256).fill(NO_DIGIT)
for (const [digit, character] of Array.from(
  'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/',
).entries()) {
  BASE64[character.charCodeAt(0)] = digit
}
