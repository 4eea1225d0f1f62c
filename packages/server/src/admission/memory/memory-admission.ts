/** A request that runs and is counted in memory. */

import type { Admission, AdmissionRequest, LimitedSubject } from '../limiter.ts'
import type { SubjectCounts } from './subject-counts.ts'

export interface CountedIn {
  /** Those that are limited, under the limits that they had. */
  readonly subjects: readonly LimitedSubject[]
  /** In the same order. */
  readonly counts: readonly SubjectCounts[]
  readonly now: number
}

export class MemoryAdmission implements Admission {
  readonly requests: Admission['requests']
  readonly #request: AdmissionRequest
  readonly #counted: CountedIn
  readonly #afterEnd: (request: AdmissionRequest) => void
  #ended = false

  /** Counts it. */
  constructor(request: AdmissionRequest, counted: CountedIn, afterEnd: (request: AdmissionRequest) => void) {
    this.#request = request
    this.#counted = counted
    this.#afterEnd = afterEnd
    const { subjects, counts, now } = counted
    for (let index = 0; index < subjects.length; index += 1) {
      const limits = subjects[index]?.limits
      if (limits !== undefined) counts[index]?.count(limits, request.tokens, now)
    }
    const [first] = request.subjects
    const [firstCounts] = counts
    // The first of all subjects is the first of the limited ones, when it has a limit of requests.
    const limit = first?.limits.rpm ?? null
    this.requests =
      limit === null || firstCounts === undefined
        ? null
        : { limit, remaining: limit - firstCounts.requestsCounted, resetMs: firstCounts.msUntilNoRequests(now) }
  }

  end(usedTokens: number): void {
    if (this.#ended) return
    this.#ended = true
    const { subjects, counts, now } = this.#counted
    const unused = Math.max(this.#request.tokens - usedTokens, 0)
    for (let index = 0; index < subjects.length; index += 1) {
      const limits = subjects[index]?.limits
      const counted = counts[index]
      if (limits === undefined || counted === undefined) continue
      counted.running -= 1
      if (unused > 0) counted.giveBack(limits, unused, now)
    }
    this.#afterEnd(this.#request)
  }
}
