/** From what routing noted of a run to the timeline that its record keeps. */

import type { RoutingTrace } from '@moonbase/core/routing'
import type { Timeline } from '../records/timeline.ts'

/** `null` where no engine was asked. Times count from the request's arrival. */
export function timelineOf({ ends, seams }: Pick<RoutingTrace, 'ends' | 'seams'>, arrivedAt: number): Timeline | null {
  if (ends.length === 0) return null
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
