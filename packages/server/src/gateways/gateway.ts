/**
 * A gateway of Cloudflare's AI Gateway as an object: what it is set to, and what one request may say about itself.
 *
 * Names and limits are those of Cloudflare's reference for gateways and of its request headers (`docs/dialects/ai-gateway.md`).
 */

/** How the waits between attempts grow. */
export const BACKOFFS = ['constant', 'linear', 'exponential'] as const
export type GatewayBackoff = (typeof BACKOFFS)[number]

export interface GatewayRetries {
  /** 1 to 5; 1: none. */
  readonly maxAttempts?: number
  /** Milliseconds, at most 5,000. */
  readonly retryDelayMs?: number
  readonly backoff?: GatewayBackoff
}

/** At most five; what is more is not kept. */
export type GatewayMetadata = Readonly<Record<string, string | number | boolean | null>>

/** What somebody says that his answers cost: in his logs, never in the ledger. In units of the account's currency. */
export type CustomCost = { readonly perTokenIn: number; readonly perTokenOut: number } | { readonly totalCost: number }

/**
 * What one request asks of its gateway, in `cf-aig-*` headers or in the `gateway` of a binding's options. What is absent is as
 * the gateway is set.
 */
export interface GatewayWishes {
  readonly skipCache?: boolean
  /** Seconds, up to a month; 0: not from the cache, and not into it. */
  readonly cacheTtl?: number
  /** In the place of what makes requests alike. */
  readonly cacheKey?: string
  readonly metadata?: GatewayMetadata
  readonly collectLog?: boolean
  /** False: the log has no bodies. */
  readonly collectLogPayload?: boolean
  readonly eventId?: string
  /** Milliseconds until the first byte. */
  readonly requestTimeoutMs?: number
  readonly retries?: GatewayRetries
  readonly customCost?: CustomCost
}

/** Of one step alone: it goes before what the request says, and that before what the gateway is set to. */
export type StepWishes = Pick<GatewayWishes, 'requestTimeoutMs' | 'retries'>
