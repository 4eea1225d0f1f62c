/** Where two texts differ, word by word: Myers' differences over words and punctuation, each sign of Chinese, Japanese and Korean a word. */

import diff from 'fast-diff'

export type Range = readonly [from: number, to: number]

interface Differences {
  /** Words of the one that the other has not, as places in UTF-16 units. */
  readonly one: readonly Range[]
  readonly other: readonly Range[]
  readonly oneWords: number
  readonly otherWords: number
}

const WORDS =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}]|[\p{L}\p{N}_'’]+|[^\p{L}\p{N}\s]|\s+/gu

/** Each word is one character of a text that is compared, so there can be no more of them than characters. */
const MOST_WORDS = 55_000
const NONE: Differences = { one: [], other: [], oneWords: 0, otherWords: 0 }

class Alphabet {
  readonly #signs = new Map<string, string>()

  get full(): boolean {
    return this.#signs.size > MOST_WORDS
  }

  write(words: readonly string[]): string {
    return words.map((word) => this.#sign(word)).join('')
  }

  #sign(word: string): string {
    const known = this.#signs.get(word)
    if (known !== undefined) return known
    // Halves of surrogate pairs would be taken together: they are stepped over.
    const at = this.#signs.size + 1
    const sign = String.fromCharCode(at < 0xd800 ? at : at + 0x800)
    this.#signs.set(word, sign)
    return sign
  }
}

const countWords = (words: readonly string[]): number => words.filter((word) => /[\p{L}\p{N}]/u.test(word)).length

export function differences(one: string, other: string): Differences {
  const [left, right] = [one.match(WORDS) ?? [], other.match(WORDS) ?? []]
  const alphabet = new Alphabet()
  const [a, b] = [alphabet.write(left), alphabet.write(right)]
  if (alphabet.full) return NONE
  const found: { one: Range[]; other: Range[]; oneWords: number; otherWords: number } = {
    one: [],
    other: [],
    oneWords: 0,
    otherWords: 0,
  }
  let [at, to, x, y] = [0, 0, 0, 0]
  for (const [kind, signs] of diff(a, b)) {
    const words = kind === diff.INSERT ? right.slice(y, y + signs.length) : left.slice(x, x + signs.length)
    const length = words.join('').length
    if (kind === diff.DELETE) {
      found.one.push([at, at + length])
      found.oneWords += countWords(words)
    } else if (kind === diff.INSERT) {
      found.other.push([to, to + length])
      found.otherWords += countWords(words)
    }
    if (kind !== diff.INSERT) {
      at += length
      x += signs.length
    }
    if (kind !== diff.DELETE) {
      to += length
      y += signs.length
    }
  }
  return found
}
