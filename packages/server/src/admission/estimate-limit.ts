/** How many estimates an organisation may ask for in a minute. They are free and no part of its rate: a workbench asks at every pause. */

import { apiErrorWith } from '@moonbase/protocol'
import { SlidingWindow } from './memory/sliding-window.ts'
import { MINUTE } from './windows.ts'

/** Organisations that are remembered, before those with nothing in their window are forgotten. */
const MANY = 1000

/** Each gateway counts for itself: it is its own time that is shared out. */
export class EstimateLimit {
  readonly #perMinute: number
  readonly #now: () => number
  readonly #windows = new Map<string, SlidingWindow>()
  /** Organisations at which those without anything are looked for. */
  #many = MANY

  /** @param perMinute 0: as many as anybody likes */
  constructor(perMinute: number, now: () => number) {
    this.#perMinute = perMinute
    this.#now = now
  }

  /** @throws ApiError `estimate_limit` */
  take(organisation: string): void {
    const limit = this.#perMinute
    if (limit === 0) return
    const now = this.#now()
    const window = this.#windows.get(organisation) ?? this.#remember(organisation, now)
    const bucket = window.advance(now)
    if (window.total >= limit) {
      const seconds = Math.max(Math.ceil((window.msUntilLeft(1, now) ?? 0) / 1000), 1)
      throw apiErrorWith('estimate_limit', { retryAfterMs: seconds * 1000 }, { organisation, limit, seconds })
    }
    window.add(bucket, 1)
  }

  #remember(organisation: string, now: number): SlidingWindow {
    if (this.#windows.size >= this.#many) this.#forget(now)
    const window = new SlidingWindow(MINUTE)
    this.#windows.set(organisation, window)
    return window
  }

  #forget(now: number): void {
    for (const [organisation, window] of this.#windows) {
      window.advance(now)
      if (window.total === 0) this.#windows.delete(organisation)
    }
    this.#many = Math.max(MANY, 2 * this.#windows.size)
  }
}
