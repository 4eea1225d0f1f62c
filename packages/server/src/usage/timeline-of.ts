/** From what routing noted of a run to the timeline that its record keeps. */

import type { RoutingTrace } from '@moonbase/core/routing'
import type { Timeline } from '../records/timeline.ts'

/** A request that reached its replica within so many milliseconds did not wait. */
const AT_ONCE_MS = 10

/** More of them would not fit into its 2 KB, and then nothing of it would be kept. */
const MOST_ATTEMPTS = 10
const MOST_SEAMS = 8

/**
 * Times count from the request's arrival. `null` where no engine was asked, and where one was, at once, and answered without a
 * thought: then the record's own times say all of it, and nearly all requests are such.
 *
 * @param answerMs when the answer began, from the arrival on, where a thought came before it
 */
export function timelineOf(
  { ends, seams }: Pick<RoutingTrace, 'ends' | 'seams'>,
  arrivedAt: number,
  answerMs?: number,
): Timeline | null {
  const [first] = ends
  if (first === undefined) return null
  const answered = answerMs === undefined ? {} : { answerMs }
  if (ends.length === 1 && first.outcome === 'complete' && first.beganAt - arrivedAt < AT_ONCE_MS) {
    return answerMs === undefined ? null : { attempts: [], seams: [], ...answered }
  }
  const since = (at: number): number => Math.max(Math.round(at - arrivedAt), 0)
  return {
    ...answered,
    attempts: ends
      .toSorted((one, other) => one.beganAt - other.beganAt)
      .slice(0, MOST_ATTEMPTS)
      .map(({ replica, outcome, beganAt, firstTokenAt, endedAt }) => ({
        replica,
        outcome,
        beganMs: since(beganAt),
        firstTokenMs: firstTokenAt === undefined ? null : since(firstTokenAt),
        endedMs: since(endedAt),
      })),
    seams: seams.slice(0, MOST_SEAMS).map(({ from, to, reason, at }) => ({ from, to, reason, atMs: since(at) })),
  }
}
