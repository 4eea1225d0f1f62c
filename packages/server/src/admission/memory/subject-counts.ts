/** What is counted of one subject. */

import type { RateLimits } from '../../records/account-records.ts'
import type { AdmissionRequest, LimitKind } from '../limiter.ts'
import { CONCURRENCY_RETRY_MS, DAY, KINDS_WITHIN, LIMIT_KINDS, MINUTE } from '../windows.ts'
import { SlidingWindow } from './sliding-window.ts'

type Asked = Pick<AdmissionRequest, 'tokens' | 'within'>

export class SubjectCounts {
  /** Requests that have not ended, whether they are limited or not. */
  running = 0
  /** When it was last asked for: whoever is being asked for is not dropped on the way. */
  askedAt = -Infinity
  // A window is made when it is first limited. Limits may change at any time: what was counted stays.
  #requests: SlidingWindow | undefined
  #minuteTokens: SlidingWindow | undefined
  #dayTokens: SlidingWindow | undefined

  get requestsCounted(): number {
    return this.#requests?.total ?? 0
  }

  msUntilNoRequests(now: number): number {
    return this.#requests?.msUntilEmpty(now) ?? 0
  }

  /** The first limit that has no room for it. */
  refusal({ concurrency, rpm, tpm, tpd }: RateLimits, { tokens, within }: Asked, now: number): LimitKind | undefined {
    if (within !== true) {
      if (concurrency !== null && this.running >= concurrency) return 'concurrency'
      if (rpm !== null && this.#hasNoRoom((this.#requests ??= new SlidingWindow(MINUTE)), 1, rpm, now)) return 'rpm'
    }
    if (tpm !== null && this.#hasNoRoom((this.#minuteTokens ??= new SlidingWindow(MINUTE)), tokens, tpm, now))
      return 'tpm'
    if (tpd !== null && this.#hasNoRoom((this.#dayTokens ??= new SlidingWindow(DAY)), tokens, tpd, now)) return 'tpd'
    return undefined
  }

  /** Only after `refusal` has found none, at the same `now`. */
  count({ rpm, tpm, tpd }: RateLimits, { tokens, within }: Asked, now: number): void {
    if (within !== true) {
      this.running += 1
      if (rpm !== null) add(this.#requests, 1, now)
    }
    if (tpm !== null) add(this.#minuteTokens, tokens, now)
    if (tpd !== null) add(this.#dayTokens, tokens, now)
  }

  /** `limits` are those under which it was counted, at `countedAt`. */
  giveBack({ tpm, tpd }: RateLimits, tokens: number, countedAt: number): void {
    if (tpm !== null) this.#minuteTokens?.giveBack(Math.floor(countedAt / MINUTE.bucketMs), tokens)
    if (tpd !== null) this.#dayTokens?.giveBack(Math.floor(countedAt / DAY.bucketMs), tokens)
  }

  /** When the same request would be let in, if nothing else happened. 0: at once; `undefined`: never. */
  msUntilRoom(limits: RateLimits, { tokens, within }: Asked, now: number): number | undefined {
    let longest = 0
    for (const kind of within === true ? KINDS_WITHIN : LIMIT_KINDS) {
      const limit = limits[kind]
      if (limit === null) continue
      const amount = amountOf(kind, tokens)
      if (amount > limit) return undefined
      const over = this.counted(kind, now) + amount - limit
      if (over <= 0) continue
      const wait = kind === 'concurrency' ? CONCURRENCY_RETRY_MS : this.#window(kind)?.msUntilLeft(over, now)
      if (wait === undefined) return undefined
      longest = Math.max(longest, wait)
    }
    return longest
  }

  /** Tokens. */
  roomFor({ tpm, tpd }: Pick<RateLimits, 'tpm' | 'tpd'>, now: number): number {
    const minute = tpm === null ? Infinity : tpm - this.counted('tpm', now)
    return tpd === null ? minute : Math.min(minute, tpd - this.counted('tpd', now))
  }

  counted(kind: LimitKind, now: number): number {
    if (kind === 'concurrency') return this.running
    const window = this.#window(kind)
    window?.advance(now)
    return window?.total ?? 0
  }

  /** Nothing would be lost with it. */
  isIdle(now: number): boolean {
    return this.running === 0 && this.askedAt < now && LIMIT_KINDS.every((kind) => this.counted(kind, now) === 0)
  }

  #window(kind: Exclude<LimitKind, 'concurrency'>): SlidingWindow | undefined {
    switch (kind) {
      case 'rpm':
        return this.#requests
      case 'tpm':
        return this.#minuteTokens
      case 'tpd':
        return this.#dayTokens
    }
  }

  #hasNoRoom(window: SlidingWindow, amount: number, limit: number, now: number): boolean {
    window.advance(now)
    return window.total + amount > limit
  }
}

function add(window: SlidingWindow | undefined, amount: number, now: number): void {
  if (window !== undefined) window.add(window.advance(now), amount)
}

function amountOf(kind: LimitKind, tokens: number): number {
  return kind === 'tpm' || kind === 'tpd' ? tokens : 1
}

/** Of a subject of which nothing is counted. */
export function roomOf({ tpm, tpd }: RateLimits): number {
  return Math.min(tpm ?? Infinity, tpd ?? Infinity)
}
