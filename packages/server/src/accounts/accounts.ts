/**
 * The accounts as requests and operators see them: all of them in memory, looked up without waiting, changed only through here.
 *
 * What is handed out is never changed afterwards; a change puts new objects in place, and the next request finds those. Only an
 * `OrganisationAccount` is looked at anew each time, so that a suspension holds for keys that were found before it.
 */

import type { LenientSwitch } from '@moonbase/protocol'
import type { Budget } from '../records/budget.ts'
import type { Currency, Nano } from '../records/money.ts'
import type { PriceBook } from '../prices/price-book.ts'
import type {
  AdminKeyRecord,
  AdminScope,
  ApiKeyRecord,
  OrganisationRecord,
  PriceRecord,
  ProjectRecord,
  RateLimits,
  TierRecord,
} from '../records/account-records.ts'

/** One organisation as it stands now: the same object for as long as the server runs. */
export interface OrganisationAccount {
  readonly id: string
  readonly name: string
  readonly currency: Currency
  readonly status: OrganisationRecord['status']
  /** The name of the tier that holds for it. */
  readonly tier: string
  readonly limits: RateLimits
  readonly recharged: Nano
}

/** What a key opens. */
export interface KeyAccount {
  /** `ak-…`. Shown in logs; says nothing about the key. */
  readonly id: string
  readonly name: string
  /** `org-…`. Whatever is kept is kept under it, and never crosses to another. */
  readonly organisation: string
  readonly account: OrganisationAccount
  /** `proj-…` */
  readonly project: string
  readonly projectLimits: RateLimits | null
  readonly projectBudget: Budget | null
  /** Of the project. `null`: nothing is kept of what is asked and answered. */
  readonly contentRetentionDays: number | null
  readonly limits: RateLimits | null
  readonly budget: Budget | null
  /** `null`: all that are served. */
  readonly models: ReadonlySet<string> | null
  readonly lenient: ReadonlySet<LenientSwitch>
  readonly queueMs: number
  /** Milliseconds since the Unix epoch. */
  readonly expiresAt: number | null
  /** Whether this client may use it. Most keys may be used from anywhere, and then nobody looks at the address. */
  mayComeFrom(client: { readonly address: string }): boolean
  /** Made by the server at its first start, for development. */
  readonly generated: boolean
}

/** A key that was just made. The only time that it is told. */
export interface NewKey<Record> {
  readonly key: string
  readonly record: Record
}

/** What an operator asked for cannot be done; `message` is for them. */
export class AccountError extends Error {
  override readonly name = 'AccountError'
  readonly kind: 'not_found' | 'conflict' | 'limit' | 'invalid' | 'unavailable'

  constructor(kind: AccountError['kind'], message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.kind = kind
  }
}

export type OrganisationChange = Partial<Pick<OrganisationRecord, 'name' | 'status' | 'tier'>>
export type ProjectSettings = Pick<ProjectRecord, 'limits' | 'budget' | 'contentRetentionDays'>
export type ProjectChange = Partial<ProjectSettings & Pick<ProjectRecord, 'name' | 'status'>>
export type ApiKeySettings = Pick<
  ApiKeyRecord,
  'expiresAt' | 'models' | 'addresses' | 'limits' | 'budget' | 'lenient' | 'queueMs'
>

/** Every method that changes something resolves when it is kept, and holds from then on for every request. @throws AccountError */
export interface Accounts {
  /** The key's account, or `undefined` for one that nobody has, that is revoked, expired, or of an archived project. */
  findKey(presented: string): KeyAccount | undefined
  findAdmin(presented: string): AdminKeyRecord | undefined
  /** The same for who knows a key by its SHA-256, in hex. */
  keyOf(digest: string): KeyAccount | undefined
  adminOf(digest: string): AdminKeyRecord | undefined
  readonly prices: PriceBook

  organisations(): readonly (OrganisationRecord & { readonly account: OrganisationAccount })[]
  organisation(id: string): OrganisationRecord & { readonly account: OrganisationAccount }
  createOrganisation(asked: Pick<OrganisationRecord, 'name' | 'currency' | 'tier'>): Promise<OrganisationRecord>
  changeOrganisation(id: string, change: OrganisationChange): Promise<OrganisationRecord>

  projects(organisation: string): readonly ProjectRecord[]
  createProject(organisation: string, asked: ProjectSettings & { readonly name: string }): Promise<ProjectRecord>
  changeProject(organisation: string, id: string, change: ProjectChange): Promise<ProjectRecord>

  apiKeys(organisation: string): readonly ApiKeyRecord[]
  createApiKey(
    organisation: string,
    project: string,
    asked: Partial<ApiKeySettings> & { readonly name: string },
  ): Promise<NewKey<ApiKeyRecord>>
  changeApiKey(
    organisation: string,
    id: string,
    change: Partial<ApiKeySettings> & { readonly name?: string },
  ): Promise<ApiKeyRecord>
  revokeApiKey(organisation: string, id: string): Promise<ApiKeyRecord>

  adminKeys(): readonly AdminKeyRecord[]
  createAdminKey(asked: {
    readonly name: string
    readonly scopes: readonly AdminScope[]
    readonly organisation: string | null
    readonly expiresAt: number | null
  }): Promise<NewKey<AdminKeyRecord>>
  revokeAdminKey(id: string): Promise<AdminKeyRecord>

  /** Those of the platform, as operators have changed them, and their own; in the order of their recharge, then by name. */
  tiers(): readonly TierRecord[]
  putTier(tier: TierRecord): Promise<TierRecord>

  priceRecords(): readonly PriceRecord[]
  /** From `asked.from` on it holds, and what held before it for the same model, engine and currency ends there. */
  setPrice(asked: Omit<PriceRecord, 'id' | 'to'>): Promise<PriceRecord>

  /** A recharge of this process was kept: the tier may rise. */
  recharged(organisation: string, total: Nano): void
}
