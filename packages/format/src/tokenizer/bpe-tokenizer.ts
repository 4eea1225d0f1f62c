/** The tokenizer over a vocabulary: cut, split, look each piece up whole, and merge bytes where it is not a token. */

import type { SpecialToken } from '../special-tokens.ts'
import type { StreamDecoder, TextCounting, Tokenizer } from '../tokenizer.ts'
import { blockEnd, cutEnd } from './cut-text.ts'
import { PairMerger } from './pair-merger.ts'
import { pieceEnd } from './piece-end.ts'
import { Utf8Stream, decodeUtf8 } from './stream-decoder.ts'
import { SteppedCounting } from './text-counting.ts'
import type { TokenTable } from './token-table.ts'
import type { Vocabulary } from './vocabulary.ts'

/** It keeps the vocabulary and tables of some 300 KB; it may be shared, since no call leaves anything behind. */
export function bpeTokenizer(vocabulary: Vocabulary): Tokenizer {
  return new BpeTokenizer(vocabulary)
}

class BpeTokenizer implements Tokenizer {
  readonly size: number
  readonly #tokens: TokenTable
  readonly #merger: PairMerger
  readonly #specials: ReadonlyMap<SpecialToken, number>
  readonly #names: ReadonlyMap<number, SpecialToken>
  readonly #encoder = new TextEncoder()

  constructor({ tokens, specials, size }: Vocabulary) {
    this.size = size
    this.#tokens = tokens
    this.#merger = new PairMerger(tokens)
    this.#specials = specials
    this.#names = new Map([...specials].map(([name, id]) => [id, name]))
  }

  encode(text: string): number[] {
    const ids: number[] = []
    this.#encode(text, ids)
    return ids
  }

  count(text: string): number {
    return this.#encode(text, undefined)
  }

  counting(): TextCounting {
    return new SteppedCounting((bytes, start, end) => this.#encodePiece(bytes, start, end, undefined))
  }

  decode(ids: Iterable<number>): string {
    const parts: Uint8Array[] = []
    let length = 0
    for (const id of ids) {
      const bytes = this.#bytesOf(id)
      parts.push(bytes)
      length += bytes.length
    }
    const whole = new Uint8Array(length)
    let at = 0
    for (const part of parts) {
      whole.set(part, at)
      at += part.length
    }
    return decodeUtf8(whole)
  }

  decoder(): StreamDecoder {
    const stream = new Utf8Stream()
    return { push: (id) => stream.push(this.#bytesOf(id)), end: () => stream.end() }
  }

  specialId(token: SpecialToken): number | undefined {
    return this.#specials.get(token)
  }

  specialAt(id: number): SpecialToken | undefined {
    return this.#names.get(id)
  }

  #encode(text: string, ids: number[] | undefined): number {
    let count = 0
    for (let start = 0; start < text.length;) {
      const end = blockEnd(text, start)
      // Surrogates without their other half become U+FFFD here, as they do in the model's own tokenizer.
      const bytes = this.#encoder.encode(start === 0 && end === text.length ? text : text.slice(start, end))
      count += this.#encodeBlock(bytes, ids)
      start = end
    }
    return count
  }

  #encodeBlock(bytes: Uint8Array, ids: number[] | undefined): number {
    let count = 0
    for (let start = 0; start < bytes.length;) {
      const end = cutEnd(bytes, start, bytes.length)
      while (start < end) {
        const stop = pieceEnd(bytes, start, end)
        count += this.#encodePiece(bytes, start, stop, ids)
        start = stop
      }
    }
    return count
  }

  #encodePiece(bytes: Uint8Array, start: number, end: number, ids: number[] | undefined): number {
    const id = this.#tokens.find(bytes, start, end)
    if (id < 0) return this.#merger.merge(bytes, start, end, ids)
    ids?.push(id)
    return 1
  }

  #bytesOf(id: number): Uint8Array {
    if (id < this.#tokens.count && id >= 0 && Number.isInteger(id)) return this.#tokens.bytesOf(id)
    if (!Number.isInteger(id) || id < 0 || id >= this.size) {
      throw new RangeError(`${id} is no token: the vocabulary has ids from 0 to ${this.size - 1}`)
    }
    return this.#encoder.encode(this.#names.get(id) ?? `<|reserved_token_${id}|>`)
  }
}
