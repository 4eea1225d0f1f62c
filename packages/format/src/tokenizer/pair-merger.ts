/**
 * Byte-pair encoding of one piece: of all neighbours that make a token together, the pair that makes the lowest is merged,
 * the leftmost on ties, until no pair makes a token.
 */

import { codePointAt, widthOf } from './character-classes.ts'
import { PairHeap } from './pair-heap.ts'
import { type TokenTable, writePrefixes } from './token-table.ts'
import { wholeCharacters } from './whole-characters.ts'

/** No pair: higher than any rank. */
const NONE = 0x7f_ff_ff_ff

/** Up to so many bytes the lowest pair is looked for from end to end; in longer pieces a heap knows it. */
const LONGEST_SCAN = 64

/** A part of a short piece is one number: its id, and the offset where it begins, which is 64 at most. */
const START_BITS = 7
const START_MASK = (1 << START_BITS) - 1

export class PairMerger {
  readonly #tokens: TokenTable
  /** Ids of the single bytes. */
  readonly #bytes = new Int32Array(256)
  /** Ranks of pairs of bytes: the first step of every piece, looked up without a search. */
  readonly #pairs = new Int32Array(65_536)
  /** Ids + 1 of characters that merging begins with, by code point. */
  readonly #whole: Int32Array
  /** Room for a short piece; nothing in it outlives a call. */
  readonly #parts = new Int32Array(LONGEST_SCAN + 2)
  readonly #ranks = new Int32Array(LONGEST_SCAN + 2)
  readonly #prefixes = new Int32Array(LONGEST_SCAN + 1)

  constructor(tokens: TokenTable) {
    this.#tokens = tokens
    this.#whole = wholeCharacters(tokens)
    const pair = new Uint8Array(2)
    for (let first = 0; first < 256; first += 1) {
      pair[0] = first
      this.#bytes[first] = tokens.find(pair, 0, 1)
      for (let second = 0; second < 256; second += 1) {
        pair[1] = second
        const rank = tokens.find(pair, 0, 2)
        this.#pairs[(first << 8) | second] = rank < 0 ? NONE : rank
      }
    }
  }

  /** Appends the piece's ids to `ids`, where there is such a list, and returns how many they are. */
  merge(bytes: Uint8Array, start: number, end: number, ids: number[] | undefined): number {
    return end - start <= LONGEST_SCAN
      ? this.#mergeShort(bytes, start, end - start, ids)
      : this.#mergeLong(bytes, start, end - start, ids)
  }

