/** The limiter of many gateways: counts in Redis, and a stated choice for when Redis is away. */

import type { Clock } from '@moonbase/core/generation'
import { LastTold } from '../../collections/last-told.ts'
import type { LimitsFail } from '../../configuration/configuration.ts'
import {
  type AdmissionAnswer,
  type AdmissionRequest,
  type LimitRefusal,
  type LimitedSubject,
  type Limiter,
  LimiterError,
  isRefusal,
} from '../limiter.ts'
import { MemoryLimiter } from '../memory/memory-limiter.ts'
import { LIMIT_KINDS, MINUTE, limitedOf } from '../windows.ts'
import { HeldLeases } from './held-leases.ts'
import { Lease } from './lease.ts'
import { LeaseClock } from './lease-clock.ts'
import { RedisConnection, type Reply } from './redis-connection.ts'
import { ADMIT } from './scripts.ts'

export interface RedisTiming {
  /** A gateway that dies keeps its slots for so long. */
  readonly leaseMs: number
  readonly heartbeatMs: number
  /** How long a request may wait for Redis. */
  readonly callTimeoutMs: number
}

export interface RedisLimiterParts {
  readonly url: string
  /** `open`: while Redis is away every gateway counts for itself; `closed`: nobody is let in. */
  readonly fail: LimitsFail
  readonly clock: Clock
  /** No other gateway has this name, nor had it. */
  readonly gateway: string
  /** Redis has gone away, or come back. */
  readonly onDegraded: (degraded: boolean, cause: Error | undefined) => void
  readonly timing: RedisTiming
  /** Of tests; otherwise Redis asks its own clock. */
  readonly now?: () => number
}

const RENEWALS_IN_A_LEASE = 6
const CALL_TIMEOUT_MS = 500
/** How finely late calls are noticed. */
const TICK_MS = 100
const CONNECT_WAIT_MS = 2_000

/** As it follows from the length of a lease. */
export function timingOf(leaseMs: number): RedisTiming {
  return { leaseMs, heartbeatMs: Math.floor(leaseMs / RENEWALS_IN_A_LEASE), callTimeoutMs: CALL_TIMEOUT_MS }
}

export class RedisLimiter implements Limiter {
  readonly figures = { running: 0, degraded: false, failures: 0 }
  readonly #parts: RedisLimiterParts
  readonly #timing: RedisTiming
  readonly #connection: RedisConnection
  readonly #held: HeldLeases
  readonly #leaseClock: LeaseClock
  /** Counts while Redis is away. */
  readonly #memory: MemoryLimiter
  /** Tokens that there is room for, of each group of subjects. */
  readonly #told: LastTold
  readonly #end = new AbortController()
  readonly #ticking: Promise<void>
  #admissions = 0
  #onRoom: (organisation: string) => void = () => undefined
  #onFirstReady: (() => void) | undefined

