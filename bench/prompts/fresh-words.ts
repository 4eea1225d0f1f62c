/** Words that no earlier request had, written over the same bytes of a body that is otherwise made once. */

import { randomInt } from 'node:crypto'

const LETTERS = 7
const PLACE = '@'.repeat(LETTERS)
const PLACE_BYTES = Buffer.from(PLACE)
const LOWER_A = 97
const ALPHABET = 26

/** Places for so many words, as a text to put into a message. */
export function freshPlaces(words: number): string {
  return Array.from({ length: words }, () => PLACE).join(' ')
}

/** A hundred places cost a few microseconds: the generator must stay far cheaper than what it drives. */
export class FreshWords {
  readonly #bytes: Buffer
  readonly #places: readonly number[]
  /** Begins anywhere, so that neither two connections nor two runs against one server say the same. Never zero. */
  #state = randomInt(1, 2 ** 32)

  constructor(bytes: Buffer) {
    this.#bytes = bytes
    this.#places = placesIn(bytes)
  }

  renew(): void {
    for (const place of this.#places) {
      let bits = this.#next()
      for (let letter = 0; letter < LETTERS; letter++) {
        this.#bytes[place + letter] = LOWER_A + (bits % ALPHABET)
        bits = Math.floor(bits / ALPHABET)
      }
    }
  }

  /** Marsaglia's xorshift of 32 bits: every number but zero once, before any comes again. */
  #next(): number {
    let state = this.#state
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    this.#state = state
    return state >>> 0
  }
}

function placesIn(bytes: Buffer): number[] {
  const places: number[] = []
  for (let at = bytes.indexOf(PLACE_BYTES); at !== -1; at = bytes.indexOf(PLACE_BYTES, at + LETTERS)) places.push(at)
  return places
}
