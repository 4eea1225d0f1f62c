/**
 * The accounts of this process: looked up in memory, changed in the store first and then here.
 *
 * Changes take turns, so that two of them cannot both find the last room, or the same name free. Other gateways have
 * turns of their own: what was decided on accounts that one of them has changed since is decided anew.
 */

import { StartError } from '../records/start-error.ts'
import type { ConfiguredKeys } from './configured-keys.ts'
import type { Nano } from '../records/money.ts'
import type { PriceBook } from '../prices/price-book.ts'
import type {
  AccountRecords,
  AdminKeyRecord,
  ApiKeyRecord,
  OrganisationRecord,
  PriceRecord,
  ProjectRecord,
  TierRecord,
} from '../records/account-records.ts'
import { type AccountStore, AccountsChanged } from './account-store.ts'
import { AccountTable, byAge } from './account-table.ts'
import {
  AccountError,
  type Accounts,
  type ApiKeySettings,
  type KeyAccount,
  type NewKey,
  type OrganisationChange,
  type ProjectChange,
  type ProjectSettings,
} from './accounts.ts'
import { createAdminKey, revokeAdminKey } from './admin-key-plans.ts'
import { changeApiKey, createApiKey, revokeApiKey } from './api-key-plans.ts'
import { assertApart, missingAccounts } from './configured-accounts.ts'
import { changeOrganisation, changeProject, createOrganisation, createProject } from './organisation-plans.ts'
import type { OrganisationEntry } from './organisation-table.ts'
import { PLATFORM_QUOTAS, type Plan, type PlanParts, notFound, tableOf } from './plan.ts'
import { putTier, setPrice } from './tariff-plans.ts'
import { DEVELOPMENT_TIER } from './tier-table.ts'
import { SerialQueue } from '../collections/serial-queue.ts'

export interface DirectoryParts extends Pick<PlanParts, 'now' | 'random'> {
  readonly store: AccountStore
  /** The platform's, where none are given. */
  readonly quotas?: PlanParts['quotas']
  /** Told of what could not be done and nobody waits for. */
  readonly onProblem: (problem: string, cause: unknown) => void
}

/** One fails for each change that another gateway makes at the same moment. */
const MOST_TRIES = 20
/** Changes that wait for those before them. */
const MOST_WAITING = 1_000

