/**
 * A circuit breaker for one replica: after enough failures nobody is sent there for a while, then one trial at a time.
 *
 * It hears of failures of the replica only. A client that left, a lost hedge and a refusal of the request say nothing
 * about it: a trial that ends so is as if it had not been.
 *
 * A trial is decided by its first token and not by its end: an answer may take minutes, and all that time nobody else
 * would be let through. What a first token does not do is forgive: until an answer is complete, the next opening is as
 * long as if the trial had failed.
 */

import type { BreakerPolicy } from './policy.ts'

/** What one request says about the replica. */
export type Outcome = 'success' | 'failure' | 'neutral'

/** How many of the last outcomes are looked at. */
const REMEMBERED = 32
/** While a trial runs it is unknown when somebody else may go; so often it is worth a look. */
const TRIAL_LOOK_MS = 1_000

export class Breaker {
  readonly #policy: BreakerPolicy
  /** Times of the last outcomes; a failure's is negative, so that one number says both. */
  readonly #outcomes: number[] = []
  #openUntil = 0
  /** How long it opens the next time. */
  #openMs: number
  #open = false
  #trial = false

  constructor(policy: BreakerPolicy) {
    this.#policy = policy
    this.#openMs = policy.openMs
  }

  /** Milliseconds until it lets somebody through, or may; 0 when it does now. */
  waitMs(now: number): number {
    if (!this.#open) return 0
    if (now < this.#openUntil) return this.#openUntil - now
    return this.#trial ? TRIAL_LOOK_MS : 0
  }

  /** Half-open is what it is while a trial runs. */
  get state(): 'closed' | 'open' | 'half-open' {
    if (!this.#open) return 'closed'
    return this.#trial ? 'half-open' : 'open'
  }

  /**
   * Somebody is sent. Every call is followed by one `leave`, which is told what this one returned: whether this is the
   * trial. Whoever is sent beside a trial is none, so that only the trial itself can end it.
   */
  enter(): boolean {
    if (!this.#open || this.#trial) return false
    this.#trial = true
    return true
  }

  /** The trial has had its first token: others may come too. */
  promise(): void {
    if (!this.#open) return
    this.#open = false
    this.#trial = false
    this.#outcomes.length = 0
    this.#openMs = Math.min(this.#openMs * 2, this.#policy.longestOpenMs)
  }

  leave(outcome: Outcome, trial: boolean, now: number): void {
    if (this.#open) {
      // Requests that began before it opened end here too; only what the trial says closes or prolongs it.
      if (!trial) return
      this.#trial = false
      if (outcome === 'success') this.#close()
      else if (outcome === 'failure') this.#openAgain(now)
      return
    }
    if (outcome === 'neutral') return
    if (outcome === 'success') this.#openMs = this.#policy.openMs
    this.#outcomes.push(outcome === 'failure' ? -now : now)
    if (this.#outcomes.length > REMEMBERED) this.#outcomes.shift()
    if (outcome === 'failure' && this.#hasFailed(now)) {
      this.#open = true
      this.#openUntil = now + this.#openMs
    }
  }

  #hasFailed(now: number): boolean {
    const { failures, windowMs } = this.#policy
    let failed = 0
    let all = 0
    for (const outcome of this.#outcomes) {
      if (Math.abs(outcome) <= now - windowMs) continue
      all += 1
      if (outcome < 0) failed += 1
    }
    return failed >= failures && failed * 2 >= all
  }

  #close(): void {
    this.#open = false
    this.#openMs = this.#policy.openMs
    this.#outcomes.length = 0
  }

  #openAgain(now: number): void {
    this.#openMs = Math.min(this.#openMs * 2, this.#policy.longestOpenMs)
    this.#openUntil = now + this.#openMs
  }
}
