/** Accounts for tests: a key as a request finds it, and a place that keeps records in memory. */

import type { AccountRecords, OrganisationRecord } from '../../records/account-records.ts'
import { type AccountStore, AccountsChanged } from '../account-store.ts'
import type { KeyAccount, OrganisationAccount } from '../accounts.ts'

/** An organisation without limits. */
export function organisationAccount(more: Partial<OrganisationAccount> = {}): OrganisationAccount {
  return {
    id: 'org-a',
    name: 'a',
    currency: 'USD',
    status: 'active',
    tier: 'development',
    limits: { concurrency: null, rpm: null, tpm: null, tpd: null },
    recharged: 0,
    ...more,
  }
}

/** A key that may do everything, of the organisation `more.account` or `org-a`. */
export function keyAccount(more: Partial<KeyAccount> = {}): KeyAccount {
  const account = more.account ?? organisationAccount(more.organisation === undefined ? {} : { id: more.organisation })
  return {
    id: 'ak-a',
    name: 'a key',
    organisation: account.id,
    account,
    project: 'proj-a',
    projectLimits: null,
    projectBudget: null,
    contentRetentionDays: null,
    limits: null,
    budget: null,
    models: null,
    lenient: new Set(),
    queueMs: 0,
    expiresAt: null,
    mayComeFrom: () => true,
    generated: false,
    ...more,
  }
}

type Kind = Exclude<keyof AccountRecords, 'recharged'>

const KINDS: readonly Kind[] = ['organisations', 'projects', 'apiKeys', 'adminKeys', 'tiers', 'prices']

/** Where records are kept for all gateways. */
export class MemoryAccountPlace {
  readonly #kept = new Map<string, readonly [Kind, unknown]>()
  readonly #recharged = new Map<string, number>()
  readonly #listeners = new Map<MemoryAccountStore, (changed: Partial<AccountRecords>) => void>()

  /** For one more gateway. */
  store(): MemoryAccountStore {
    return new MemoryAccountStore(this)
  }

  /** A recharge, of which every gateway is told. */
  recharge(organisation: string, total: number): void {
    this.#recharged.set(organisation, total)
    for (const listener of this.#listeners.values()) listener({ recharged: { [organisation]: total } })
  }

  records(): AccountRecords {
    const records = { organisations: [], projects: [], apiKeys: [], adminKeys: [], tiers: [], prices: [] }
    const lists: Readonly<Record<Kind, unknown[]>> = records
    for (const [kind, record] of this.#kept.values()) lists[kind].push(record)
    return { ...records, recharged: Object.fromEntries(this.#recharged) }
  }

  put(changed: Partial<AccountRecords>, by: MemoryAccountStore | undefined): void {
    for (const kind of KINDS) {
      for (const record of changed[kind] ?? []) {
        this.#kept.set(`${kind} ${'id' in record ? record.id : record.name}`, [kind, record])
      }
    }
    for (const [store, listener] of this.#listeners) {
      if (store === by) continue
      store.revision += 1
      listener(changed)
    }
  }

  listen(store: MemoryAccountStore, listener: (changed: Partial<AccountRecords>) => void): void {
    this.#listeners.set(store, listener)
  }
}

/** The place as one gateway sees it. */
export class MemoryAccountStore implements AccountStore {
  revision = 0
  /** What every put waits for and may fail with. */
  beforePut: (changed: Partial<AccountRecords>) => Promise<void> | void = () => undefined
  /** What a load waits for, after it has read. */
  afterLoad: () => Promise<void> | void = () => undefined
  readonly #place: MemoryAccountPlace

  constructor(place: MemoryAccountPlace) {
    this.#place = place
  }

  async load(): Promise<AccountRecords> {
    const records = this.#place.records()
    await this.afterLoad()
    return records
  }

  async put(changed: Partial<AccountRecords>, decidedOn?: number): Promise<void> {
    await this.beforePut(changed)
    if (decidedOn !== undefined && decidedOn !== this.revision) throw new AccountsChanged('others were first')
    this.#place.put(changed, this)
  }

  onChange(listener: (changed: Partial<AccountRecords>) => void): void {
    this.#place.listen(this, listener)
  }
}

export function organisationRecord(id: string, more: Partial<OrganisationRecord> = {}): OrganisationRecord {
  return { id, name: id, currency: 'USD', status: 'active', tier: null, createdAt: 0, ...more }
}
