/** Which leases may be called over: those that nobody has renewed although Redis was there all the time. */

/**
 * A gateway renews its leases while it lives. When Redis stands still or is away, nobody can, and all leases seem over at the first
 * moment afterwards: whoever comes first would drop those of all the others. So each gateway says with every request up to which
 * moment it knows that Redis was there, and after a gap it stays at the moment before it until the others had time to renew.
 */
export class LeaseClock {
  readonly #gapMs: number
  readonly #graceMs: number
  /** The latest time of Redis that a reply told. */
  #known = 0
  /** Of the last gap: where it began, and when leases may be over again. */
  #frozenAt = 0
  #thawsAt = Infinity

  /** `gapMs`: replies come at least this often; `graceMs`: how long others may need to come back and renew. */
  constructor(gapMs: number, graceMs: number) {
    this.#gapMs = gapMs
    this.#graceMs = graceMs
  }

  saw(now: number): void {
    if (now - this.#known > this.#gapMs) {
      // In a second gap within the grace of a first one, what was over before the first one still is.
      if (this.#known >= this.#thawsAt) this.#frozenAt = this.#known
      this.#thawsAt = now + this.#graceMs
    }
    this.#known = Math.max(this.#known, now)
  }

  /** Redis calls leases over that ended before this moment, or before its own now. */
  get over(): number {
    return this.#known < this.#thawsAt ? this.#frozenAt : this.#known + this.#gapMs
  }
}
