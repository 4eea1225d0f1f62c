/** Accounts, a ledger and usage for tests: all in memory, small, and by the letter of their interfaces. */

import type {
  AdminKeyRecord,
  ApiKeyRecord,
  OrganisationRecord,
  PriceRecord,
  ProjectRecord,
  RateLimits,
  TierRecord,
} from '../accounts/account-records.ts'
import { AccountError, type Accounts, type OrganisationAccount } from '../accounts/accounts.ts'
import { type Balance, type CreditRequest, LedgerError, type TransferRecord } from '../ledger/ledger.ts'
import { PriceBook } from '../prices/price-book.ts'
import type { UsageQuery, UsageReader, UsageRow } from '../usage/usage-reader.ts'
import type { RequestRecord } from '../usage/request-record.ts'
import type { AdminServices } from './operation.ts'

export const NOW = Date.UTC(2026, 2, 15, 10, 20)

const LIMITS: RateLimits = { concurrency: 50, rpm: 200, tpm: 2_000_000, tpd: null }

/** Records by id, found or not found as the interface says. */
class Shelf<Kept extends { readonly id: string }> {
  readonly #kept = new Map<string, Kept>()

  list(): Kept[] {
    return [...this.#kept.values()]
  }

  put(one: Kept): Kept {
    this.#kept.set(one.id, one)
    return one
  }

  find(id: string, fits: (one: Kept) => boolean = () => true): Kept {
    const found = this.#kept.get(id)
    if (found === undefined || !fits(found)) throw new AccountError('not_found', `there is no ${id}`)
    return found
  }

  change(id: string, change: Partial<Kept>, fits?: (one: Kept) => boolean): Kept {
    return this.put({ ...this.find(id, fits), ...change })
  }
}

function of(organisation: string) {
  return (one: { readonly organisation: string }): boolean => one.organisation === organisation
}

export function fakeAccounts(): Accounts {
  const organisations = new Shelf<OrganisationRecord>()
  const projects = new Shelf<ProjectRecord>()
  const apiKeys = new Shelf<ApiKeyRecord>()
  const adminKeys = new Shelf<AdminKeyRecord>()
  const prices = new Shelf<PriceRecord>()
  const tiers = new Map<string, TierRecord>()
  const recharged = new Map<string, number>()
  const secrets = new Map<string, string>()
  let made = 0
  const newId = (prefix: string): string => `${prefix}-${++made}`
  const newKey = <Kept extends { readonly id: string }>(prefix: string, kept: Kept) => {
    const key = `${prefix}-secret-of-${kept.id}`
    secrets.set(key, kept.id)
    return { key, record: kept }
  }
  const withAccount = (one: OrganisationRecord) => ({ ...one, account: accountOf(one) })
  const accountOf = ({ id, name, currency, status, tier }: OrganisationRecord): OrganisationAccount => ({
    id,
    name,
    currency,
    status,
    tier: tier ?? '0',
    limits: LIMITS,
    recharged: recharged.get(id) ?? 0,
  })

  return {
    findKey: () => undefined,
    findAdmin(presented) {
      const id = secrets.get(presented)
      return adminKeys.list().find((one) => one.id === id && one.status === 'active')
    },
    prices: new PriceBook([]),
    organisations: () => organisations.list().map(withAccount),
    organisation: (id) => withAccount(organisations.find(id)),
    async createOrganisation(asked) {
      if (organisations.list().some(({ name }) => name === asked.name)) {
        throw new AccountError('conflict', 'another organisation has this name')
      }
      return organisations.put({ ...asked, id: newId('org'), status: 'active', createdAt: NOW })
    },
    changeOrganisation: async (id, change) => organisations.change(id, change),
    projects: (organisation) => projects.list().filter(of(organisation)),
    createProject: async (organisation, asked) =>
      projects.put({ ...asked, id: newId('proj'), organisation, status: 'active', createdAt: NOW }),
    changeProject: async (organisation, id, change) => projects.change(id, change, of(organisation)),
    apiKeys: (organisation) => apiKeys.list().filter(of(organisation)),
    async createApiKey(organisation, project, asked) {
      const usual = {
        expiresAt: null,
        models: null,
        addresses: null,
        limits: null,
        budget: null,
        lenient: [],
        queueMs: 0,
      }
      const own = { id: newId('ak'), organisation, project, prefix: 'sk-secr', digest: 'd', createdAt: NOW }
      return newKey('sk', apiKeys.put({ ...usual, ...asked, ...own, status: 'active' }))
    },
    changeApiKey: async (organisation, id, change) => apiKeys.change(id, change, of(organisation)),
    revokeApiKey: async (organisation, id) => apiKeys.change(id, { status: 'revoked' }, of(organisation)),
    adminKeys: () => adminKeys.list(),
    async createAdminKey(asked) {
      const own = { id: newId('adm'), prefix: 'mb-secr', digest: 'd', status: 'active', createdAt: NOW } as const
      return newKey('mb', adminKeys.put({ ...asked, ...own }))
    },
    revokeAdminKey: async (id) => adminKeys.change(id, { status: 'revoked' }),
    tiers: () => [...tiers.values()],
    async putTier(tier) {
      tiers.set(tier.name, tier)
      return tier
    },
    priceRecords: () => prices.list(),
    setPrice: async (asked) => prices.put({ ...asked, id: newId('price'), to: null }),
    recharged: (organisation, total) => void recharged.set(organisation, total),
  }
}

/** Keeps credits; whoever has none yet has nothing. */
export function fakeLedger(accounts: Pick<Accounts, 'organisations'>): AdminServices['ledger'] {
  const transfers: TransferRecord[] = []
  const credits = new Map<string, { readonly request: CreditRequest; readonly id: string }>()
  const balanceOf = (organisation: string): Balance => {
    const currency = accounts.organisations().find(({ id }) => id === organisation)?.currency
    if (currency === undefined) throw new LedgerError('unknown_organisation', `there is no ${organisation}`)
    const own = transfers.filter((one) => one.organisation === organisation)
    const sum = (which: 'cash' | 'voucher', some = own): number => some.reduce((total, one) => total + one[which], 0)
    const paid = own.filter(({ kind }) => kind === 'recharge')
    return { currency, cash: sum('cash'), voucher: sum('voucher'), held: 0, recharged: sum('cash', paid) }
  }
  return {
    async credit(request) {
      const before = credits.get(request.idempotencyKey)
      if (before !== undefined) {
        const same = before.request.amount === request.amount && before.request.kind === request.kind
        if (!same) throw new LedgerError('idempotency_conflict', 'other content')
        return { id: before.id, repeated: true, balance: balanceOf(request.organisation) }
      }
      const { kind, organisation, amount, by, note, at } = request
      const id = `transfer-${transfers.length + 1}`
      const money = kind === 'voucher' ? { cash: 0, voucher: amount } : { cash: amount, voucher: 0 }
      const accountNames = { debit: 'platform', credit: `wallet ${organisation}` }
      transfers.unshift({ id, kind, organisation, request: null, ...accountNames, ...money, by, note, at })
      credits.set(request.idempotencyKey, { request, id })
      return { id, repeated: false, balance: balanceOf(organisation) }
    },
    balance: async (organisation) => balanceOf(organisation),
    async transfers(organisation, { before, limit }) {
      const own = transfers.filter((one) => one.organisation === organisation)
      const start = before === undefined ? 0 : own.findIndex(({ id }) => id === before) + 1
      return own.slice(start, start + limit)
    },
    async audit(now) {
      const holds = { open: 0, ended: 0 }
      const organisationCount = accounts.organisations().length
      const counted = { organisations: organisationCount, transfers: transfers.length, holds }
      return { at: now, ...counted, problems: [], more: 0 }
    },
  }
}

/** Sums up the records, for buckets of the whole time. */
export function fakeUsage(records: readonly RequestRecord[]): UsageReader {
  const fitting = ({ filter, from, to }: Pick<UsageQuery, 'filter' | 'from' | 'to'>) =>
    records.filter(
      (one) =>
        one.at >= from && one.at < to && Object.entries(filter).every(([name, value]) => fieldOf(one, name) === value),
    )
  return {
    async usage(query) {
      const rows = new Map<string, UsageRow>()
      for (const one of fitting(query)) {
        const columns = Object.fromEntries(query.by.map((name) => [name, one[name] ?? '']))
        const name = JSON.stringify(columns)
        const row = rows.get(name) ?? { ...EMPTY_ROW, ...columns, at: query.from }
        rows.set(name, {
          ...row,
          requests: row.requests + 1,
          errors: row.errors + (one.error === null ? 0 : 1),
          prompt: row.prompt + one.prompt,
          cached: row.cached + one.cached,
          completion: row.completion + one.completion,
          reasoning: row.reasoning + one.reasoning,
          cost: row.cost + one.cost,
        })
      }
      return [...rows.values()].slice(0, query.limit)
    },
    async requests(query) {
      const found = fitting(query)
        .filter(({ error }) => query.error === undefined || error === query.error)
        .toSorted((a, b) => b.at - a.at)
      const start = query.before === undefined ? 0 : found.findIndex(({ request }) => request === query.before) + 1
      return found.slice(start, start + query.limit)
    },
  }
}

const EMPTY_ROW: UsageRow = {
  at: 0,
  currency: 'USD',
  requests: 0,
  errors: 0,
  prompt: 0,
  cached: 0,
  completion: 0,
  reasoning: 0,
  cost: 0,
}

function fieldOf(one: RequestRecord, name: string): unknown {
  return new Map<string, unknown>(Object.entries(one)).get(name)
}

export function requestRecord(request: string, more: Partial<RequestRecord> = {}): RequestRecord {
  return {
    request,
    at: NOW - 60_000,
    organisation: 'org-1',
    project: 'proj-1',
    key: 'ak-1',
    model: 'kimi-k2.5',
    engine: 'cluster',
    servedModel: 'kimi-k2.5',
    streamed: true,
    status: 200,
    error: null,
    prompt: 100,
    cached: 60,
    completion: 50,
    reasoning: 20,
    cost: 180_000,
    firstTokenMs: 120,
    totalMs: 900,
    attempts: 1,
    seams: 0,
    ...more,
  }
}
