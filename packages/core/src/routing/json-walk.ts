/**
 * Walks along a JSON text that comes in pieces and tells whether it can still become valid, and whether it is complete.
 *
 * It checks structure: brackets, commas, colons, where strings and values stand. Inside numbers, literals and strings it
 * is generous (a raw line break in a string is passed), because models are, and what a model wrote is not ours to refuse.
 */

/** Containers in containers. Deeper texts are not checked. */
const DEEPEST = 1_000

type Place = 'value' | 'value-or-end' | 'key' | 'key-or-end' | 'colon' | 'comma-or-end' | 'end'

export class JsonWalk {
  #place: Place = 'value'
  /** The closing brackets that are still to come, innermost last. */
  #open = ''
  #inString = false
  /** The string is a key. */
  #isKey = false
  #escaped = false
  /** Within a number or a literal. */
  #inWord = false
  #broken = false
  #gaveUp = false

  /** What came can not be the beginning of a JSON text. */
  get broken(): boolean {
    return this.#broken
  }

  /** What came is a whole JSON text, or too deep to tell. */
  get complete(): boolean {
    if (this.#broken) return false
    return this.#gaveUp || (this.#place === 'end' && !this.#inString)
  }

  push(text: string): this {
    for (let index = 0; index < text.length; index += 1) {
      if (this.#broken || this.#gaveUp) break
      this.#step(text.charAt(index))
    }
    return this
  }

  /** Another one at the same place. */
  fork(): JsonWalk {
    const other = new JsonWalk()
    other.#place = this.#place
    other.#open = this.#open
    other.#inString = this.#inString
    other.#isKey = this.#isKey
    other.#escaped = this.#escaped
    other.#inWord = this.#inWord
    other.#broken = this.#broken
    other.#gaveUp = this.#gaveUp
    return other
  }

  #step(character: string): void {
    if (this.#inString) return this.#stepInString(character)
    if (this.#inWord) {
      if (/[\w.+-]/.test(character)) return
      this.#inWord = false
    }
    if (/\s/.test(character)) return
    const takesValue = this.#place === 'value' || this.#place === 'value-or-end'
    switch (character) {
      case '"':
        this.#isKey = this.#place === 'key' || this.#place === 'key-or-end'
        this.#inString = takesValue || this.#isKey
        this.#broken = !this.#inString
        return
      case '{':
        return this.#enter(takesValue, '}', 'key-or-end')
      case '[':
        return this.#enter(takesValue, ']', 'value-or-end')
      case '}':
        return this.#close('}', this.#place === 'key-or-end' || this.#place === 'comma-or-end')
      case ']':
        return this.#close(']', this.#place === 'value-or-end' || this.#place === 'comma-or-end')
      case ':':
        this.#broken = this.#place !== 'colon'
        this.#place = 'value'
        return
      case ',':
        this.#broken = this.#place !== 'comma-or-end'
        this.#place = this.#open.endsWith('}') ? 'key' : 'value'
        return
      default:
        this.#inWord = true
        this.#broken = !takesValue || !/[-\dtfn]/.test(character)
        this.#endValue()
    }
  }

  #stepInString(character: string): void {
    if (this.#escaped) this.#escaped = false
    else if (character === '\\') this.#escaped = true
    else if (character === '"') {
      this.#inString = false
      if (this.#isKey) this.#place = 'colon'
      else this.#endValue()
    }
  }

  #enter(allowed: boolean, closing: string, place: Place): void {
    this.#broken = !allowed
    this.#open += closing
    this.#place = place
    if (this.#open.length > DEEPEST) this.#gaveUp = true
  }

  #close(bracket: string, allowed: boolean): void {
    this.#broken = !allowed || !this.#open.endsWith(bracket)
    this.#open = this.#open.slice(0, -1)
    this.#endValue()
  }

  #endValue(): void {
    this.#place = this.#open === '' ? 'end' : 'comma-or-end'
  }
}
