/** Where the JSON of an object ends, while it comes in pieces. */

const QUOTE = 0x22
const BACKSLASH = 0x5c
const OPENING = new Set([0x7b, 0x5b])
const CLOSING = new Set([0x7d, 0x5d])

/** Counts brackets outside strings; what is no JSON may never be whole. */
export class JsonExtent {
  #depth = 0
  #inString = false
  #escaped = false
  #whole = false

  /** The outermost bracket is closed: nothing of the object can follow. */
  get whole(): boolean {
    return this.#whole
  }

  push(piece: string): void {
    for (let index = 0; index < piece.length && !this.#whole; index += 1) this.#see(piece.charCodeAt(index))
  }

  #see(unit: number): void {
    if (this.#escaped) this.#escaped = false
    else if (this.#inString) {
      if (unit === BACKSLASH) this.#escaped = true
      else if (unit === QUOTE) this.#inString = false
    } else if (unit === QUOTE) this.#inString = true
    else if (OPENING.has(unit)) this.#depth += 1
    else if (CLOSING.has(unit)) {
      this.#depth -= 1
      this.#whole = this.#depth === 0
    }
  }
}
