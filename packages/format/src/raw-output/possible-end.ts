/** A marker that counts only if nothing but white space, or a token that ends a text, follows it; else it was a word of the answer. */

import type { Marker } from './markers.ts'

/** The marker and the white space behind it are held up to so many characters. */
const HELD_CHARACTERS = 74

/** Some engines spell the tokenizer's own end behind that of the message (tenstorrent/tt-inference-server issue 3943). It may come in pieces. */
const ENDS = /^(?:\s|\[EO[ST]\])*(?:\[(?:E(?:O[ST]?)?)?)?$/

export class PossibleEnd {
  /** The marker, with what stands behind it. Empty when there is none. */
  #text = ''
  #marker = 0

  get holds(): boolean {
    return this.#text !== ''
  }

  /** It is `<|im_end|>`, not `</think>`. */
  get isMessageEnd(): boolean {
    return this.#text.startsWith('<|')
  }

  hold(marker: Marker): void {
    this.#text = marker.text
    this.#marker = marker.text.length
  }

  /** What is said for certain when `text` follows: all of it, with what was held before it; or nothing yet. */
  follow(text: string): string | undefined {
    if (this.#text === '') return text
    const said = this.#text + text
    const behind = said.slice(this.#marker)
    const isEnd = this.isMessageEnd ? ENDS.test(behind) : behind.trimStart() === ''
    const goesOn = said.length <= HELD_CHARACTERS && isEnd
    this.#text = goesOn ? said : ''
    return goesOn ? undefined : said
  }

  /** Gives up what is held. */
  release(): string {
    const text = this.#text
    this.#text = ''
    return text
  }
}
