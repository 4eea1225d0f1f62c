/** Joins the beginning of a continuation to the text before it. Holds back only what may still be a repetition. */

/** Less than this, and not all of a short text: people and models do begin two sentences alike. */
const SHORTEST_REPETITION = 8
/** Characters that match the beginning of what was given, and stand nowhere else in it: it is no coincidence. */
const STARTS_OVER = 24
/** The same, where they stand elsewhere too, as the beginnings of rows and list items do. */
const SURELY_STARTS_OVER = 96
/** A repeated end is at least this long, and looked for in this many last characters. */
const SHORTEST_ECHO = 24
const LONGEST_ECHO = 4096

export class Joint {
  readonly #mayRepeat: boolean
  readonly #whole: string
  readonly #tail: string
  /** From where the text may be repeated, and how much of it has come: as far as it matches, one for one. */
  #origins: Origin[]
  /** What came while nothing is certain. */
  #held = ''
  /** The joint is made: what comes now is new. */
  closed: boolean
  /** It started over and then said something else, or stopped. */
  broken = false
  /** Characters that were repeated and taken away. */
  removed = 0

  /**
   * @param given what was generated and given out.
   * @param before what stood before that, such as the prefix that a client sent: an engine may start over from there.
   * @param mayRepeat the engine is not known to go on: ends that are said again, and beginnings, are looked for too.
   * @param thought what stood before that again, where an engine that repeats it may take it for a part of its text.
   */
  constructor(given: string, before = '', mayRepeat = true, thought = '') {
    this.#mayRepeat = mayRepeat
    this.#whole = thought + before + given
    this.#tail = (before + given).slice(-LONGEST_ECHO)
    // Who goes on by its protocol is believed: a log or a song may well say the same again. Only a whole thought may not.
    const origins = mayRepeat ? new Set([thought.length + before.length, thought.length, 0]) : new Set([0])
    this.#origins = [...origins].map((at) => ({ at, repeated: 0 }))
    this.closed = given === '' || (!mayRepeat && thought === '')
  }

  /** The part of the text that is certainly new. */
  push(piece: string): string {
    if (this.closed) return piece
    this.#held += piece
    const still: Origin[] = []
    for (const origin of this.#origins) {
      const left = this.#whole.length - origin.at - origin.repeated
      const same = commonLength(piece, this.#whole, origin.at + origin.repeated)
      origin.repeated += same
      if (same === left && origin.repeated >= SHORTEST_REPETITION && !isPeriodic(this.#whole.slice(origin.at)))
        return this.#close(origin.repeated)
      if (same === piece.length && same < left) still.push(origin)
      else if (same < left && this.#hasStartedOver(origin)) return this.#break()
    }
    this.#origins = still
    if (still.length > 0 || this.#mayEcho()) return ''
    return this.#close(this.#echo())
  }

  /** Nothing more comes at this place. */
  end(): string {
    if (this.closed) return ''
    if (this.#origins.some((origin) => this.#hasStartedOver(origin))) return this.#break()
    return this.#close(this.#echo())
  }

  #hasStartedOver({ at, repeated }: Origin): boolean {
    if (!this.#mayRepeat) return false
    if (repeated >= SURELY_STARTS_OVER) return true
    return repeated >= STARTS_OVER && !this.#whole.includes(this.#whole.slice(at, at + repeated), at + 1)
  }

  #break(): string {
    this.broken = true
    return ''
  }

  /** Without so many characters of the beginning. */
  #close(known: number): string {
    const text = this.#held.slice(known)
    this.removed = known
    this.closed = true
    this.#held = ''
    this.#origins = []
    return text
  }

  /** What came stands within the end of what was given, and could still become all that follows there. */
  #mayEcho(): boolean {
    if (!this.#mayRepeat) return false
    const at = this.#tail.indexOf(this.#held)
    return at !== -1 && at + this.#held.length < this.#tail.length && this.#tail.length - at >= SHORTEST_ECHO
  }

  /** How many characters of what came are the end of what was given, said again. */
  #echo(): number {
    if (!this.#mayRepeat) return 0
    for (let length = Math.min(this.#held.length, this.#tail.length); length >= SHORTEST_ECHO; length -= 1) {
      const echo = this.#held.slice(0, length)
      if (this.#tail.endsWith(echo)) return isPeriodic(echo) ? 0 : length
    }
    return 0
  }
}

interface Origin {
  readonly at: number
  repeated: number
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
