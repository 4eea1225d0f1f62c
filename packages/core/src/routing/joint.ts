/** Joins the beginning of a continuation to the text before it. Holds back only what may still be a repetition. */

/** Characters that match the beginning of what was given: from here on it is no coincidence that they do. */
const STARTS_OVER = 64
/** A repeated end is at least this long, and looked for in this many last characters. */
const SHORTEST_ECHO = 24
const LONGEST_ECHO = 512

export class Joint {
  readonly #given: string
  readonly #tail: string
  /** Characters that came and are the beginning of what was given, one for one. */
  #repeated = 0
  /** What came since it stopped being that, with it in front; `undefined` while it still is. */
  #held: string | undefined
  /** The joint is made: what comes now is new. */
  closed: boolean
  /** It started over and then said something else, or stopped. */
  broken = false

  constructor(given: string) {
    this.#given = given
    this.#tail = given.slice(-LONGEST_ECHO)
    this.closed = given === ''
  }

  /** The part of the text that is certainly new. */
  push(piece: string): string {
    if (this.closed) return piece
    if (this.#held === undefined) {
      const begun = this.#repeated
      this.#repeated += commonLength(piece, this.#given, begun)
      const fresh = piece.slice(this.#repeated - begun)
      if (this.#repeated === this.#given.length) return this.#close(fresh)
      if (fresh === '') return ''
      if (this.#repeated >= STARTS_OVER) {
        this.broken = true
        return ''
      }
      this.#held = this.#given.slice(0, this.#repeated) + fresh
    } else this.#held += piece
    return this.#mayEcho(this.#held) ? '' : this.#close(withoutEcho(this.#held, this.#tail))
  }

  /** Nothing more comes at this place. */
  end(): string {
    if (this.closed) return ''
    if (this.#held === undefined && this.#repeated >= STARTS_OVER) {
      this.broken = true
      return ''
    }
    return this.#close(withoutEcho(this.#held ?? this.#given.slice(0, this.#repeated), this.#tail))
  }

  #close(text: string): string {
    this.closed = true
    this.#held = undefined
    return text
  }

  /** It stands within the end of what was given, and could still become all that follows there. */
  #mayEcho(held: string): boolean {
    return held.length < this.#tail.length && this.#tail.includes(held) && !this.#tail.endsWith(held)
  }
}

/** The text without the longest end of `tail` that it begins with. */
function withoutEcho(text: string, tail: string): string {
  for (let length = Math.min(text.length, tail.length); length >= SHORTEST_ECHO; length -= 1) {
    const echo = text.slice(0, length)
    if (tail.endsWith(echo)) return isPeriodic(echo) ? text : text.slice(length)
  }
  return text
}

/** How many characters of `text` stand in `other` from `at` on. */
function commonLength(text: string, other: string, at: number): number {
  const most = Math.min(text.length, other.length - at)
  let length = 0
  while (length < most && text.charCodeAt(length) === other.charCodeAt(at + length)) length += 1
  return length
}

/** Rulers, rows of a table, blank lines: text that repeats itself may well go on doing so. */
function isPeriodic(text: string): boolean {
  const at = text.indexOf(text.slice(0, Math.ceil(text.length / 2)), 1)
  return at !== -1 && text.startsWith(text.slice(at))
}
