/** The limiter of one process: counts in memory, answers at once. */

import {
  type AdmissionAnswer,
  type AdmissionRequest,
  type LimitKind,
  type LimitRefusal,
  type LimitedSubject,
  type Limiter,
  LimiterError,
} from '../limiter.ts'
import { limitedOf, longerWait, organisationOf } from '../windows.ts'
import { MemoryAdmission } from './memory-admission.ts'
import { SubjectCounts, roomOf } from './subject-counts.ts'

export interface MemoryLimiterParts {
  readonly now: () => number
  /** Subjects with anything counted. */
  readonly mostSubjects?: number
}

/** A subject with all its windows takes 1.8 kB. */
const MOST_SUBJECTS = 100_000
/** How many are looked at for each new one, so that those that idle go as fast as others come. */
const LOOKED_AT = 2
const FULL_LOOK_EVERY_MS = 1_000

export class MemoryLimiter implements Limiter {
  readonly figures = { running: 0, degraded: false, failures: 0 }
  readonly #now: () => number
  readonly #mostSubjects: number
  readonly #subjects = new Map<string, SubjectCounts>()
  /** Goes round and round. */
  #looking = this.#subjects.entries()
  #fullLookAt = -Infinity
  /** What the clock was set back by, in all: time here never goes back. */
  #setBack = 0
  #latest = -Infinity
  #onRoom: ((organisation: string) => void) | undefined

  constructor({ now, mostSubjects = MOST_SUBJECTS }: MemoryLimiterParts) {
    this.#now = now
    this.#mostSubjects = mostSubjects
  }

  admit(request: AdmissionRequest): AdmissionAnswer {
    const subjects = limitedOf(request.subjects)
    const now = this.#time()
    const counts: SubjectCounts[] = []
    for (const subject of subjects) {
      const counted = this.#countsOf(subject, now)
      const refused = counted.refusal(subject.limits, request, now)
      if (refused !== undefined) return this.#refuse(refused, subject, subjects, request, now)
      counts.push(counted)
    }
    if (request.within !== true) this.figures.running += 1
    // A copy is as long as it has to be: what a list grows by, each stream would keep.
    return new MemoryAdmission(request, { subjects, counts: counts.slice(), now }, this.#afterEnd, this.#hasRoom)
  }

  room(subjects: readonly LimitedSubject[]): number {
    const now = this.#time()
    let room = Infinity
    for (const subject of subjects) {
      const { limits } = subject
      if (limits.tpm === null && limits.tpd === null) continue
      // Nobody is counted for being looked at.
      room = Math.min(room, this.#subjects.get(nameOf(subject))?.roomFor(limits, now) ?? roomOf(limits))
    }
    return room
  }

  counted(subject: LimitedSubject): Record<LimitKind, number> {
    const now = this.#time()
    // Nobody is counted for being looked at.
    const counts = this.#subjects.get(nameOf(subject))
    const of = (kind: LimitKind): number => counts?.counted(kind, now) ?? 0
    return { concurrency: of('concurrency'), rpm: of('rpm'), tpm: of('tpm'), tpd: of('tpd') }
  }

  onRoom(listener: (organisation: string) => void): void {
    this.#onRoom = listener
  }

  close(): Promise<void> {
    return Promise.resolve()
  }

  readonly #afterEnd = (request: AdmissionRequest): void => {
    if (request.within !== true) this.figures.running -= 1
    this.#hasRoom(request)
  }

  readonly #hasRoom = ({ subjects }: AdmissionRequest): void => {
    this.#onRoom?.(organisationOf(subjects))
  }

  #refuse(
    refused: LimitKind,
    subject: LimitedSubject,
    subjects: readonly LimitedSubject[],
    request: AdmissionRequest,
    now: number,
  ): LimitRefusal {
    let wait: number | undefined = 0
    // The first to refuse tells it; but let in is who has room with all of them.
    for (const each of subjects) {
      wait = longerWait(wait, this.#countsOf(each, now).msUntilRoom(each.limits, request, now))
    }
    return {
      refused,
      subject,
      current: this.#countsOf(subject, now).counted(refused, now),
      limit: subject.limits[refused] ?? 0,
      retryAfterMs: wait,
    }
  }

  #time(): number {
    let now = this.#now() + this.#setBack
    if (now < this.#latest) {
      this.#setBack += this.#latest - now
      now = this.#latest
    }
    this.#latest = now
    return now
  }

  #countsOf(subject: LimitedSubject, now: number): SubjectCounts {
    const name = nameOf(subject)
    let counts = this.#subjects.get(name)
    if (counts === undefined) {
      this.#makeRoom(now)
      counts = new SubjectCounts()
      this.#subjects.set(name, counts)
    }
    counts.askedAt = now
    return counts
  }

  #makeRoom(now: number): void {
    this.#dropIdle(LOOKED_AT, now)
    if (this.#subjects.size < this.#mostSubjects) return
    if (now - this.#fullLookAt >= FULL_LOOK_EVERY_MS) {
      this.#fullLookAt = now
      this.#dropIdle(this.#subjects.size, now)
    }
    if (this.#subjects.size >= this.#mostSubjects) {
      this.figures.failures += 1
      throw new LimiterError(`more than ${this.#mostSubjects} accounts are counted at once`)
    }
  }

  #dropIdle(looks: number, now: number): void {
    for (let look = 0; look < looks; look += 1) {
      const next = this.#looking.next()
      if (next.done === true) {
        this.#looking = this.#subjects.entries()
        return
      }
      const [name, counts] = next.value
      if (counts.isIdle(now)) this.#subjects.delete(name)
    }
  }
}

function nameOf({ scope, id }: LimitedSubject): string {
  return scope === 'organisation' ? id : `${scope} ${id}`
}
