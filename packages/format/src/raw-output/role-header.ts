/**
 * The header of the model's own message where its text begins: an engine that is asked without `add_generation_prompt` has the
 * model write it (lightseekorg/smg issue 1111). Anywhere else it is a word of the answer, and so is that of another role.
 */

import type { Marker } from './markers.ts'

const NAME_CHARACTERS = 64
const MIDDLE = '<|im_middle|>'

export class RoleHeader {
  /** The marker, and what followed it. Empty when there is none. */
  #text = ''
  #name = 0

  get holds(): boolean {
    return this.#text !== ''
  }

  hold(marker: Marker): void {
    this.#text = marker.text
    this.#name = marker.text.length
  }

  /** What is said for certain when `text` follows: what stands behind the header, all of it if it is none, or nothing yet. */
  follow(text: string): { readonly said: string; readonly header: boolean } | undefined {
    this.#text += text
    const all = this.#text
    const middle = all.indexOf('<', this.#name)
    const name = all.slice(this.#name, middle === -1 ? undefined : middle)
    const isName = /^[\w.-]*$/.test(name) && name.length <= NAME_CHARACTERS
    const rest = middle === -1 ? '' : all.slice(middle)
    if (isName && rest.length < MIDDLE.length && MIDDLE.startsWith(rest)) return undefined
    this.#text = ''
    const header = isName && rest.startsWith(MIDDLE)
    return { said: header ? rest.slice(MIDDLE.length) : all, header }
  }

  /** Gives up what is held. */
  release(): string {
    const text = this.#text
    this.#text = ''
    return text
  }
}
