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
  readonly #subjects: CountedIn['subjects']
  readonly #counts: CountedIn['counts']
  readonly #now: number
  readonly #afterEnd: (request: AdmissionRequest) => void
  readonly #hasRoom: (request: AdmissionRequest) => void
  #ended = false
  #given = false

  /**
   * Counts it.
   *
   * @param hasRoom told when it has given back, and goes on
   */
  constructor(
    request: AdmissionRequest,
    { subjects, counts, now }: CountedIn,
    afterEnd: (request: AdmissionRequest) => void,
    hasRoom: (request: AdmissionRequest) => void,
  ) {
    this.#request = request
    this.#subjects = subjects
    this.#counts = counts
    this.#now = now
    this.#afterEnd = afterEnd
    this.#hasRoom = hasRoom
    for (let index = 0; index < subjects.length; index += 1) {
      const limits = subjects[index]?.limits
      if (limits !== undefined) counts[index]?.count(limits, request, now)
    }
    const [first] = request.subjects
    const [firstCounts] = counts
    // The first of all subjects is the first of the limited ones, when it has a limit of requests.
    const limit = first?.limits.rpm ?? null
    this.requests =
      limit === null || firstCounts === undefined || request.within === true
        ? null
        : { limit, remaining: limit - firstCounts.requestsCounted, resetMs: firstCounts.msUntilNoRequests(now) }
  }

  giveBack(usedTokens: number): void {
    if (this.#ended || this.#given) return
    if (this.#giveBack(usedTokens)) this.#hasRoom(this.#request)
  }

  end(usedTokens: number): void {
    if (this.#ended) return
    this.#ended = true
    if (this.#request.within !== true) for (const counted of this.#counts) counted.running -= 1
    this.#giveBack(usedTokens)
    this.#afterEnd(this.#request)
  }

  /** Whether there was anything. */
  #giveBack(usedTokens: number): boolean {
    const unused = this.#given ? 0 : Math.max(this.#request.tokens - usedTokens, 0)
    this.#given = true
    if (unused === 0) return false
    for (let index = 0; index < this.#subjects.length; index += 1) {
      const limits = this.#subjects[index]?.limits
      if (limits !== undefined) this.#counts[index]?.giveBack(limits, unused, this.#now)
    }
    return true
  }
}
