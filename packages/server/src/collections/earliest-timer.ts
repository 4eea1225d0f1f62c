/** One timer for many moments: it rings at the earliest that it was told, and forgets the others. */

import type { Clock } from '@moonbase/core/generation'

export class EarliestTimer {
  readonly #clock: Clock
  readonly #ring: () => void
  #at = Infinity
  #sleep: AbortController | undefined

  constructor(clock: Clock, ring: () => void) {
    this.#clock = clock
    this.#ring = ring
  }

  by(moment: number): void {
    if (moment >= this.#at) return
    this.#at = moment
    this.#sleep?.abort()
    const sleep = new AbortController()
    this.#sleep = sleep
    void this.#ringAfter(moment - this.#clock.now(), sleep)
  }

  off(): void {
    this.#at = Infinity
    this.#sleep?.abort()
    this.#sleep = undefined
  }

  async #ringAfter(ms: number, sleep: AbortController): Promise<void> {
    try {
      await this.#clock.sleep(Math.max(ms, 1), sleep.signal)
    } catch (error) {
      if (sleep.signal.aborted) return
      throw error
    }
    if (this.#sleep !== sleep) return
    this.#at = Infinity
    this.#ring()
  }
}
