/** What holds for one step: what its provider's part says goes before what the request says, and that before the gateway. */

import type { GatewayBackoff, GatewayWishes, StepWishes } from './gateway.ts'
import type { Gateway } from './gateway-object.ts'

export interface StepTerms {
  /** 1 to 5. */
  readonly attempts: number
  readonly retryDelayMs: number
  readonly backoff: GatewayBackoff
  /** Until the first byte; `undefined`: as long as it takes. */
  readonly timeoutMs: number | undefined
}

/** Where somebody says how often and not how long. */
const DELAY_MS = 1_000

export function stepTerms(gateway: Gateway, request: GatewayWishes, step: StepWishes = {}): StepTerms {
  const own = step.retries ?? {}
  const asked = request.retries ?? {}
  return {
    attempts: own.maxAttempts ?? asked.maxAttempts ?? gateway.retryMaxAttempts ?? 1,
    retryDelayMs: own.retryDelayMs ?? asked.retryDelayMs ?? gateway.retryDelay ?? DELAY_MS,
    backoff: own.backoff ?? asked.backoff ?? gateway.retryBackoff ?? 'constant',
    timeoutMs: step.requestTimeoutMs ?? request.requestTimeoutMs,
  }
}

/** Before another attempt; `failed` is how many there were, 1 and more. At most 80 seconds, with the longest delay and four retries. */
export function retryWaitMs({ retryDelayMs, backoff }: StepTerms, failed: number): number {
  switch (backoff) {
    case 'constant':
      return retryDelayMs
    case 'linear':
      return retryDelayMs * failed
    case 'exponential':
      return retryDelayMs * 2 ** (failed - 1)
  }
}

/** Where a request names a key and its gateway caches nothing. Source: the reference's table of request headers. */
const KEYED_TTL_SECONDS = 300

/** Seconds that an answer may be kept; 0: it is neither looked for nor kept. */
export function cacheSeconds(gateway: Gateway, { skipCache, cacheTtl, cacheKey }: GatewayWishes): number {
  if (skipCache === true) return 0
  if (cacheTtl !== undefined) return cacheTtl
  const own = gateway.cacheTtl ?? 0
  return own === 0 && cacheKey !== undefined ? KEYED_TTL_SECONDS : own
}
