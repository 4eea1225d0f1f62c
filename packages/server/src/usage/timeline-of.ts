/** From what routing noted of a run to the timeline that its record keeps. */

import type { RoutingTrace } from '@moonbase/core/routing'
import type { Timeline } from '../records/timeline.ts'

/** A request that reached its replica within so many milliseconds did not wait. */
const AT_ONCE_MS = 10

/**
 * Times count from the request's arrival. `null` where no engine was asked, and where one was, at once, and answered: then the
 * record's own times say all of it, and nearly all requests are such.
 */
export function timelineOf({ ends, seams }: Pick<RoutingTrace, 'ends' | 'seams'>, arrivedAt: number): Timeline | null {
  const [first] = ends
  if (first === undefined) return null
  if (ends.length === 1 && first.outcome === 'complete' && first.beganAt - arrivedAt < AT_ONCE_MS) return null
  const since = (at: number): number => Math.max(Math.round(at - arrivedAt), 0)
  return {
    attempts: ends
      .toSorted((one, other) => one.beganAt - other.beganAt)
      .map(({ replica, outcome, beganAt, firstTokenAt, endedAt }) => ({
        replica,
        outcome,
        beganMs: since(beganAt),
        firstTokenMs: firstTokenAt === undefined ? null : since(firstTokenAt),
        endedMs: since(endedAt),
      })),
    seams: seams.map(({ from, to, reason, at }) => ({ from, to, reason, atMs: since(at) })),
  }
}
