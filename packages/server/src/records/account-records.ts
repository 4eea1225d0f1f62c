/** What is kept of those who may call: organisations, their projects and keys, tiers, prices. Keys are kept as digests. */

import type { LenientSwitch } from '@moonbase/protocol'
import type { Budget } from './budget.ts'
import type { Currency, Nano } from './money.ts'

/** How much at a time. `null`: no limit. */
export interface RateLimits {
  /** Requests under way. */
  readonly concurrency: number | null
  /** Requests in any 60 seconds. */
  readonly rpm: number | null
  /** Tokens in any 60 seconds: prompt and `max_completion_tokens` together, less what turned out not to be used. */
  readonly tpm: number | null
  /** Tokens in any 24 hours. */
  readonly tpd: number | null
}

export interface OrganisationRecord {
  /** `org-…` */
  readonly id: string
  readonly name: string
  readonly currency: Currency
  readonly status: 'active' | 'suspended'
  /** The name of a tier, fixed by an operator; `null`: it follows from what was recharged. */
  readonly tier: string | null
  readonly createdAt: number
}

export interface ProjectRecord {
  /** `proj-…` */
  readonly id: string
  readonly organisation: string
  readonly name: string
  readonly status: 'active' | 'archived'
  readonly limits: RateLimits | null
  readonly budget: Budget | null
  /** How long what its requests asked and were answered is kept; `null`: it is not. */
  readonly contentRetentionDays: number | null
  readonly createdAt: number
}

export interface ApiKeyRecord {
  /** `ak-…`; says nothing about the key. */
  readonly id: string
  readonly organisation: string
  readonly project: string
  readonly name: string
  /** The first characters, for recognition: `sk-Ab3d…`. */
  readonly prefix: string
  /** SHA-256 of the key, in hex. */
  readonly digest: string
  readonly status: 'active' | 'revoked'
  readonly createdAt: number
  /** Milliseconds since the Unix epoch. */
  readonly expiresAt: number | null
  /** Catalogue ids that it may use; `null`: all. */
  readonly models: readonly string[] | null
  /** Addresses and networks (`10.0.0.0/8`) that it may come from; `null`: any. */
  readonly addresses: readonly string[] | null
  readonly limits: RateLimits | null
  readonly budget: Budget | null
  readonly lenient: readonly LenientSwitch[]
  /** How long its requests may wait for a limit when they ask for it (`x-moonbase-queue`). 0: not at all. */
  readonly queueMs: number
}

/** What an admin key may do. */
export const ADMIN_SCOPES = [
  'accounts:read',
  'accounts:write',
  'money:read',
  'money:write',
  'usage:read',
  'contents:read',
  'audit',
  'metrics',
] as const
export type AdminScope = (typeof ADMIN_SCOPES)[number]

export interface AdminKeyRecord {
  /** `adm-…` */
  readonly id: string
  readonly name: string
  readonly prefix: string
  readonly digest: string
  readonly status: 'active' | 'revoked'
  readonly scopes: readonly AdminScope[]
  /** Only this organisation's; `null`: an operator, for all of them. */
  readonly organisation: string | null
  readonly createdAt: number
  readonly expiresAt: number | null
}

export interface TierRecord extends RateLimits {
  /** `0` to `5` are the platform's; operators may change them and add others. */
  readonly name: string
  /** What must have been recharged for it, by currency; `null`: it is only given by hand. */
  readonly recharge: { readonly USD: Nano | null; readonly CNY: Nano | null }
}

/** A price that holds from a day on. Nano-units of the currency per token. */
export interface PriceRecord {
  /** `price-…` */
  readonly id: string
  readonly model: string
  /** Only when this engine answers; `null`: whoever does. */
  readonly engine: string | null
  readonly currency: Currency
  /** Milliseconds since the Unix epoch. */
  readonly from: number
  /** `null`: until another one takes its place. */
  readonly to: number | null
  /** A prompt token found in the prefix cache; `null`: as one that was not. */
  readonly hit: Nano | null
  readonly miss: Nano
  readonly output: Nano
  /** Of the price, for what comes in a batch. */
  readonly batchPercent: number
  /** For one call of the platform's web search. */
  readonly webSearch: Nano
}

/** Everything, or everything that changed. */
export interface AccountRecords {
  readonly organisations: readonly OrganisationRecord[]
  readonly projects: readonly ProjectRecord[]
  readonly apiKeys: readonly ApiKeyRecord[]
  readonly adminKeys: readonly AdminKeyRecord[]
  readonly tiers: readonly TierRecord[]
  readonly prices: readonly PriceRecord[]
  /** What organisations have recharged so far, by id. */
  readonly recharged: Readonly<Record<string, Nano>>
}
