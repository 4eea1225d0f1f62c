/** Those of one organisation who wait, and who of them may not go before whom. */

import type { RequestClass } from '../records/request-record.ts'
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

/** Those of one organisation, each class in the order in which they came. */
export interface OrganisationQueue {
  readonly organisation: string
  /** Batch work has its turn only while nobody waits here. */
  readonly interactive: Waiter[]
  readonly batch: Waiter[]
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
  return {
    organisation,
    interactive: [],
    batch: [],
    busy: false,
    asked: undefined,
    stirred: false,
    shut: new Set(),
  }
}

export function isEmpty({ interactive, batch }: OrganisationQueue): boolean {
  return interactive.length === 0 && batch.length === 0
}

export function waitersOf({ interactive, batch }: OrganisationQueue): Waiter[] {
  return [...interactive, ...batch]
}

/** At the end of its line; a later round before those that are not let in yet: they may wait for the slot that it has. */
export function join(queue: OrganisationQueue, waiter: Waiter, line: RequestClass): void {
  const waiters = queue[line]
  const place = waiter.request.within === true ? waiters.findIndex(({ request }) => request.within !== true) : -1
  waiters.splice(place === -1 ? waiters.length : place, 0, waiter)
}

/**
 * The first whom this request would overtake: one that is refused by a subject which both share. Batch work would overtake
 * anybody who waits for his answer, and a later round only another one.
 */
export function inFrontOf(
  queue: OrganisationQueue,
  { subjects, within }: AdmissionRequest,
  line: RequestClass,
): Waiter | undefined {
  if (within === true)
    return queue[line].find((waiter) => waiter.request.within === true && refusedBy(waiter, subjects))
  if (line === 'interactive') return queue.interactive.find((waiter) => refusedBy(waiter, subjects))
  // Batch work that stood behind people has not been asked for yet.
  return queue.interactive[0] ?? queue.batch.find((waiter) => isUnasked(waiter) || refusedBy(waiter, subjects))
}

/** The refusal is that of the one before whom it did not go. */
function isUnasked(waiter: Waiter): boolean {
  return !refusedBy(waiter, waiter.request.subjects)
}

function refusedBy({ refusal }: Waiter, subjects: readonly LimitedSubject[]): boolean {
  return subjects.some((subject) => isSame(subject, refusal.subject))
}

/** The first with whom nobody before it shares a subject that has refused. */
export function nextOf({ interactive, batch, shut }: OrganisationQueue): Waiter | undefined {
  const waiters = interactive.length > 0 ? interactive : batch
  return waiters.find(({ request }) => {
    const nameIn = request.within === true ? tokensOf : nameOf
    return !request.subjects.some((subject) => shut.has(nameIn(subject)))
  })
}

/** Nobody behind it is asked for in this turn who shares the subject that has refused it. */
export function shutFor({ shut }: OrganisationQueue, { request }: Waiter, { subject }: LimitRefusal): void {
  shut.add(nameOf(subject))
  // Only a later round says something of later rounds: others are refused for slots that these have.
  if (request.within === true) shut.add(tokensOf(subject))
}

function isSame(one: LimitedSubject, other: LimitedSubject): boolean {
  return one.id === other.id && one.scope === other.scope
}

function nameOf({ scope, id }: LimitedSubject): string {
  return `${scope} ${id}`
}

function tokensOf(subject: LimitedSubject): string {
  return `tokens of ${nameOf(subject)}`
}
