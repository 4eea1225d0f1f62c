/** One coarse timer for all connections: they are looked at now and then, and say themselves what is too late. */

export interface Looked {
  /** @param now milliseconds on a clock that only goes forward */
  look(now: number): void
}

/** A second is what a transport may be late by, and whoever expects something may have to be looked at twice. */
const LOOK_EVERY_MS = 500

/** Joined and left once by each connection, not by each request. */
export class CoarseTimer {
  readonly #looked = new Set<Looked>()
  readonly #now: () => number
  #timer: NodeJS.Timeout | undefined

  constructor(now: () => number) {
    this.#now = now
  }

  add(looked: Looked): void {
    this.#looked.add(looked)
    // What is waited for holds the process by its socket; looking does not.
    this.#timer ??= setInterval(() => this.look(), LOOK_EVERY_MS).unref()
  }

  delete(looked: Looked): void {
    this.#looked.delete(looked)
    if (this.#looked.size > 0) return
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  /** Looks at everyone once. */
  look(): void {
    const now = this.#now()
    // Whoever is late leaves while it is looked at, which a set allows.
    for (const looked of this.#looked) looked.look(now)
  }
}