  /** Parts lie side by side in arrays, and close up where two become one: for so few that is quicker than any list. */
  #mergeShort(bytes: Uint8Array, base: number, length: number, ids: number[] | undefined): number {
    const parts = this.#parts
    const ranks = this.#ranks
    const prefixes = this.#prefixes
    writePrefixes(prefixes, bytes, base, base + length)
    let count = 0
    for (let at = 0; at < length; count += 1) {
      const id = this.#wholeAt(bytes, base + at)
      parts[count] = ((id < 0 ? (this.#bytes[bytes[base + at] ?? 0] ?? 0) : id) << START_BITS) | at
      at += id < 0 ? 1 : widthOf(bytes[base + at] ?? 0)
    }
    parts[count] = length
    for (let part = 0; part + 1 < count; part += 1) {
      const start = (parts[part] ?? 0) & START_MASK
      const middle = (parts[part + 1] ?? 0) & START_MASK
      const end = (parts[part + 2] ?? 0) & START_MASK
      ranks[part] = this.#firstRank(bytes, base, prefixes, start, middle, end)
    }
    ranks[count - 1] = NONE
    for (;;) {
      let lowest = NONE
      let at = 0
      for (let part = 0; part < count; part += 1) {
        const rank = ranks[part] ?? NONE
        if (rank < lowest) {
          lowest = rank
          at = part
        }
      }
      if (lowest === NONE) break
      const start = (parts[at] ?? 0) & START_MASK
      count -= 1
      for (let part = at + 1; part <= count; part += 1) {
        parts[part] = parts[part + 1] ?? 0
        ranks[part] = ranks[part + 1] ?? 0
      }
      parts[at] = (lowest << START_BITS) | start
      ranks[at] = at + 1 < count ? this.#rank(bytes, base, prefixes, start, (parts[at + 2] ?? 0) & START_MASK) : NONE
      if (at > 0) {
        const end = (parts[at + 1] ?? 0) & START_MASK
        ranks[at - 1] = this.#rank(bytes, base, prefixes, (parts[at - 1] ?? 0) & START_MASK, end)
      }
    }
    if (ids !== undefined) for (let part = 0; part < count; part += 1) ids.push((parts[part] ?? 0) >> START_BITS)
    return count
  }

  /** Parts are linked both ways and go by the offset where they begin; a heap says which two are next. */
  #mergeLong(bytes: Uint8Array, base: number, length: number, ids: number[] | undefined): number {
    const next = new Int32Array(length)
    const previous = new Int32Array(length)
    const tokens = new Int32Array(length)
    const ranks = new Int32Array(length)
    const prefixes = new Int32Array(length + 1)
    writePrefixes(prefixes, bytes, base, base + length)
    let count = 0
    for (let at = 0, before = -1; at < length; count += 1) {
      const id = this.#wholeAt(bytes, base + at)
      tokens[at] = id < 0 ? (this.#bytes[bytes[base + at] ?? 0] ?? 0) : id
      previous[at] = before
      before = at
      at += id < 0 ? 1 : widthOf(bytes[base + at] ?? 0)
      next[before] = at
    }
    ranks.fill(NONE)
    for (let at = 0, to = next[at] ?? length; to < length; at = to, to = next[at] ?? length) {
      ranks[at] = this.#firstRank(bytes, base, prefixes, at, to, next[to] ?? length)
    }
    const heap = new PairHeap(ranks, NONE)
    for (let at = heap.take(ranks); at >= 0; at = heap.take(ranks)) {
      const gone = next[at] ?? length
      const to = next[gone] ?? length
      const before = previous[at] ?? -1
      count -= 1
      tokens[at] = ranks[at] ?? NONE
      next[at] = to
      if (to < length) previous[to] = at
      ranks[gone] = NONE
      ranks[at] = to < length ? this.#rank(bytes, base, prefixes, at, next[to] ?? length) : NONE
      if (ranks[at] !== NONE) heap.add(ranks[at] ?? NONE, at)
      if (before < 0) continue
      ranks[before] = this.#rank(bytes, base, prefixes, before, to)
      if (ranks[before] !== NONE) heap.add(ranks[before] ?? NONE, before)
    }
    if (ids !== undefined) for (let at = 0; at < length; at = next[at] ?? length) ids.push(tokens[at] ?? 0)
    return count
  }

  /** The id of the character that is one part from the beginning, or -1 where a byte is one. */
  #wholeAt(bytes: Uint8Array, at: number): number {
    const lead = bytes[at] ?? 0
    return lead < 0xc0 || lead >= 0xf0 ? -1 : (this.#whole[codePointAt(bytes, at)] ?? 0) - 1
  }

  #firstRank(
    bytes: Uint8Array,
    base: number,
    prefixes: Int32Array,
    start: number,
    middle: number,
    end: number,
  ): number {
    if (end - start > 2) return this.#rank(bytes, base, prefixes, start, end)
    return this.#pairs[((bytes[base + start] ?? 0) << 8) | (bytes[base + middle] ?? 0)] ?? NONE
  }

  #rank(bytes: Uint8Array, base: number, prefixes: Int32Array, start: number, end: number): number {
    const rank = this.#tokens.findWithin(bytes, base, prefixes, start, end)
    return rank < 0 ? NONE : rank
  }
}
