/**
 * Every account in memory, ready to be looked up. It follows records as they come, in any order and from whomever, and
 * judges none of them: what may be asked for is the directory's matter.
 */

import type { ConfiguredKeys } from './configured-keys.ts'
import { KeyRing } from '../keys/key-ring.ts'
import { PriceBook } from '../prices/price-book.ts'
import {
  ADMIN_SCOPES,
  type AccountRecords,
  type AdminKeyRecord,
  type ApiKeyRecord,
  type PriceRecord,
} from '../records/account-records.ts'
import type { KeyAccount } from './accounts.ts'
import { type HeldKey, OrganisationTable, type OrganisationEntry } from './organisation-table.ts'
import { TierTable } from './tier-table.ts'

/** Records of keys that were revoked, and that somebody who had not heard of it has kept as they were before. */
export type Revived = Pick<AccountRecords, 'apiKeys' | 'adminKeys'>

export class AccountTable {
  readonly tiers = new TierTable()
  readonly #tables = new Map<string, OrganisationTable>()
  readonly #ring = new KeyRing<KeyAccount>()
  readonly #adminKeys = new Map<string, AdminKeyRecord>()
  readonly #adminRing = new KeyRing<AdminKeyRecord>()
  /** Not among the kept ones. */
  #configuredAdmin: AdminKeyRecord | undefined
  #configuredIds: ReadonlySet<string> = new Set()
  readonly #prices = new Map<string, PriceRecord>()
  #book = new PriceBook([])
  /** Made when it is asked for. */
  #listed: readonly OrganisationEntry[] | undefined

  findKey(presented: string): KeyAccount | undefined {
    return this.#ring.find(presented)
  }

  findAdmin(presented: string): AdminKeyRecord | undefined {
    return this.#adminRing.find(presented)
  }

  keyOf(digest: string): KeyAccount | undefined {
    return this.#ring.ownerOf(bytesOf(digest))
  }

  adminOf(digest: string): AdminKeyRecord | undefined {
    return this.#adminRing.ownerOf(bytesOf(digest))
  }

  get book(): PriceBook {
    return this.#book
  }

  organisations(): readonly OrganisationEntry[] {
    this.#listed ??= [...this.#tables.values()].flatMap(({ entry }) => entry ?? []).toSorted(byAge)
    return this.#listed
  }

  /** `undefined` as long as its record has not come. */
  find(organisation: string): OrganisationTable | undefined {
    const own = this.#tables.get(organisation)
    return own?.entry === undefined ? undefined : own
  }

