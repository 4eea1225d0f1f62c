/** What happened while a request was answered, and when: who was asked, and where one went on for another. Never contents. */

/** All times are milliseconds since the request arrived; `null` where it is not known. At most 2 KB as JSON. */
export interface Timeline {
  /** In the order in which they began, at most ten. None: one was asked at once, and answered, which the record's own times say. */
  readonly attempts: readonly TimelineAttempt[]
  /** At most eight. */
  readonly seams: readonly TimelineSeam[]
  /** Of a stream that began with a thought: when the answer itself did. */
  readonly answerMs?: number | null
}

/** The asking of one replica. */
interface TimelineAttempt {
  /** The replica's name: `cluster/2`. */
  readonly replica: string
  /** `complete`, `outpaced`, or the kind of the failure. */
  readonly outcome: string
  readonly beganMs: number | null
  readonly firstTokenMs: number | null
  readonly endedMs: number | null
}

/** One engine failed in the middle, and another, or the same one again, went on. */
interface TimelineSeam {
  readonly from: string
  readonly to: string
  readonly reason: string
  /** When the first of what came behind it was given out. */
  readonly atMs: number | null
}
