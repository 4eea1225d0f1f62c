/** One engine at one address, and what routing knows about it: its load, its speed, its health. */

import type { Engine } from '../generation/index.ts'
import { Breaker, type Outcome } from './breaker.ts'
import type { BreakerPolicy } from './policy.ts'

/** How fast a latency that has passed is forgotten. */
const FORGET_MS = 10_000
/**
 * Below this, latencies do not matter. Without it a replica of which nothing is known yet, or nothing any more, would
 * look hundreds of times cheaper than the rest and be given all that comes until its first token is there.
 */
const LEAST_LATENCY_MS = 250
/** Cool-downs in a row that make the next one longer. */
const MOST_DOUBLINGS = 10

export class Replica {
  readonly engine: Engine
  /** Its share beside the other replicas of its engine. */
  readonly weight: number
  readonly breaker: Breaker
  /** Requests that it is answering now. */
  running = 0
  /** Takes nobody new; what runs goes on. */
  draining = false
  /** What its last health checks said. An ill one is asked only where nobody else can be. */
  healthy = true
  /** When it last gave a token, in milliseconds since the Unix epoch. */
  livedAt = 0
  #coolUntil = 0
  /** Cool-downs since the last success. */
  #coolings = 0
  #latencyMs = 0
  #latencySeenAt = 0
  #whenIdle: (() => void)[] | undefined

  constructor(engine: Engine, weight: number, breaker: BreakerPolicy) {
    this.engine = engine
    this.weight = weight
    this.breaker = new Breaker(breaker)
  }

  /** Milliseconds until it may be asked: 0 for now, infinite while it drains. */
  waitMs(now: number): number {
    if (this.draining) return Infinity
    return Math.max(this.#coolUntil - now, this.breaker.waitMs(now), 0)
  }

  isCooling(now: number): boolean {
    return this.#coolUntil > now
  }

  /**
   * What sending one more would cost: the peak-weighted average of the time to the first token, for each that is
   * running already. A sudden slowness counts at once and is forgotten slowly.
   */
  cost(now: number): number {
    const latency = this.#latencyMs * fading(this.#latencySeenAt, now)
    return ((latency + LEAST_LATENCY_MS) * (this.running + 1)) / this.weight
  }

  /** True when the one that enters is the breaker's trial, which `leave` is to be told. */
  enter(): boolean {
    this.running += 1
    return this.breaker.enter()
  }

  leave(outcome: Outcome, trial: boolean, now: number): void {
    this.running -= 1
    if (outcome === 'success') this.#coolings = 0
    this.breaker.leave(outcome, trial, now)
    if (this.running > 0 || this.#whenIdle === undefined) return
    const waiting = this.#whenIdle
    this.#whenIdle = undefined
    for (const tell of waiting) tell()
  }

  /** @param latencyMs undefined where it says nothing about the replica, such as for an answer in one piece. */
  sawFirstToken(latencyMs: number | undefined, trial: boolean, now: number): void {
    this.livedAt = now
    if (trial) this.breaker.promise()
    if (latencyMs === undefined) return
    const weight = fading(this.#latencySeenAt, now)
    const faded = this.#latencyMs * weight + latencyMs * (1 - weight)
    this.#latencyMs = Math.max(latencyMs, faded)
    this.#latencySeenAt = now
  }

  /**
   * It is there, but has no room: not a failure, and nobody is sent there for a while.
   *
   * @param askedForMs how long it wants to be left alone. Where it does not say, each time in a row doubles `usualMs`.
   */
  coolDown(askedForMs: number | undefined, usualMs: number, longestMs: number, now: number): void {
    // Requests that were under way together hear the same thing: it counts once.
    if (!this.isCooling(now)) this.#coolings += 1
    const ms = askedForMs ?? usualMs * 2 ** Math.min(this.#coolings - 1, MOST_DOUBLINGS)
    this.#coolUntil = Math.max(this.#coolUntil, now + Math.min(ms, longestMs))
  }

  /** Resolves when nothing runs here; at once, when nothing does. */
  idle(): Promise<void> {
    if (this.running === 0) return Promise.resolve()
    return new Promise((resolve) => {
      this.#whenIdle = [...(this.#whenIdle ?? []), resolve]
    })
  }
}

/** From 1 for now down to 0. A clock that was set back fades nothing. */
function fading(since: number, now: number): number {
  return Math.exp(Math.min(since - now, 0) / FORGET_MS)
}
