/** A vocabulary: what tokens there are, checked once, so that whoever encodes with it need not doubt it. */

import { FIRST_SPECIAL_ID, SPECIAL_SLOTS, SPECIAL_TOKENS, type SpecialToken } from '../special-tokens.ts'
import { DuplicateTokenError, TokenTable } from './token-table.ts'

export interface Vocabulary {
  /** The tokens that text is made of. The id of a token is its rank: of two pairs, the one that makes the lower is merged. */
  readonly tokens: TokenTable
  /** Behind the tokens. */
  readonly specials: ReadonlyMap<SpecialToken, number>
  /** Number of ids, special slots without a name included. */
  readonly size: number
}

/** What was read is no vocabulary; the message says where and why, for whoever handed it in. */
export class VocabularyError extends Error {
  override readonly name = 'VocabularyError'
}

/** Published vocabularies have a quarter of that at most. */
export const MOST_TOKENS = 1_000_000
/** In bytes; longer ones are of no use, and would make the search for them slow. */
const LONGEST_TOKEN = 1024

/**
 * A vocabulary from elsewhere: tokens by rank, as bytes, or as text that stands for its UTF-8.
 *
 * `specials` are those that it has, behind the ranks; without them, all stand behind the ranks in Kimi's order.
 * Throws a `VocabularyError` that names the token.
 */
export function vocabularyOf(
  tokens: Iterable<Uint8Array | string>,
  specials?: ReadonlyMap<SpecialToken, number>,
): Vocabulary {
  const writer = new TokenWriter()
  const encoder = new TextEncoder()
  for (const token of tokens) {
    if (writer.count === MOST_TOKENS) throw new VocabularyError(`there are more than ${MOST_TOKENS} tokens`)
    const bytes = typeof token === 'string' ? encoder.encode(token) : token
    checkLength(bytes.length, `token ${writer.count}`)
    writer.add(bytes)
  }
  return checkedVocabulary(writer.bytes(), writer.offsets(), (id) => `token ${id}`, specials)
}

export function checkLength(length: number, place: string): void {
  if (length === 0) throw new VocabularyError(`${place} is empty`)
  if (length > LONGEST_TOKEN) throw new VocabularyError(`${place} is longer than ${LONGEST_TOKEN} bytes`)
}

/** `place` says where a token was found. */
export function checkedVocabulary(
  bytes: Uint8Array,
  offsets: Uint32Array,
  place: (id: number) => string,
  specials?: ReadonlyMap<SpecialToken, number>,
): Vocabulary {
  const tokens = tableOf(bytes, offsets, place)
  for (let byte = 0; byte < 256; byte += 1) {
    if (tokens.find(Uint8Array.of(byte), 0, 1) >= 0) continue
    throw new VocabularyError(`no token is the single byte 0x${byte.toString(16).padStart(2, '0')}`)
  }
  if (specials === undefined) {
    return { tokens, specials: specialsBehind(tokens.count), size: tokens.count + SPECIAL_SLOTS }
  }
  return { tokens, specials: new Map(specials), size: sizeWith(specials, tokens.count) }
}

function tableOf(bytes: Uint8Array, offsets: Uint32Array, place: (id: number) => string): TokenTable {
  try {
    return new TokenTable(bytes, offsets)
  } catch (error) {
    if (!(error instanceof DuplicateTokenError)) throw error
    throw new VocabularyError(`${place(error.second)} is the same token as ${place(error.first)}`, { cause: error })
  }
}

/** Kimi's own ids where the ranks are as many as Kimi's. */
function specialsBehind(ranks: number): ReadonlyMap<SpecialToken, number> {
  const specials = new Map<SpecialToken, number>()
  for (const name of specialNames()) specials.set(name, SPECIAL_TOKENS[name] - FIRST_SPECIAL_ID + ranks)
  return specials
}

function specialNames(): SpecialToken[] {
  return Object.keys(SPECIAL_TOKENS).filter((name): name is SpecialToken => name in SPECIAL_TOKENS)
}

function sizeWith(specials: ReadonlyMap<SpecialToken, number>, ranks: number): number {
  let size = ranks
  const names = new Map<number, SpecialToken>()
  for (const [name, id] of specials) {
    const other = names.get(id)
    if (other !== undefined) throw new VocabularyError(`${name} and ${other} have the same id ${id}`)
    if (!Number.isInteger(id) || id < ranks || id >= MOST_TOKENS) {
      throw new VocabularyError(`${name} has the id ${id}, which is not between ${ranks} and ${MOST_TOKENS - 1}`)
    }
    names.set(id, name)
    size = Math.max(size, id + 1)
  }
  return size
}

/** Gathers tokens one behind the other. */
class TokenWriter {
  count = 0
  #bytes = new Uint8Array(64 * 1024)
  #offsets = new Uint32Array(16 * 1024)

  add(token: Uint8Array): void {
    const start = this.#offsets[this.count] ?? 0
    if (start + token.length > this.#bytes.length) {
      const larger = new Uint8Array(this.#bytes.length * 2)
      larger.set(this.#bytes)
      this.#bytes = larger
    }
    this.#bytes.set(token, start)
    if (this.count + 2 > this.#offsets.length) {
      const larger = new Uint32Array(this.#offsets.length * 2)
      larger.set(this.#offsets)
      this.#offsets = larger
    }
    this.count += 1
    this.#offsets[this.count] = start + token.length
  }

  bytes(): Uint8Array {
    return this.#bytes.slice(0, this.#offsets[this.count])
  }

  offsets(): Uint32Array {
    return this.#offsets.slice(0, this.count + 1)
  }
}
