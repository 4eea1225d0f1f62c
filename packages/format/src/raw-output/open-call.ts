/** The call that is being written: its name once that is known, and its arguments without the white space around them. */

import { parseJson } from '@moonbase/protocol'
import { JsonDepth } from './json-depth.ts'

/** White space behind arguments is kept back up to so many characters, until it is known not to be their end. */
const HELD_SPACE = 64

export class OpenCall {
  /** As the model wrote it. Empty when it wrote none. */
  readonly id: string
  /** `undefined` while the arguments are kept back for want of it. */
  name: string | undefined
  /** Its number, once it has been given out. */
  index: number | undefined
  /** It is read and not given out. */
  dropped = false
  /** All arguments so far: those that were given out, and all of them while there is no name. */
  arguments: string
  /** White space at the end, not part of `arguments` yet. */
  #space = ''
  /** The white space at the end was too much to hold and is part of `arguments`. */
  #spilled = false
  /** Where the arguments stand: within brackets or a string white space can not be their end, and need not wait. */
  readonly #depth = new JsonDepth()

  constructor(id: string, name: string | undefined, written = '') {
    this.id = id
    this.name = name
    this.arguments = written
    this.#depth.push(written)
  }

  /** Adds text behind the arguments and returns what is certain to belong to them. */
  add(text: string): string {
    const rest = this.arguments === '' ? text.trimStart() : text
    this.#depth.push(rest)
    const body = this.#depth.open ? rest : rest.trimEnd()
    let certain = ''
    if (body !== '') {
      certain = this.#space + body
      this.#space = ''
      this.#spilled = false
    }
    const space = rest.slice(body.length)
    if (this.#spilled) certain += space
    else {
      this.#space += space
      if (this.#space.length > HELD_SPACE) {
        certain += this.#space
        this.#space = ''
        this.#spilled = true
      }
    }
    this.arguments += certain
    return certain
  }

  /** Whether the arguments are the JSON of an object. */
  get wellFormed(): boolean {
    try {
      const value: unknown = parseJson(this.arguments)
      return typeof value === 'object' && value !== null && !Array.isArray(value)
    } catch {
      // Malformed arguments are the model's, not a failure of ours.
      return false
    }
  }
}
