/** How routing behaves, from the file's `routing` to a policy with every default filled in. */

import { DEFAULT_POLICY, type RoutingPolicy } from '@moonbase/core/routing'
import { DEFAULTS, type RoutingConfiguration } from './configuration.ts'

/** `routing` of the file, as its schema lets it through. Milliseconds. */
export interface RoutingShape {
  attempts?: number
  retry_share?: number
  longest_retry_after_ms?: number
  first_token_ms?: number
  thinking_first_token_ms?: number
  whole_ms?: number
  silence_ms?: number
  thinking_silence_ms?: number
  hedge_after_ms?: number
  seams?: number
  breaker?: { failures?: number; window_ms?: number; open_ms?: number }
  health_every_ms?: number
}

export function routingFrom(given: RoutingShape | undefined): RoutingConfiguration {
  return {
    policy: policyFrom(given ?? {}),
    healthEveryMs: given?.health_every_ms ?? DEFAULTS.healthEveryMs,
    given: given !== undefined,
  }
}

function policyFrom(given: RoutingShape): RoutingPolicy {
  const { backoff, budget, breaker, watchdog } = DEFAULT_POLICY
  return {
    ...DEFAULT_POLICY,
    attempts: given.attempts ?? DEFAULT_POLICY.attempts,
    backoff: { ...backoff, longestRetryAfterMs: given.longest_retry_after_ms ?? backoff.longestRetryAfterMs },
    budget: { ...budget, share: given.retry_share ?? budget.share },
    breaker: {
      ...breaker,
      failures: given.breaker?.failures === 0 ? Infinity : (given.breaker?.failures ?? breaker.failures),
      windowMs: given.breaker?.window_ms ?? breaker.windowMs,
      openMs: given.breaker?.open_ms ?? breaker.openMs,
    },
    watchdog: {
      ...watchdog,
      ...(given.whole_ms === undefined ? {} : { wholeMs: given.whole_ms }),
      firstTokenMs: given.first_token_ms ?? watchdog.firstTokenMs,
      // Whoever says how long an answer may take means it for a thought too, unless that has a word of its own.
      thinkingFirstTokenMs: given.thinking_first_token_ms ?? given.first_token_ms ?? watchdog.thinkingFirstTokenMs,
      silenceMs: given.silence_ms ?? watchdog.silenceMs,
      thinkingSilenceMs: given.thinking_silence_ms ?? given.silence_ms ?? watchdog.thinkingSilenceMs,
    },
    hedgeAfterMs: given.hedge_after_ms,
    seams: given.seams ?? DEFAULT_POLICY.seams,
  }
}
