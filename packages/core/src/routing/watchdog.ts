/**
 * Watches that engines go on: one sleeping loop for all requests, because a timer for each event would cost more than
 * the event. It looks at the clock only when it looks at all, so it may be late by two looks, and is never early.
 */

import type { Clock } from '../generation/index.ts'

const LOOK_EVERY_MS = 250

export interface Watch {
  /** Somebody waits for the next thing, which may take this long. */
  expect(withinMs: number): void
  /** It came, or nobody waits for it: a reader that is slow is no fault of the engine. */
  rest(): void
  stop(): void
}

/** Whoever waits for something. */
export interface Watched {
  /** It did not come in time. Told once. */
  beLate(): void
}

export class Watchdog {
  readonly #clock: Clock
  readonly #watched: OneWatch[] = []
  readonly #end = new AbortController()
  #looking = false

  constructor(clock: Clock) {
    this.#clock = clock
  }

  watch(whose: Watched): Watch {
    const watched = new OneWatch(this.#watched, whose)
    if (!this.#looking && !this.#end.signal.aborted) void this.#look()
    return watched
  }

  close(): void {
    this.#end.abort()
    this.#watched.length = 0
  }

  async #look(): Promise<void> {
    this.#looking = true
    try {
      while (this.#watched.length > 0) {
        await this.#clock.sleep(LOOK_EVERY_MS, this.#end.signal)
        const now = this.#clock.now()
        // Whoever is late leaves the list while it is looked through.
        const watching = this.#watched.slice()
        for (const watched of watching) watched.look(now)
      }
    } catch (error) {
      // Only its own end wakes it early.
      if (!this.#end.signal.aborted) throw error
    } finally {
      this.#looking = false
    }
  }
}

/**
 * Knows its own place in the list, where who leaves gives its place to the last one. A `Set` that every request joins and
 * leaves makes minor collections long: its old tables keep the new ones alive.
 */
class OneWatch implements Watch {
  readonly #all: OneWatch[]
  #place: number
  readonly #whose: Watched
  /** Milliseconds for what is expected now; infinite while nothing is. */
  #withinMs = Infinity
  /** When that has passed; `undefined` until a look has seen that it is expected. */
  #until: number | undefined

  constructor(all: OneWatch[], whose: Watched) {
    this.#all = all
    this.#whose = whose
    this.#place = all.push(this) - 1
  }

  expect(withinMs: number): void {
    this.#withinMs = withinMs
    this.#until = undefined
  }

  rest(): void {
    this.#withinMs = Infinity
  }

  look(now: number): void {
    if (this.#withinMs === Infinity) return
    if (this.#until === undefined) this.#until = now + this.#withinMs
    else if (now >= this.#until) {
      this.stop()
      this.#whose.beLate()
    }
  }

  stop(): void {
    if (this.#place === -1 || this.#all.length === 0) return
    const last = this.#all.pop()
    if (last !== undefined && last !== this) {
      this.#all[this.#place] = last
      last.#place = this.#place
    }
    this.#place = -1
  }
}
