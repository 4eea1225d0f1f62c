/** Those of one organisation who wait, and who of them may not go before whom. */

import type { AdmissionAnswer, AdmissionRequest, LimitRefusal, LimitedSubject } from './limiter.ts'

/** One that waits. */
export interface Waiter {
  readonly request: AdmissionRequest
  readonly deadline: number
  /** Why it waits: whoever shares the subject that refused it may not go before it. */
  refusal: LimitRefusal
  /** When its refusal said that there would be room. */
  retryAt: number
  /** Whether that moment still has to come for it. */
  alarmed: boolean
  /** Only the first call counts. */
  readonly leave: (answer: AdmissionAnswer | { readonly failed: unknown }) => void
  left: boolean
}

/** Those of one organisation, in the order in which they came. */
export interface OrganisationQueue {
  readonly organisation: string
  readonly waiters: Waiter[]
  /** It has a turn, or will have one. */
  busy: boolean
  /** For whom the limiter is being asked. */
  asked: Waiter | undefined
  /** There may be room that was not there when they were asked for. */
  stirred: boolean
  /** Subjects that have refused somebody since the last stir. */
  readonly shut: Set<string>
}

export function emptyQueue(organisation: string): OrganisationQueue {
  return { organisation, waiters: [], busy: false, asked: undefined, stirred: false, shut: new Set() }
}

/** The first whom this request would overtake: one that is refused by a subject which both share. */
export function inFrontOf({ waiters }: OrganisationQueue, { subjects }: AdmissionRequest): Waiter | undefined {
  return waiters.find(({ refusal }) => subjects.some((subject) => isSame(subject, refusal.subject)))
}

/** The first with whom nobody before it shares a subject that has refused. */
export function nextOf({ waiters, shut }: OrganisationQueue): Waiter | undefined {
  return waiters.find(({ request }) => !request.subjects.some((subject) => shut.has(nameOf(subject))))
}

function isSame(one: LimitedSubject, other: LimitedSubject): boolean {
  return one.id === other.id && one.scope === other.scope
}

export function nameOf({ scope, id }: LimitedSubject): string {
  return `${scope} ${id}`
}
