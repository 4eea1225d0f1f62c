/** A marker that counts only if nothing but white space follows it; else it was a word of the answer. */

import type { Marker } from './markers.ts'

/** The marker and the white space behind it are held up to so many characters. */
const HELD_CHARACTERS = 74

export class PossibleEnd {
  /** The marker, with the white space behind it. Empty when there is none. */
  #text = ''

  get holds(): boolean {
    return this.#text !== ''
  }

  /** It is `<|im_end|>`, not `</think>`. */
  get isMessageEnd(): boolean {
    return this.#text.startsWith('<|')
  }

  hold(marker: Marker): void {
    this.#text = marker.text
  }

  /** What is said for certain when `text` follows: all of it, with what was held before it; or nothing yet. */
  follow(text: string): string | undefined {
    if (this.#text === '') return text
    const said = this.#text + text
    const goesOn = said.length <= HELD_CHARACTERS && text.trimStart() === ''
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
