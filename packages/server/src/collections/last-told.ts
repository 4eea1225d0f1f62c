/** What somebody else, who decides, has told of last, and what was asked of it since: known without asking. */

interface Told {
  readonly left: number
  /** Milliseconds. */
  readonly at: number
}

/** Those that were told of longest ago are forgotten first. */
const MOST_TOLD = 10_000
/** A minute's window has left behind it, and others may have spent the money. */
const FRESH_MS = 60_000

export class LastTold {
  readonly #now: () => number
  readonly #told = new Map<string, Told>()
  /** What is asked for and not answered. */
  readonly #asked = new Map<string, number>()

  /** @param now milliseconds since whenever */
  constructor(now: () => number) {
    this.#now = now
  }

  /** What is left of it, less what is asked for now; `undefined`: nothing was told, or longer ago than `withinMs`. */
  of(name: string, withinMs = FRESH_MS): number | undefined {
    const told = this.#told.get(name)
    if (told === undefined || this.#now() - told.at > withinMs) return undefined
    return told.left - (this.#asked.get(name) ?? 0)
  }

  /** Whoever calls it calls `answered` with the same amount, in any case. */
  asks(name: string, amount: number): void {
    this.#asked.set(name, (this.#asked.get(name) ?? 0) + amount)
  }

  answered(name: string, amount: number): void {
    const left = (this.#asked.get(name) ?? 0) - amount
    if (left === 0) this.#asked.delete(name)
    else this.#asked.set(name, left)
  }

  /** @param left `undefined`: it is not known any more */
  tell(name: string, left: number | undefined): void {
    this.#told.delete(name)
    if (left === undefined) return
    this.#told.set(name, { left, at: this.#now() })
    if (this.#told.size <= MOST_TOLD) return
    for (const oldest of this.#told.keys()) {
      this.#told.delete(oldest)
      return
    }
  }
}
