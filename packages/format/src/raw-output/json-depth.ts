/** Whether a JSON text that is being written is still inside brackets or a string. */

export class JsonDepth {
  #brackets = 0
  #inString = false
  /** The next character stands behind a backslash. */
  #escaped = false

  /** Only the beginning of something that must be closed again. Text that is no JSON is open where it looks so. */
  get open(): boolean {
    return this.#brackets > 0 || this.#inString
  }

  push(text: string): void {
    for (let at = 0; at < text.length; at += 1) this.#see(text.charCodeAt(at))
  }

  #see(code: number): void {
    if (this.#escaped) this.#escaped = false
    else if (code === BACKSLASH) this.#escaped = this.#inString
    else if (code === QUOTE) this.#inString = !this.#inString
    else if (this.#inString) return
    else if (code === BRACE || code === BRACKET) this.#brackets += 1
    else if ((code === BRACE_END || code === BRACKET_END) && this.#brackets > 0) this.#brackets -= 1
  }
}

const QUOTE = 34
const BACKSLASH = 92
const BRACKET = 91
const BRACKET_END = 93
const BRACE = 123
const BRACE_END = 125
