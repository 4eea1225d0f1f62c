/** One test of the contract: a place and a store of its own, a clock, and the deeds that tests are told in. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { OrganisationRecord } from '../../records/account-records.ts'
import {
  type Balance,
  type CreditRequest,
  type Credited,
  type Hold,
  type HoldEnd,
  type HoldRequest,
  LedgerError,
  type LedgerErrorKind,
} from '../../ledger/ledger.ts'
import type { CreditKind } from '../../records/transfer-record.ts'
import type { Budget } from '../../records/budget.ts'
import type { Currency, Nano } from '../../records/money.ts'
import { type RequestOrigin, type RequestRecord, newRecord } from '../../records/request-record.ts'
import type { Store } from '../store.ts'
import type { StoreSite } from './store-site.ts'

/** A Sunday in March, twenty past ten. */
export const START = Date.UTC(2026, 2, 15, 10, 20)
export const HOUR = 3_600_000
const HOLD_MS = 600_000

export type ContractTest = (behaviour: string, body: (bench: StoreBench) => Promise<void>) => void

export function contractTests(openSite: (now: () => number) => Promise<StoreSite>): ContractTest {
  return (behaviour, body) => {
    void test(behaviour, async () => {
      const time = { now: START }
      const site = await openSite(() => time.now)
      const bench = new StoreBench(site, time, await site.open())
      try {
        await body(bench)
        if (bench.clean) await bench.assertClean()
      } finally {
        await bench.store.close()
        await site.remove()
      }
    })
  }
}

/** The store under test, and a short way to do with it what the server does. */
export class StoreBench {
  readonly site: StoreSite
  readonly time: { now: number }
  store: Store
  /** False for tests that falsify the books. */
  clean = true
  #made = 0

  constructor(site: StoreSite, time: { now: number }, store: Store) {
    this.site = site
    this.time = time
    this.store = store
  }

  async reopen(): Promise<void> {
    await this.store.close()
    this.store = await this.site.open()
  }

  async crash(): Promise<void> {
    await this.site.crash(this.store)
    this.store = await this.site.open()
  }

  newId(prefix = 'req'): string {
    return `${prefix}-${++this.#made}`
  }

  /** Makes an organisation with this much cash. */
  async organisation(cash: Nano = 0, currency: Currency = 'USD'): Promise<string> {
    const id = this.newId('org')
    await this.store.accounts.put({ organisations: [organisationRecord(id, { currency })] })
    if (cash > 0) await this.credit(id, 'recharge', cash)
    return id
  }

  credit(organisation: string, kind: CreditKind, amount: Nano, more: Partial<CreditRequest> = {}): Promise<Credited> {
    const idempotencyKey = more.idempotencyKey ?? this.newId('credit')
    const at = this.time.now
    return this.store.ledger.credit({
      kind,
      organisation,
      amount,
      by: 'adm-1',
      note: 'a note',
      at,
      ...more,
      idempotencyKey,
    })
  }

  request(organisation: string, amount: Nano, more: Partial<HoldRequest> = {}): HoldRequest {
    const at = more.at ?? this.time.now
    return {
      request: this.newId(),
      organisation,
      project: 'proj-1',
      key: 'ak-1',
      model: 'kimi-k2.5',
      amount,
      projectBudget: undefined,
      keyBudget: undefined,
      at,
      deadline: at + HOLD_MS,
      ...more,
    }
  }

  hold(organisation: string, amount: Nano, more: Partial<HoldRequest> = {}): Promise<Hold> {
    return this.store.ledger.hold(this.request(organisation, amount, more))
  }

  settle(hold: HoldRequest, cost: Nano, more: Partial<RequestRecord> = {}): Promise<void> {
    return this.store.ledger.settle(hold, endOf(hold, cost, more))
  }

  /** Hold and end in one go. */
  async spend(organisation: string, cost: Nano, more: Partial<RequestRecord> = {}): Promise<Hold> {
    const { request = this.newId(), project = 'proj-1', key = 'ak-1', model = 'kimi-k2.5', at = this.time.now } = more
    const hold = await this.hold(organisation, cost, { request, project, key, model, at })
    await this.settle(hold, cost, more)
    return hold
  }

  async assertBalance(organisation: string, expected: Partial<Balance>): Promise<void> {
    const balance = await this.store.ledger.balance(organisation)
    assert.deepEqual({ ...balance, ...expected }, balance)
  }

  async assertClean(): Promise<void> {
    const report = await this.store.ledger.audit(this.time.now)
    assert.deepEqual(report.problems, [])
    assert.equal(report.more, 0)
  }
}

export function organisationRecord(id: string, more: Partial<OrganisationRecord> = {}): OrganisationRecord {
  return { id, name: `The ${id}`, currency: 'USD', status: 'active', tier: null, createdAt: START, ...more }
}

export function endOf(hold: HoldRequest, cost: Nano, more: Partial<RequestRecord> = {}): HoldEnd {
  return { cost, record: requestRecord({ ...hold, cost, ...more }) }
}

/** What a request left: streamed, 100 tokens in, 50 out. */
export function requestRecord(of: Partial<RequestRecord> & RequestOrigin): RequestRecord {
  return {
    ...newRecord(of),
    engine: 'cluster',
    servedModel: of.model,
    streamed: true,
    prompt: 100,
    cached: 60,
    completion: 50,
    reasoning: 20,
    firstTokenMs: 120,
    totalMs: 900,
    attempts: 1,
    ...onlyFields(of),
  }
}

/** Without what else a hold has. */
function onlyFields(of: Partial<RequestRecord> & RequestOrigin): Partial<RequestRecord> {
  const known = newRecord(of)
  return Object.fromEntries(Object.entries(of).filter(([field]) => field in known))
}

export const monthly = (amount: Nano): Budget => ({ amount, period: 'month' })
export const inTotal = (amount: Nano): Budget => ({ amount, period: 'total' })

/** The refusal, for more to be said of it. */
export async function assertRefused(work: Promise<unknown>, kind: LedgerErrorKind): Promise<LedgerError> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  assert.ok(error instanceof LedgerError, `expected a refusal with ${kind}, and not ${String(error)}`)
  assert.equal(error.kind, kind)
  return error
}
