/** What a limiter is supposed to do, in the plainest way: a list of all that ever happened, gone through for every question. */

import type { Admission, AdmissionRequest, LimitKind, LimitRefusal, LimitedSubject } from '../limiter.ts'

/** What a limiter says of a request, in a form that can be compared. */
export type Decision = Pick<Admission, 'requests'> | Refused

export interface Refused extends Omit<LimitRefusal, 'subject'> {
  /** Scope and id. */
  readonly subject: string
}

interface Counted {
  readonly subject: string
  readonly kind: LimitKind
  readonly at: number
  /** Which request it was of. */
  readonly of: number
  amount: number
}

const KINDS = ['concurrency', 'rpm', 'tpm', 'tpd'] as const
const WINDOWS = {
  rpm: { bucketMs: 1000, lengthMs: 60_000 },
  tpm: { bucketMs: 1000, lengthMs: 60_000 },
  tpd: { bucketMs: 900_000, lengthMs: 86_400_000 },
} as const

export class LimiterModel {
  #counted: Counted[] = []
  #requests = 0
  /** Those that have given back what they did not use. */
  readonly #settled = new Set<number>()

  /** `request`: its number, for `end`; none of those that are refused. */
  admit(asked: AdmissionRequest, now: number): { decision: Decision; request: number | undefined } {
    const { subjects, tokens } = asked
    const kinds = kindsOf(asked)
    const refusals = this.#refusals(asked, now)
    const [first] = refusals
    if (first !== undefined) {
      const wait = this.#wait(asked, now, refusals)
      return { decision: { ...first, retryAfterMs: wait }, request: undefined }
    }
    this.#requests += 1
    const of = this.#requests
    for (const { scope, id, limits } of subjects) {
      if (KINDS.every((kind) => limits[kind] === null)) continue
      const subject = `${scope} ${id}`
      for (const kind of kinds) {
        // Who runs is counted also where that is not limited.
        if (kind !== 'concurrency' && limits[kind] === null) continue
        this.#counted.push({ subject, kind, at: now, of, amount: amountOf(kind, tokens) })
      }
    }
    const [head] = subjects
    const limit = head?.limits.rpm ?? null
    if (head === undefined || limit === null || asked.within === true)
      return { decision: { requests: null }, request: of }
    const remaining = limit - this.#current(head, 'rpm', now)
    return { decision: { requests: { limit, remaining, resetMs: leavesAt('rpm', now) - now } }, request: of }
  }

  end(request: number, usedTokens: number): void {
    this.#counted = this.#counted.filter(({ of, kind }) => of !== request || kind !== 'concurrency')
    this.giveBack(request, usedTokens)
  }

  /** Only the first counts. */
  giveBack(request: number, usedTokens: number): void {
    if (this.#settled.has(request)) return
    this.#settled.add(request)
    for (const counted of this.#counted) {
      const isTokens = counted.kind === 'tpm' || counted.kind === 'tpd'
      if (counted.of === request && isTokens) counted.amount = Math.min(counted.amount, usedTokens)
    }
  }

  #refusals(asked: AdmissionRequest, now: number): Refused[] {
    const { subjects, tokens } = asked
    return subjects.flatMap((subject) =>
      kindsOf(asked).flatMap((refused) => {
        const limit = subject.limits[refused]
        const current = this.#current(subject, refused, now)
        if (limit === null || current + amountOf(refused, tokens) <= limit) return []
        return [{ refused, subject: `${subject.scope} ${subject.id}`, current, limit, retryAfterMs: undefined }]
      }),
    )
  }

  #wait(asked: AdmissionRequest, now: number, refusals: readonly Refused[]): number | undefined {
    if (refusals.some(({ refused, limit }) => amountOf(refused, asked.tokens) > limit)) return undefined
    const slot = refusals.some(({ refused }) => refused === 'concurrency') ? 1000 : 0
    const moments = this.#counted.flatMap(({ kind, at }) => (kind === 'concurrency' ? [] : [leavesAt(kind, at)]))
    for (const moment of [now, ...moments.filter((at) => at > now).toSorted((one, other) => one - other)]) {
      const left = this.#refusals(asked, moment)
      if (left.every(({ refused }) => refused === 'concurrency')) return Math.max(slot, moment - now)
    }
    return undefined
  }

  #current({ scope, id }: LimitedSubject, kind: LimitKind, now: number): number {
    return this.#counted
      .filter((counted) => counted.subject === `${scope} ${id}` && counted.kind === kind)
      .filter(({ at }) => kind === 'concurrency' || leavesAt(kind, at) > now)
      .reduce((sum, { amount }) => sum + amount, 0)
  }
}

/** What a request needs room for. */
function kindsOf({ within }: AdmissionRequest): readonly LimitKind[] {
  return within === true ? ['tpm', 'tpd'] : KINDS
}

function amountOf(kind: LimitKind, tokens: number): number {
  return kind === 'tpm' || kind === 'tpd' ? tokens : 1
}

/** The first moment whose window does not touch the bucket of `at`: it reaches as far back as the window is long. */
function leavesAt(kind: Exclude<LimitKind, 'concurrency'>, at: number): number {
  const { bucketMs, lengthMs } = WINDOWS[kind]
  const bucketEnd = (Math.floor(at / bucketMs) + 1) * bucketMs
  return bucketEnd + lengthMs
}