  adminKeys(): readonly AdminKeyRecord[] {
    const configured = this.#configuredAdmin === undefined ? [] : [this.#configuredAdmin]
    return [...configured, ...[...this.#adminKeys.values()].toSorted(byAge)]
  }

  adminKey(id: string): AdminKeyRecord | undefined {
    return this.#adminKeys.get(id) ?? (this.isConfigured(id) ? this.#configuredAdmin : undefined)
  }

  priceRecords(): readonly PriceRecord[] {
    return [...this.#prices.values()].toSorted((a, b) => a.from - b.from || (a.id < b.id ? -1 : 1))
  }

  /** Whether a key comes from the configuration, the environment or the credentials file. */
  isConfigured(id: string): boolean {
    return this.#configuredIds.has(id)
  }

  /** By digest, the ids of all keys that are kept with the accounts, of either kind, also of revoked ones. */
  keptDigests(): ReadonlyMap<string, string> {
    const kept = new Map<string, string>()
    for (const own of this.#tables.values()) {
      for (const { record } of own.keys.values()) if (!this.isConfigured(record.id)) kept.set(record.digest, record.id)
    }
    for (const { id, digest } of this.#adminKeys.values()) kept.set(digest, id)
    return kept
  }

  /** What is revoked stays so, whatever comes. @returns those that came as if they were not */
  put(changed: Partial<AccountRecords>): Revived {
    if (changed.tiers !== undefined && changed.tiers.length > 0) {
      for (const tier of changed.tiers) this.tiers.put(tier)
      for (const own of this.#tables.values()) own.followTiers()
    }
    for (const record of changed.organisations ?? []) {
      this.#tableOf(record.id).putOrganisation(record)
      this.#listed = undefined
    }
    for (const [id, total] of Object.entries(changed.recharged ?? {})) this.#tableOf(id).putRecharged(total)
    for (const project of changed.projects ?? []) this.#tableOf(project.organisation).putProject(project)
    const apiKeys = (changed.apiKeys ?? []).flatMap((record) => this.#putApiKey(record) ?? [])
    const adminKeys = (changed.adminKeys ?? []).flatMap((record) => this.#putAdminKey(record) ?? [])
    if (changed.prices !== undefined && changed.prices.length > 0) {
      for (const price of changed.prices) this.#prices.set(price.id, price)
      this.#book = new PriceBook([...this.#prices.values()])
    }
    return { apiKeys, adminKeys }
  }

  /** In place of those that were configured before, all at once. `now`: when those that are new have come. */
  replaceConfigured({ apiKeys, adminKey }: ConfiguredKeys, now: number): void {
    const before = new Map<string, HeldKey>()
    for (const own of this.#tables.values()) {
      for (const [id, held] of own.keys) if (this.isConfigured(id)) before.set(id, held)
    }
    for (const { record } of before.values()) this.#tableOf(record.organisation).removeKey(record.id)
    for (const key of apiKeys) {
      const createdAt = before.get(key.id)?.record.createdAt ?? now
      const { id, name, prefix, digest, lenient, generated } = key
      const of = { organisation: key.organisation.id, project: key.project.id }
      const record: ApiKeyRecord = { id, name, prefix, digest, ...of, ...OF_CONFIGURED_KEYS, lenient, createdAt }
      this.#tableOf(of.organisation).putKey({ record, generated })
    }
    const old = this.#configuredAdmin
    if (old !== undefined) this.#adminRing.delete(bytesOf(old.digest))
    const { id, name, prefix, digest } = adminKey
    this.#configuredAdmin = {
      id,
      name,
      prefix,
      digest,
      status: 'active',
      scopes: ADMIN_SCOPES,
      organisation: null,
      createdAt: old?.id === id ? old.createdAt : now,
      expiresAt: null,
    }
    this.#adminRing.put(bytesOf(digest), this.#configuredAdmin)
    this.#configuredIds = new Set([id, ...apiKeys.map((key) => key.id)])
  }

  #tableOf(organisation: string): OrganisationTable {
    const there = this.#tables.get(organisation)
    if (there !== undefined) return there
    const own = new OrganisationTable(this.tiers, this.#ring)
    this.#tables.set(organisation, own)
    return own
  }

  #putApiKey(record: ApiKeyRecord): ApiKeyRecord | undefined {
    const own = this.#tableOf(record.organisation)
    const known = own.keys.get(record.id)?.record
    if (known?.status === 'revoked' && record.status !== 'revoked') return known
    own.putKey({ record, generated: false })
    return undefined
  }

  #putAdminKey(record: AdminKeyRecord): AdminKeyRecord | undefined {
    const known = this.#adminKeys.get(record.id)
    if (known?.status === 'revoked' && record.status !== 'revoked') return known
    this.#adminKeys.set(record.id, record)
    if (record.status === 'active') this.#adminRing.put(bytesOf(record.digest), record)
    else this.#adminRing.delete(bytesOf(record.digest))
    return undefined
  }
}

const OF_CONFIGURED_KEYS = {
  status: 'active',
  expiresAt: null,
  models: null,
  addresses: null,
  limits: null,
  budget: null,
  queueMs: 0,
} as const

function bytesOf(digest: string): Buffer {
  return Buffer.from(digest, 'hex')
}

/** The order of lists, which stays the same when something is added. */
export function byAge(a: { readonly createdAt: number; readonly id: string }, b: typeof a): number {
  return a.createdAt - b.createdAt || (a.id < b.id ? -1 : 1)
}
