/** How long to wait before an engine is asked again: at random below a limit that doubles, or as long as it asked for. */

import type { RoutingPolicy } from './policy.ts'

/**
 * @param retries how often this request was asked again already.
 * @returns milliseconds, or `undefined` when the engine wants to be left alone for longer than a request may wait.
 */
export function backoffMs(
  retries: number,
  retryAfterMs: number | undefined,
  policy: RoutingPolicy['backoff'],
  random: () => number,
): number | undefined {
  const jittered = random() * Math.min(policy.firstMs * 2 ** retries, policy.longestMs)
  if (retryAfterMs === undefined) return jittered
  // A little more than asked for, so that all who heard the same number do not come back together.
  return retryAfterMs > policy.longestRetryAfterMs ? undefined : retryAfterMs + jittered
}