  private constructor(parts: RedisLimiterParts) {
    this.#parts = parts
    this.#timing = parts.timing
    const { leaseMs, heartbeatMs, callTimeoutMs } = this.#timing
    this.#memory = new MemoryLimiter({ now: () => parts.clock.now() })
    this.#told = new LastTold(() => parts.clock.now())
    this.#memory.onRoom((organisation) => this.#onRoom(organisation))
    this.#leaseClock = new LeaseClock(2 * heartbeatMs, leaseMs / 2)
    this.#connection = new RedisConnection({
      url: parts.url,
      clock: parts.clock,
      callTimeoutMs,
      onReady: () => {
        void this.#held.renew()
        this.#onFirstReady?.()
      },
      onFailure: (error) => {
        this.#setDegraded(true, error)
      },
    })
    this.#held = new HeldLeases({
      connection: this.#connection,
      leaseMs,
      time: () => this.#time(),
      onTime: (now) => {
        this.#leaseClock.saw(now)
        this.#setDegraded(false)
      },
      onRoom: (organisation) => this.#onRoom(organisation),
      onFailure: (error) => {
        this.#failed(error)
      },
    })
    this.#ticking = this.#tick()
  }

  /** Waits a little for Redis, and goes on without it. */
  static async open(parts: RedisLimiterParts): Promise<RedisLimiter> {
    const limiter = new RedisLimiter(parts)
    const enough = new AbortController()
    const ready = new Promise<void>((resolve) => {
      limiter.#onFirstReady = resolve
    })
    const late = parts.clock.sleep(CONNECT_WAIT_MS, enough.signal).then(
      () => limiter.#setDegraded(true, new LimiterError(`Redis is not there after ${CONNECT_WAIT_MS} ms`)),
      (error: unknown) => {
        if (!enough.signal.aborted) throw error
      },
    )
    await Promise.race([ready, late])
    enough.abort()
    return limiter
  }

  admit(request: AdmissionRequest): AdmissionAnswer | Promise<AdmissionAnswer> {
    const subjects = limitedOf(request.subjects)
    if (subjects.length === 0) return this.#counted(request, this.#memory.admit(request), undefined)
    if (this.#connection.isUsable) return this.#ask(request, subjects)
    return this.#admitAlone(request, undefined, new LimiterError('Redis is away'))
  }

  room(subjects: readonly LimitedSubject[]): number | undefined {
    const limited = subjects.filter(({ limits: { tpm, tpd } }) => tpm !== null || tpd !== null)
    if (limited.length === 0) return Infinity
    if (this.#connection.isUsable) return this.#told.of(nameOf(limitedOf(subjects)))
    return this.#parts.fail === 'closed' ? undefined : this.#memory.room(limited)
  }

  counted(): undefined {
    return undefined
  }

  onRoom(listener: (organisation: string) => void): void {
    this.#onRoom = listener
  }

  /** Sends the ends that are still owed. Leases of requests that run on end by themselves. */
  async close(): Promise<void> {
    for (let owed = Infinity; this.#held.owed < owed;) {
      owed = this.#held.owed
      await this.#held.payUp()
    }
    await this.#connection.idle()
    this.#end.abort()
    await this.#ticking
    this.#connection.close()
    await this.#memory.close()
  }

  async #ask(request: AdmissionRequest, subjects: readonly LimitedSubject[]): Promise<AdmissionAnswer> {
    this.#admissions += 1
    const lease = new Lease(`${this.#parts.gateway}:${this.#admissions}`, request, subjects)
    const words = lease.admitWords(this.#time(), this.#timing.leaseMs, this.#leaseClock.over)
    let reply: Reply
    const name = nameOf(subjects)
    this.#told.asks(name, request.tokens)
    try {
      reply = await this.#connection.run(ADMIT, words, (late) => {
        const [kind = 0, minute = 0, day = 0] = numbersOf(late)
        if (kind === 0) lease.counted(minute, day)
      })
    } catch (error) {
      this.#failed(error)
      return this.#admitAlone(request, lease, error)
    } finally {
      this.#told.answered(name, request.tokens)
    }
    const [kind = 0, first = 0, second = 0, third = 0, fourth = 0, fifth = 0] = numbersOf(reply)
    // Who is refused is counted by what he really takes from now on: there is little room.
    this.#told.tell(name, kind > 0 ? undefined : fifth < 0 ? Infinity : fifth)
    if (kind > 0) {
      this.#leaseClock.saw(fifth)
      return refusalOf(subjects, kind, first, { current: second, limit: third, wait: fourth })
    }
    this.#leaseClock.saw(fourth)
    lease.counted(first, second)
    this.#held.hold(lease)
    const limit = lease.within ? null : (request.subjects[0]?.limits.rpm ?? null)
    const resetMs = (first + MINUTE.buckets) * MINUTE.bucketMs - fourth
    const requests = limit === null ? null : { limit, remaining: Math.max(limit - third, 0), resetMs }
    return this.#counted(request, { requests, giveBack: NOTHING, end: NOTHING }, lease)
  }

  /** `lease`: Redis may have counted it, and not said so. */
  #admitAlone(request: AdmissionRequest, lease: Lease | undefined, cause: unknown): AdmissionAnswer {
    if (this.#parts.fail === 'closed') {
      if (lease !== undefined) this.#held.end(lease, 0)
      throw new LimiterError('requests cannot be counted', { cause })
    }
    this.#setDegraded(true, cause instanceof Error ? cause : undefined)
    const answer = this.#memory.admit(request)
    if (lease !== undefined) {
      if (isRefusal(answer)) this.#held.end(lease, 0)
      // It runs, and is renewed: what Redis may count is true.
      else this.#held.hold(lease)
    }
    return this.#counted(request, answer, lease)
  }

  #counted({ within }: AdmissionRequest, answer: AdmissionAnswer, lease: Lease | undefined): AdmissionAnswer {
    if (isRefusal(answer)) return answer
    const slots = within === true ? 0 : 1
    this.figures.running += slots
    let ended = false
    return {
      requests: answer.requests,
      giveBack: (usedTokens) => {
        if (ended) return
        answer.giveBack(usedTokens)
        if (lease !== undefined) this.#held.giveBack(lease, usedTokens)
      },
      end: (usedTokens) => {
        if (ended) return
        ended = true
        this.figures.running -= slots
        answer.end(usedTokens)
        if (lease !== undefined) this.#held.end(lease, usedTokens)
      },
    }
  }

  #failed(error: unknown): void {
    this.figures.failures += 1
    this.#setDegraded(true, error instanceof Error ? error : undefined)
  }

  #setDegraded(degraded: boolean, cause?: Error): void {
    if (this.figures.degraded === degraded) return
    this.figures.degraded = degraded
    this.#parts.onDegraded(degraded, cause)
  }

  #time(): string {
    return this.#parts.now === undefined ? '' : String(this.#parts.now())
  }

  async #tick(): Promise<void> {
    const { clock } = this.#parts
    const { signal } = this.#end
    let beatAt = clock.now() + this.#timing.heartbeatMs
    while (!signal.aborted) {
      try {
        await clock.sleep(TICK_MS, signal)
      } catch (error) {
        if (signal.aborted) return
        throw error
      }
      this.#connection.attend()
      void this.#held.payUp()
      // It is this that finds out that Redis is back.
      if (clock.now() < beatAt && !this.figures.degraded) continue
      beatAt = clock.now() + this.#timing.heartbeatMs
      void this.#held.renew()
    }
  }
}

/** Of an answer of Redis: its lease has all that is to be ended. */
const NOTHING = (): void => undefined

function refusalOf(
  subjects: readonly LimitedSubject[],
  kind: number,
  place: number,
  { current, limit, wait }: { current: number; limit: number; wait: number },
): LimitRefusal {
  const subject = subjects[place]
  const refused = LIMIT_KINDS[kind - 1]
  if (subject === undefined || refused === undefined) throw new LimiterError('Redis refused what was not asked')
  return { refused, subject, current, limit, retryAfterMs: wait < 0 ? undefined : wait }
}

function nameOf(subjects: readonly LimitedSubject[]): string {
  let name = ''
  for (const { scope, id } of subjects) name += `${scope} ${id} `
  return name
}

function numbersOf(reply: Reply): readonly number[] {
  return typeof reply === 'number' ? [reply] : reply.map(Number)
}
