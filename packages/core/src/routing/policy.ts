/** How patient and how stubborn routing is. Milliseconds throughout. */

export interface RoutingPolicy {
  /** How often one request may ask an engine before anything new was given out, the first time included. */
  readonly attempts: number
  readonly backoff: {
    /** Upper end of the first pause; each later one doubles. The pause is chosen evenly below it. */
    readonly firstMs: number
    readonly longestMs: number
    /** A `Retry-After` up to this is waited for when nobody else can answer; a longer one goes to the client. */
    readonly longestRetryAfterMs: number
  }
  /** What keeps retries from making an outage worse: over time, no more than `share` of the requests are retries. */
  readonly budget: { readonly share: number; readonly reserve: number }
  /** How long a replica that has no room is left alone, where it does not say. */
  readonly coolDown: { readonly usualMs: number; readonly longestMs: number }
  readonly breaker: BreakerPolicy
  readonly watchdog: {
    /** To the first token. */
    readonly firstTokenMs: number
    readonly thinkingFirstTokenMs: number
    /** Between two events. */
    readonly silenceMs: number
    readonly thinkingSilenceMs: number
    /** To an answer in one piece, whose first token comes with its last. Unsaid: as to a first token when thinking. */
    readonly wholeMs?: number
  }
  /**
   * A second replica is asked when the first token has not come after this long. Undefined: never. Requests with tools
   * that the platform runs itself are never hedged, and neither are continuations.
   */
  readonly hedgeAfterMs: number | undefined
  /** How many times another engine may go on with one answer. 0 turns continuation off. */
  readonly seams: number
}

export interface BreakerPolicy {
  /** This many failures within `windowMs`, and at least half of what was asked, open it. */
  readonly failures: number
  readonly windowMs: number
  /** How long it stays open at first; each failed trial doubles it. */
  readonly openMs: number
  readonly longestOpenMs: number
}

export const DEFAULT_POLICY: RoutingPolicy = {
  attempts: 4,
  backoff: { firstMs: 250, longestMs: 8_000, longestRetryAfterMs: 30_000 },
  budget: { share: 0.2, reserve: 10 },
  coolDown: { usualMs: 1_000, longestMs: 60_000 },
  breaker: { failures: 5, windowMs: 30_000, openMs: 5_000, longestOpenMs: 120_000 },
  // A prompt of the whole window may wait minutes for its first token.
  watchdog: {
    firstTokenMs: 300_000,
    thinkingFirstTokenMs: 600_000,
    silenceMs: 60_000,
    thinkingSilenceMs: 120_000,
    wholeMs: 900_000,
  },
  hedgeAfterMs: undefined,
  seams: 3,
}

/**
 * For engines that play a script, when nobody else serves the model: whoever wrote a failure into it wants to see it, each
 * time, and not what routing would make of it.
 */
export const SCRIPTED_POLICY: RoutingPolicy = {
  ...DEFAULT_POLICY,
  attempts: 1,
  coolDown: { usualMs: 0, longestMs: 0 },
  breaker: { ...DEFAULT_POLICY.breaker, failures: Infinity },
  seams: 0,
}
