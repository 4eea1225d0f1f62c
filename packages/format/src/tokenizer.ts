/** What a tokenizer does, whatever vocabulary it holds. */

import type { SpecialToken } from './special-tokens.ts'

export interface Tokenizer {
  /** Number of ids, special slots included. */
  readonly size: number
  /** Ids of plain text. Text that spells a special token is encoded as the text it is. */
  encode(text: string): number[]
  /** The length of `encode(text)`, without building it. */
  count(text: string): number
  /** The same count of texts that come in parts, made in steps. */
  counting(): TextCounting
  /** Text of ids, special tokens by their names; bytes that are no UTF-8 become U+FFFD. Throws a `RangeError` for an unknown id. */
  decode(ids: Iterable<number>): string
  /** Decodes one id at a time, and never gives half a character. */
  decoder(): StreamDecoder
  /** `undefined` when this vocabulary has no such token. */
  specialId(token: SpecialToken): number | undefined
  /** The special token with this id. */
  specialAt(id: number): SpecialToken | undefined
}

export interface StreamDecoder {
  /** The text that is certain now; possibly none while a character is incomplete. */
  push(id: number): string
  /** What was held back, incomplete characters as U+FFFD. */
  end(): string
}

/** One after another; each text is counted for itself. */
export interface TextCounting {
  /** Of all that was counted so far. */
  readonly tokens: number
  /** More of the text that is coming. */
  push(text: string): void
  /** That was all of this text: what is pushed next is another one. */
  end(): void
  /** Counts about as many bytes, at least one piece. False: nothing is left that can be counted now. */
  step(bytes: number): boolean
}
