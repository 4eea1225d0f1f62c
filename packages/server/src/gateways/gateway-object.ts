/** What a gateway is set to, as Cloudflare's `ai-gateway/gateways` has it, in our names. */

import type { GatewayBackoff } from './gateway.ts'

export const TECHNIQUES = ['fixed', 'sliding'] as const
/** `fixed`: windows one behind the other; `sliding`: the one that ends now. */
export type Technique = (typeof TECHNIQUES)[number]

export const LOG_STRATEGIES = ['STOP_INSERTING', 'DELETE_OLDEST'] as const
type LogStrategy = (typeof LOG_STRATEGIES)[number]

/** What `spend_limits.rules` holds: so much in a window, for what the rule names. */
export interface SpendRule {
  readonly id: string
  readonly enabled: boolean
  /** In units of the account's currency. */
  readonly limit: number
  /** Seconds. */
  readonly window: number
  readonly technique: Technique
  /** By the name of a request's metadata: each value has a budget of its own, or only these count. */
  readonly metadata: Readonly<Record<string, 'partition' | readonly string[]>>
  /** Only these; `null`: all. */
  readonly models: readonly string[] | null
  readonly providers: readonly string[] | null
}

export interface SpendLimits {
  readonly enabled: boolean
  readonly rules: readonly SpendRule[]
}

/** What can be set. */
export interface GatewaySettings {
  readonly authentication: boolean
  readonly collectLogs: boolean
  /** Seconds; 0 and `null`: nothing is cached that does not ask for it. */
  readonly cacheTtl: number | null
  /** Whether a change of the gateway empties its cache. */
  readonly cacheInvalidateOnUpdate: boolean
  /** Seconds; 0 and `null`: no limit. */
  readonly rateLimitingInterval: number | null
  readonly rateLimitingLimit: number | null
  readonly rateLimitingTechnique: Technique | null
  readonly retryMaxAttempts: number | null
  /** Milliseconds. */
  readonly retryDelay: number | null
  readonly retryBackoff: GatewayBackoff | null
  /** How many logs are kept; `null`: as many as the server keeps of any gateway. */
  readonly logManagement: number | null
  readonly logManagementStrategy: LogStrategy | null
  readonly spendLimits: SpendLimits | null
  /** Zero data retention: bodies are never kept. */
  readonly zdr: boolean
}

export interface Gateway extends GatewaySettings {
  readonly id: string
  readonly isDefault: boolean
  /** Milliseconds since the Unix epoch. */
  readonly createdAt: number
  readonly modifiedAt: number
}

export const DEFAULT_GATEWAY = 'default'

/** As the reference has the default gateway: logs on, cache off, no limit. */
export const DEFAULT_SETTINGS: GatewaySettings = {
  // Here the key that a request has is always this server's own, wherever it stands; see the page of this dialect.
  authentication: false,
  collectLogs: true,
  cacheTtl: 0,
  cacheInvalidateOnUpdate: false,
  rateLimitingInterval: 0,
  rateLimitingLimit: 0,
  rateLimitingTechnique: 'fixed',
  retryMaxAttempts: null,
  retryDelay: null,
  retryBackoff: null,
  logManagement: null,
  logManagementStrategy: null,
  spendLimits: null,
  zdr: false,
}
