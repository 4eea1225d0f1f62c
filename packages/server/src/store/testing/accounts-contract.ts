/** Accounts: whole records go in, and come out as they were, also after a restart. */

import assert from 'node:assert/strict'
import type {
  AccountRecords,
  AdminKeyRecord,
  ApiKeyRecord,
  PriceRecord,
  ProjectRecord,
  TierRecord,
} from '../../records/account-records.ts'
import { type ContractTest, START, organisationRecord } from './contract-test.ts'

const org = organisationRecord('org-a')
const limits = { concurrency: 5, rpm: null, tpm: 100_000, tpd: 9_000_000_000_000_000 }

const project: ProjectRecord = {
  id: 'proj-a',
  organisation: 'org-a',
  name: 'Straße "eins" \u{1f600}',
  status: 'active',
  limits,
  budget: { amount: 9_000_000_000_000_000, period: 'month' },
  contentRetentionDays: 7,
  createdAt: START,
}

const apiKey: ApiKeyRecord = {
  id: 'ak-a',
  organisation: 'org-a',
  project: 'proj-a',
  name: 'laptop',
  prefix: 'sk-Ab3d',
  digest: 'a'.repeat(64),
  status: 'active',
  createdAt: START,
  expiresAt: START + 1,
  models: ['kimi-k2.5'],
  addresses: ['10.0.0.0/8'],
  limits: null,
  budget: { amount: 1, period: 'total' },
  lenient: ['relax-schema'],
  queueMs: 30_000,
}

const bareKey: ApiKeyRecord = {
  id: 'ak-b',
  organisation: 'org-a',
  project: 'proj-a',
  name: '',
  prefix: 'sk-Xy',
  digest: 'b'.repeat(64),
  status: 'active',
  createdAt: START,
  expiresAt: null,
  models: null,
  addresses: null,
  limits: null,
  budget: null,
  lenient: [],
  queueMs: 0,
}

const adminKey: AdminKeyRecord = {
  id: 'adm-a',
  name: 'ops',
  prefix: 'mb-1',
  digest: 'c'.repeat(64),
  status: 'active',
  scopes: ['audit', 'metrics'],
  organisation: null,
  createdAt: START,
  expiresAt: null,
}

const tier: TierRecord = { name: 'gold', ...limits, recharge: { USD: 5_000_000_000, CNY: null } }

const price: PriceRecord = {
  id: 'price-a',
  model: 'kimi-k2.5',
  engine: null,
  currency: 'USD',
  from: START,
  to: null,
  hit: null,
  miss: 600,
  output: 3_000,
  batchPercent: 60,
  webSearch: 5_000_000,
}

const everything = {
  organisations: [org, organisationRecord('org-b', { currency: 'CNY', status: 'suspended', tier: 'gold' })],
  projects: [project, { ...project, id: 'proj-b', limits: null, budget: null, contentRetentionDays: null }],
  apiKeys: [apiKey, bareKey],
  adminKeys: [adminKey, { ...adminKey, id: 'adm-b', digest: 'd'.repeat(64), organisation: 'org-a', expiresAt: 5 }],
  tiers: [tier],
  prices: [price, { ...price, id: 'price-b', engine: 'hosted', to: START + 5, hit: 100 }],
} satisfies Partial<AccountRecords>

/** The records of all kinds, each kind in the order of its ids. */
function sorted(records: Partial<AccountRecords>): unknown {
  const byId = (a: { readonly id: string }, b: { readonly id: string }): number => (a.id < b.id ? -1 : 1)
  return {
    organisations: (records.organisations ?? []).toSorted(byId),
    projects: (records.projects ?? []).toSorted(byId),
    apiKeys: (records.apiKeys ?? []).toSorted(byId),
    adminKeys: (records.adminKeys ?? []).toSorted(byId),
    tiers: (records.tiers ?? []).toSorted((a, b) => (a.name < b.name ? -1 : 1)),
    prices: (records.prices ?? []).toSorted(byId),
  }
}

export function accountsContract(it: ContractTest): void {
  it('a new place has no accounts', async ({ store }) => {
    assert.deepEqual(sorted(await store.accounts.load()), sorted({}))
    assert.deepEqual({ ...(await store.accounts.load()).recharged }, {})
  })

  it('accounts come back as they went in, also after a restart', async (bench) => {
    await bench.store.accounts.put(everything)
    assert.deepEqual(sorted(await bench.store.accounts.load()), sorted(everything))
    await bench.reopen()
    assert.deepEqual(sorted(await bench.store.accounts.load()), sorted(everything))
    await bench.assertBalance('org-b', { currency: 'CNY', cash: 0, voucher: 0, held: 0, recharged: 0 })
  })

  it('a changed record takes the place of the old one, and money stays', async (bench) => {
    await bench.store.accounts.put(everything)
    await bench.credit('org-a', 'recharge', 77)
    const changed = { organisations: [{ ...org, name: 'Other', status: 'suspended', tier: '5' } as const] }
    await bench.store.accounts.put({ ...changed, apiKeys: [{ ...apiKey, status: 'revoked' }] })
    await bench.reopen()
    const records = await bench.store.accounts.load()
    assert.deepEqual(
      records.organisations.find(({ id }) => id === 'org-a'),
      changed.organisations[0],
    )
    assert.equal(records.apiKeys.find(({ id }) => id === 'ak-a')?.status, 'revoked')
    assert.equal(records.recharged['org-a'], 77)
    await bench.assertBalance('org-a', { cash: 77 })
  })

  it('two keys never share a digest, and a put that fails keeps nothing', async (bench) => {
    await bench.store.accounts.put(everything)
    const thief = { ...bareKey, id: 'ak-thief', digest: apiKey.digest }
    const later = organisationRecord('org-late')
    await assert.rejects(bench.store.accounts.put({ organisations: [later], apiKeys: [thief] }))
    const records = await bench.store.accounts.load()
    assert.deepEqual(sorted(records), sorted(everything))
    await assert.rejects(bench.store.ledger.balance('org-late'))
    await bench.store.accounts.put({ organisations: [later] })
    await bench.assertBalance('org-late', { cash: 0 })
  })
}
