/** A request under way as Redis knows it: under which name, in which keys, and where it was counted. */

import type { Tracked } from '../../collections/active-list.ts'
import type { AdmissionRequest, LimitedSubject } from '../limiter.ts'
import { organisationOf } from '../windows.ts'

export class Lease implements Tracked {
  place = -1
  readonly id: string
  readonly organisation: string
  /** A later round of an answer: it has no slot, so nothing is held, nor renewed, nor ended twice. */
  readonly within: boolean
  /** Of each subject its windows, then its leases. */
  readonly keys: readonly string[]
  readonly #subjects: readonly LimitedSubject[]
  /** The buckets of time in which it was counted; unknown until Redis has answered. */
  #counted: { readonly minute: number; readonly day: number } | undefined
  /** What was counted of it and is not given back yet. */
  #tokens: number

  /** `subjects`: those of the request that are limited. */
  constructor(id: string, request: AdmissionRequest, subjects: readonly LimitedSubject[]) {
    this.id = id
    this.organisation = organisationOf(request.subjects)
    this.#tokens = request.tokens
    this.within = request.within === true
    this.#subjects = subjects
    // One hash tag for an organisation: in a cluster its keys lie together, as one script needs them.
    this.keys = subjects.flatMap((subject) => {
      const name = `moonbase:{${this.organisation}}:${subject.scope}:${subject.id}`
      return [`${name}:windows`, `${name}:leases`]
    })
  }

  get leaseKeys(): string[] {
    return this.keys.filter((_, index) => index % 2 === 1)
  }

  counted(minute: number, day: number): void {
    this.#counted = { minute, day }
  }

  admitWords(time: string, leaseMs: number, over: number): string[] {
    const limits = this.#subjects.flatMap(({ limits: { concurrency, rpm, tpm, tpd } }) =>
      [concurrency, rpm, tpm, tpd].map((limit) => String(limit ?? -1)),
    )
    const id = this.within ? '' : this.id
    return this.#words([time, id, String(leaseMs), String(over), String(this.#tokens), ...limits])
  }

  /** `undefined` when there is nothing. To be sent once: what is lost is free when it leaves its windows. */
  giveBackWords(usedTokens: number): string[] | undefined {
    const unused = this.#unused(usedTokens)
    this.#tokens = 0
    return unused === 0 ? undefined : this.#endWords('', unused)
  }

  endWords(usedTokens: number): string[] {
    return this.#endWords(this.id, this.#unused(usedTokens))
  }

  /** Where it was counted is not known if Redis never said it: then what was not used is free when it leaves its windows. */
  #unused(usedTokens: number): number {
    return this.#counted === undefined ? 0 : Math.max(this.#tokens - usedTokens, 0)
  }

  #endWords(id: string, unused: number): string[] {
    const { minute, day } = this.#counted ?? { minute: -1, day: -1 }
    const flags = this.#subjects.flatMap(({ limits: { tpm, tpd } }) =>
      [tpm, tpd].map((limit) => (limit === null ? '0' : '1')),
    )
    return this.#words([id, String(minute), String(day), String(unused), ...flags])
  }

  #words(more: readonly string[]): string[] {
    return [String(this.keys.length), ...this.keys, ...more]
  }
}
