/** How long to wait before an engine is asked again: at random below a limit that doubles. */

import type { RoutingPolicy } from './policy.ts'

/** @param retry 0 and 1 are the first; how long an engine itself wants to be left alone is its replica's to know. */
export function backoffMs(retry: number, policy: RoutingPolicy['backoff'], random: () => number): number {
  return random() * Math.min(policy.firstMs * 2 ** Math.max(retry - 1, 0), policy.longestMs)
}
