/** Counts texts that come in parts, some bytes at a time: so that one giant does not hold up whoever comes after it. */

import type { TextCounting } from '../tokenizer.ts'
import { blockEnd, cutEnd } from './cut-text.ts'
import { pieceEnd } from './piece-end.ts'

/** Blocks are encoded by themselves, so as many characters may be counted before the rest is there; some may take two units. */
const WHOLE_BLOCK_UNITS = 400_000

export class SteppedCounting implements TextCounting {
  tokens = 0
  readonly #countPiece: (bytes: Uint8Array, start: number, end: number) => number
  readonly #encoder = new TextEncoder()
  /** What has come of a text whose end has not. */
  #begun = ''
  /** Whole blocks that are to be counted. */
  readonly #blocks: string[] = []
  /** The block that is being counted, how far, and how far to the next cut. */
  #bytes: Uint8Array = NOTHING
  #at = 0
  #cut = 0

  constructor(countPiece: (bytes: Uint8Array, start: number, end: number) => number) {
    this.#countPiece = countPiece
  }

  push(text: string): void {
    this.#begun += text
    while (this.#begun.length > WHOLE_BLOCK_UNITS) {
      const end = blockEnd(this.#begun, 0)
      // Behind it there must be something: a pair of surrogates may have been cut here.
      if (end >= this.#begun.length) return
      this.#blocks.push(this.#begun.slice(0, end))
      this.#begun = this.#begun.slice(end)
    }
  }

  end(): void {
    if (this.#begun !== '') this.#blocks.push(this.#begun)
    this.#begun = ''
  }

  step(bytes: number): boolean {
    for (let left = bytes; left > 0;) {
      if (this.#at >= this.#bytes.length && !this.#nextBlock()) return false
      const from = this.#at
      const stop = pieceEnd(this.#bytes, from, this.#nextCut())
      this.tokens += this.#countPiece(this.#bytes, from, stop)
      this.#at = stop
      left -= stop - from
    }
    return this.#at < this.#bytes.length || this.#blocks.length > 0
  }

  #nextBlock(): boolean {
    const block = this.#blocks.shift()
    this.#bytes = block === undefined ? NOTHING : this.#encoder.encode(block)
    this.#at = 0
    this.#cut = 0
    return block !== undefined
  }

  #nextCut(): number {
    if (this.#at >= this.#cut) this.#cut = cutEnd(this.#bytes, this.#at, this.#bytes.length)
    return this.#cut
  }
}

const NOTHING = new Uint8Array(0)