export class Directory implements Accounts {
  readonly #store: AccountStore
  readonly #onProblem: DirectoryParts['onProblem']
  readonly #table: AccountTable
  readonly #parts: PlanParts
  readonly #turns = new SerialQueue(
    MOST_WAITING,
    () => new AccountError('unavailable', `${MOST_WAITING} changes of accounts wait to be kept already`),
  )

  private constructor({ store, now, random, quotas = PLATFORM_QUOTAS, onProblem }: DirectoryParts) {
    this.#store = store
    this.#onProblem = onProblem
    this.#table = new AccountTable()
    this.#parts = { table: this.#table, now, random, quotas }
  }

  /** Loads everything. @throws what the store throws */
  static async open(parts: DirectoryParts): Promise<Directory> {
    const directory = new Directory(parts)
    // What changes while all is loaded may be older or newer than what is loaded, so it waits until that is in place.
    let early: Partial<AccountRecords>[] | undefined = []
    parts.store.onChange((changed) => {
      if (early === undefined) directory.#follow(changed)
      else early.push(changed)
    })
    directory.#table.put(await parts.store.load())
    for (const changed of early) directory.#follow(changed)
    early = undefined
    return directory
  }

  findKey(presented: string): KeyAccount | undefined {
    return this.#unlessExpired(this.#table.findKey(presented))
  }

  findAdmin(presented: string): AdminKeyRecord | undefined {
    return this.#unlessExpired(this.#table.findAdmin(presented))
  }

  keyOf(digest: string): KeyAccount | undefined {
    return this.#unlessExpired(this.#table.keyOf(digest))
  }

  adminOf(digest: string): AdminKeyRecord | undefined {
    return this.#unlessExpired(this.#table.adminOf(digest))
  }

  get prices(): PriceBook {
    return this.#table.book
  }

  /**
   * Sees to it that the organisations and projects of configured keys are there, in the tier `development` where they are
   * new, and that these keys can be told from those that are kept. None of them opens anything before `replaceConfigured`.
   *
   * @returns the organisations that have the tier `development`: each is to have its voucher, once. Not only those that
   * are new, for a server may stop before it has given one
   * @throws StartError
   */
  async ensureConfigured(keys: ConfiguredKeys): Promise<string[]> {
    assertApart(keys, this.#table)
    try {
      await this.#change(({ table, now }) => ({ changed: missingAccounts(keys, table, now()), result: undefined }))
    } catch (error) {
      if (!(error instanceof AccountError)) throw error
      throw new StartError(`the organisations of the API keys cannot be kept: ${error.message}`, error)
    }
    const ids = new Set(keys.apiKeys.map(({ organisation }) => organisation.id))
    return [...ids].filter((id) => this.#table.find(id)?.entry?.tier === DEVELOPMENT_TIER)
  }

  /** From now on these are the configured keys, and no others. They are never kept. */
  replaceConfigured(keys: ConfiguredKeys): void {
    this.#table.replaceConfigured(keys, this.#parts.now())
  }

  organisations(): readonly OrganisationEntry[] {
    return this.#table.organisations()
  }

  organisation(id: string): OrganisationEntry {
    const entry = this.#table.find(id)?.entry
    if (entry === undefined) throw notFound('organisation', id)
    return entry
  }

  createOrganisation(asked: Pick<OrganisationRecord, 'name' | 'currency' | 'tier'>): Promise<OrganisationRecord> {
    return this.#change((parts) => createOrganisation(parts, asked))
  }

  changeOrganisation(id: string, change: OrganisationChange): Promise<OrganisationRecord> {
    return this.#change((parts) => changeOrganisation(parts, id, change))
  }

  projects(organisation: string): readonly ProjectRecord[] {
    return [...tableOf(this.#parts, organisation).projects.values()].toSorted(byAge)
  }

  createProject(organisation: string, asked: ProjectSettings & { readonly name: string }): Promise<ProjectRecord> {
    return this.#change((parts) => createProject(parts, organisation, asked))
  }

  changeProject(organisation: string, id: string, change: ProjectChange): Promise<ProjectRecord> {
    return this.#change((parts) => changeProject(parts, organisation, id, change))
  }

  /** With the configured ones. */
  apiKeys(organisation: string): readonly ApiKeyRecord[] {
    const { keys } = tableOf(this.#parts, organisation)
    return [...keys.values()].map(({ record }) => record).toSorted(byAge)
  }

  createApiKey(
    organisation: string,
    project: string,
    asked: Partial<ApiKeySettings> & { readonly name: string },
  ): Promise<NewKey<ApiKeyRecord>> {
    return this.#change((parts) => createApiKey(parts, organisation, project, asked))
  }

  changeApiKey(
    organisation: string,
    id: string,
    change: Partial<ApiKeySettings> & { readonly name?: string },
  ): Promise<ApiKeyRecord> {
    return this.#change((parts) => changeApiKey(parts, organisation, id, change))
  }

  revokeApiKey(organisation: string, id: string): Promise<ApiKeyRecord> {
    return this.#change((parts) => revokeApiKey(parts, organisation, id))
  }

  /** With the configured one, which comes first. */
  adminKeys(): readonly AdminKeyRecord[] {
    return this.#table.adminKeys()
  }

  createAdminKey(
    asked: Pick<AdminKeyRecord, 'name' | 'scopes' | 'organisation' | 'expiresAt'>,
  ): Promise<NewKey<AdminKeyRecord>> {
    return this.#change((parts) => createAdminKey(parts, asked))
  }

  revokeAdminKey(id: string): Promise<AdminKeyRecord> {
    return this.#change((parts) => revokeAdminKey(parts, id))
  }

  tiers(): readonly TierRecord[] {
    return this.#table.tiers.list()
  }

  putTier(tier: TierRecord): Promise<TierRecord> {
    return this.#change(() => putTier(tier))
  }

  priceRecords(): readonly PriceRecord[] {
    return this.#table.priceRecords()
  }

  setPrice(asked: Omit<PriceRecord, 'id' | 'to'>): Promise<PriceRecord> {
    return this.#change((parts) => setPrice(parts, asked))
  }

  recharged(organisation: string, total: Nano): void {
    this.#table.put({ recharged: { [organisation]: total } })
  }

  #unlessExpired<Found extends { readonly expiresAt: number | null }>(found: Found | undefined): Found | undefined {
    if (found === undefined || found.expiresAt === null) return found
    return found.expiresAt > this.#parts.now() ? found : undefined
  }

  #change<Result>(decide: (parts: PlanParts) => Plan<Result>): Promise<Result> {
    return this.#turns.take(async () => {
      for (let tries = 1; ; tries += 1) {
        const decidedOn = this.#store.revision
        const { changed, result } = decide(this.#parts)
        if (await this.#keep(changed, decidedOn)) return result
        if (tries === MOST_TRIES) throw new AccountError('unavailable', 'others change accounts all the time')
      }
    })
  }

  /** Holds when it is kept, and not before. False when it is to be decided anew. */
  async #keep(changed: Partial<AccountRecords>, decidedOn: number): Promise<boolean> {
    if (Object.values(changed).every((records) => Object.keys(records).length === 0)) return true
    try {
      await this.#store.put(changed, decidedOn)
      // What another gateway revoked meanwhile is not called back by what was decided before.
      const revived = this.#table.put(changed)
      if (revived.apiKeys.length > 0 || revived.adminKeys.length > 0) await this.#store.put(revived)
      return true
    } catch (error) {
      if (error instanceof AccountsChanged) return false
      throw new AccountError('unavailable', `a change of the accounts could not be kept: ${wordsOf(error)}`, error)
    }
  }

  /** Others have changed something. */
  #follow(changed: Partial<AccountRecords>): void {
    const revived = this.#table.put(changed)
    if (revived.apiKeys.length === 0 && revived.adminKeys.length === 0) return
    const ids = [...revived.apiKeys, ...revived.adminKeys].map(({ id }) => id).join(', ')
    this.#turns
      .take(() => this.#store.put(revived))
      .catch((error: unknown) => this.#onProblem(`${ids}: revoked, and kept as if not`, error))
  }
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
