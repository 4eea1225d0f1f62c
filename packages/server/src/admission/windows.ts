/** The windows that slide over what subjects ask: how long they are, and in what steps they move. Both limiters count by it. */

import type { LimitKind, LimitedSubject } from './limiter.ts'

export interface WindowShape {
  readonly bucketMs: number
  /**
   * One more than fill the window: the oldest reaches into it until the newest has ended. So what lies in the buckets is never
   * less than what any window of that length holds.
   */
  readonly buckets: number
}

/** 60 seconds. */
export const MINUTE: WindowShape = { bucketMs: 1_000, buckets: 61 }
/** 24 hours. */
export const DAY: WindowShape = { bucketMs: 900_000, buckets: 97 }

/** A slot may be free at any moment; the platform says so. */
export const CONCURRENCY_RETRY_MS = 1_000

/** In the order in which refusals are told. */
export const LIMIT_KINDS: readonly LimitKind[] = ['concurrency', 'rpm', 'tpm', 'tpd']
/** Those that a later round of an answer meets. */
export const KINDS_WITHIN: readonly LimitKind[] = ['tpm', 'tpd']

/** Those of which anything is counted: whoever has no limit at all costs nothing. */
export function limitedOf(subjects: readonly LimitedSubject[]): readonly LimitedSubject[] {
  return subjects.every(isLimited) ? subjects : subjects.filter(isLimited)
}

function isLimited({ limits: { concurrency, rpm, tpm, tpd } }: LimitedSubject): boolean {
  return concurrency !== null || rpm !== null || tpm !== null || tpd !== null
}

/** Whose request it is: what is freed is told by it. */
export function organisationOf(subjects: readonly LimitedSubject[]): string {
  const owner = subjects.find(({ scope }) => scope === 'organisation' || scope === 'batch-organisation')
  return (owner ?? subjects[0])?.id ?? ''
}

/** Of two waits the longer; `undefined` is for ever. */
export function longerWait(one: number | undefined, other: number | undefined): number | undefined {
  return one === undefined || other === undefined ? undefined : Math.max(one, other)
}
