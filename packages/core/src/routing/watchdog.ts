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

export class Watchdog {
  readonly #clock: Clock
  readonly #watched = new Set<Watched>()
  readonly #end = new AbortController()
  #looking = false

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Calls `late` once when something that was expected did not come in time. */
  watch(late: () => void): Watch {
    const watched = new Watched(this.#watched, late)
    this.#watched.add(watched)
    if (!this.#looking && !this.#end.signal.aborted) void this.#look()
    return watched
  }

  close(): void {
    this.#end.abort()
    this.#watched.clear()
  }

  async #look(): Promise<void> {
    this.#looking = true
    try {
      while (this.#watched.size > 0) {
        await this.#clock.sleep(LOOK_EVERY_MS, this.#end.signal)
        const now = this.#clock.now()
        for (const watched of this.#watched) watched.look(now)
      }
    } catch (error) {
      // Only its own end wakes it early.
      if (!this.#end.signal.aborted) throw error
    } finally {
      this.#looking = false
    }
  }
}

class Watched implements Watch {
  readonly #all: Set<Watched>
  readonly #late: () => void
  /** Milliseconds for what is expected now; infinite while nothing is. */
  #withinMs = Infinity
  /** When that has passed; `undefined` until a look has seen that it is expected. */
  #until: number | undefined

  constructor(all: Set<Watched>, late: () => void) {
    this.#all = all
    this.#late = late
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
      this.#late()
    }
  }

  stop(): void {
    this.#all.delete(this)
  }
}
