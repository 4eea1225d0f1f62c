/**
 * A look at the bytes of a large JSON body before it is parsed: how deep, how many values?
 *
 * A hundred megabytes of one image cost a copy; a hundred megabytes of `[[[[` or `{},{},` cost gigabytes of heap and
 * seconds of everybody's time. One pass over the bytes tells them apart.
 */

import { apiError } from '@moonbase/protocol'

const MAXIMUM_DEPTH = 512

const QUOTE = 0x22
const COMMA = 0x2c
const BACKSLASH = 0x5c
const OPEN_BRACKET = 0x5b
const CLOSE_BRACKET = 0x5d
const OPEN_BRACE = 0x7b
const CLOSE_BRACE = 0x7d

export class JsonShapeGuard {
  readonly #mostValues: number
  #depth = 0
  #values = 0

  constructor(mostValues: number) {
    this.#mostValues = mostValues
  }

  /**
   * How many values there are. Throws an `ApiError` for a document that is too deep or has too many of them; says nothing of
   * its validity.
   */
  check(body: Uint8Array): number {
    let index = 0
    while (index < body.length) {
      const byte = body[index]
      if (byte === QUOTE) index = endOfString(body, index)
      else if (byte === OPEN_BRACKET || byte === OPEN_BRACE) this.#open()
      else if (byte === CLOSE_BRACKET || byte === CLOSE_BRACE) this.#depth -= 1
      else if (byte === COMMA) this.#count()
      index += 1
    }
    return this.#values
  }

  #open(): void {
    this.#depth += 1
    if (this.#depth > MAXIMUM_DEPTH) {
      throw apiError('invalid_request', { details: `the body is nested deeper than ${MAXIMUM_DEPTH} levels` })
    }
    this.#count()
  }

  #count(): void {
    this.#values += 1
    if (this.#values > this.#mostValues) {
      throw apiError('invalid_request', { details: `the body holds more than ${this.#mostValues} values` })
    }
  }
}

/** The index of the closing quote, or the end. `indexOf` runs at memory speed over what an image is made of. */
function endOfString(body: Uint8Array, start: number): number {
  let from = start + 1
  for (;;) {
    const quote = body.indexOf(QUOTE, from)
    if (quote === -1) return body.length
    let backslashes = 0
    while (body[quote - 1 - backslashes] === BACKSLASH) backslashes += 1
    if (backslashes % 2 === 0) return quote
    from = quote + 1
  }
}
