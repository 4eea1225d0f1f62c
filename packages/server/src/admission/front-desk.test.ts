import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type GenerationEvent, Meter, type TokenCounter, type Usage } from '@moonbase/core/generation'
import type { ModelRoute } from '@moonbase/core/routing'
import { ApiError, apiError, findModel } from '@moonbase/protocol'
import { steppedClock } from '../../../../test/support/stepped-clock.ts'
import type { RateLimits } from '../records/account-records.ts'
import { keyAccount, organisationAccount } from '../accounts/testing/account-fixtures.ts'
import type { KeyAccount } from '../accounts/accounts.ts'
import { type Hold, type HoldEnd, type HoldRequest, LedgerError } from '../ledger/ledger.ts'
import { PriceBook } from '../prices/price-book.ts'
import type { ExchangeNotes } from '../http/exchange-notes.ts'
import { type Asking, type Entrance, FrontDesk } from './front-desk.ts'
import type { AdmissionAnswer, AdmissionRequest, LimitRefusal } from './limiter.ts'

const NONE: RateLimits = { concurrency: null, rpm: null, tpm: null, tpd: null }
const ACCOUNT = organisationAccount({ id: 'org-1', limits: { ...NONE, rpm: 3 } })
const KEY = keyAccount({ id: 'ak-1', organisation: 'org-1', account: ACCOUNT })

/** One word is one token. */
const WORDS: TokenCounter = {
  exact: true,
  countText: (text) => text.split(' ').filter((word) => word !== '').length,
  countPrompt: () => 10,
  countPromptAside: () => Promise.resolve(10),
}

function deskWith({
  refuse,
  hold,
}: {
  refuse?: (request: AdmissionRequest) => AdmissionAnswer | undefined
  hold?: (request: HoldRequest) => void
} = {}) {
  const seen = {
    admitted: [] as AdmissionRequest[],
    ended: [] as number[],
    holds: [] as HoldRequest[],
    ends: [] as HoldEnd[],
    progress: [] as HoldEnd[],
    refused: [] as string[],
    /** Ends that fail before one is kept. */
    failing: 0,
  }
  const entrance: Entrance = {
    admit(request) {
      seen.admitted.push(request)
      const refusal = refuse?.(request)
      if (refusal !== undefined) return refusal
      return { requests: { limit: 3, remaining: 2, resetMs: 1500 }, end: (used) => void seen.ended.push(used) }
    },
  }
  const clock = steppedClock()
  const desk = new FrontDesk({
    entrance,
    ledger: {
      async hold(request): Promise<Hold> {
        seen.holds.push(request)
        hold?.(request)
        return { ...request, cash: request.amount, voucher: 0 }
      },
      progress: (_, end) => void seen.progress.push(end),
      async settle(_, end) {
        seen.failing -= 1
        if (seen.failing >= 0) throw new LedgerError('unavailable', 'the disk is full')
        seen.ends.push(end)
      },
    },
    accounts: { prices: new PriceBook([]) },
    clock,
    onRefusal: (code) => void seen.refused.push(code),
    onSettled: () => undefined,
  })
  return { desk, seen, clock }
}

const MODEL = findModel('kimi-k2.5')
// The front desk looks at the model and the names of its engines only.
const ROUTE = { model: MODEL, targets: [{ name: 'cluster' }] } as unknown as ModelRoute

function asking(more: Partial<Asking> = {}): Asking {
  const notes: ExchangeNotes = { model: 'kimi-k2.5', engine: 'cluster/2' }
  return {
    id: 'request-1',
    key: KEY,
    notes,
    arrivedAt: 0,
    route: ROUTE,
    promptTokens: () => 10,
    promptTokensAtMost: 100,
    maxCompletionTokens: 1000,
    waitMs: 0,
    signal: new AbortController().signal,
    ...more,
  }
}

async function refusalOf(promise: Promise<unknown>): Promise<ApiError> {
  try {
    await promise
  } catch (error) {
    if (error instanceof ApiError) return error
    throw error
  }
  throw new assert.AssertionError({ message: 'it was let in' })
}

const USAGE: Usage = { prompt: 10, cached: 4, completion: 20, reasoning: 5 }

test('a request is held for at its upper bound, and pays for what it used at the price of its engine', async () => {
  const { desk, seen } = deskWith()
  const admitted = await desk.admit(asking())
  assert.deepEqual(
    seen.holds.map(({ request, organisation, amount, at }) => [request, organisation, amount, at]),
    [['request-1', 'org-1', 100 * 600 + 1000 * 3000, 0]],
  )
  await admitted.settle(USAGE, undefined)
  const [end] = seen.ends
  assert.equal(end?.cost, 4 * 100 + 6 * 600 + 20 * 3000)
  assert.deepEqual(
    [end.record.engine, end.record.prompt, end.record.cost, end.record.status],
    ['cluster', 10, end.cost, 200],
  )
  assert.deepEqual(seen.ended, [30])
  await desk.close()
})

test('nothing is settled twice, and the slot is given back once', async () => {
  const { desk, seen } = deskWith()
  const admitted = await desk.admit(asking())
  await admitted.settle(undefined, apiError('engine_unavailable'))
  await admitted.settle(USAGE, undefined)
  assert.deepEqual(
    seen.ends.map(({ cost, record }) => [cost, record.status, record.error, record.prompt]),
    [[0, 503, 'engine_unavailable', 0]],
  )
  assert.deepEqual(seen.ended, [0])
  await desk.close()
})

test('nobody pays more than was held', async () => {
  const { desk, seen } = deskWith()
  const admitted = await desk.admit(asking())
  await admitted.settle({ ...USAGE, completion: 1_000_000 }, undefined)
  assert.equal(seen.ends[0]?.cost, seen.holds[0]?.amount)
  await desk.close()
})

test('a small prompt is counted only when its bound is refused', async () => {
  let counts = 0
  const promptTokens = () => {
    counts += 1
    return 10
  }
  const room = deskWith()
  await room.desk.admit(asking({ promptTokens }))
  assert.equal(counts, 0)
  const refusal = (request: AdmissionRequest): LimitRefusal | undefined => {
    const [subject] = request.subjects
    if (subject === undefined || request.tokens < 1050) return undefined
    return { refused: 'tpm', subject, current: 0, limit: 1049, retryAfterMs: 100 }
  }
  const tight = deskWith({ refuse: refusal })
  await tight.desk.admit(asking({ promptTokens }))
  assert.deepEqual(
    tight.seen.admitted.map(({ tokens }) => tokens),
    [1100, 1010],
  )
  const poor = deskWith({
    hold: ({ amount }) => {
      if (amount > 10 * 600 + 1000 * 3000) throw new LedgerError('insufficient', 'too little', { available: 3_006_000 })
    },
  })
  await poor.desk.admit(asking({ promptTokens }))
  assert.deepEqual([poor.seen.admitted.length, poor.seen.holds.length], [1, 2])
  const large = deskWith()
  await large.desk.admit(asking({ promptTokens: () => 70_000, promptTokensAtMost: 200_000 }))
  assert.deepEqual(
    large.seen.admitted.map(({ tokens }) => tokens),
    [71_000],
  )
  for (const { desk } of [room, tight, poor, large]) await desk.close()
})

test('every limit and every want of money is told in the words of the platform', async () => {
  const limits = { ...NONE, rpm: 3 }
  for (const [answer, status, message, retryAfterMs] of [
    [
      { refused: 'concurrency', current: 3, limit: 3, retryAfterMs: 1000 },
      429,
      'Your account org-1<ak-1> request reached organization max concurrency: 3, please try again after 1 seconds',
      1000,
    ],
    [
      { refused: 'rpm', current: 3, limit: 3, retryAfterMs: 19_001 },
      429,
      'Your account org-1<ak-1> request reached organization max RPM: 3, please try again after 20 seconds',
      20_000,
    ],
    [
      { refused: 'tpm', current: 499_000, limit: 500_000, retryAfterMs: 2000 },
      429,
      'Your account org-1<ak-1> request reached organization TPM rate limit, current:499000, limit:500000',
      2000,
    ],
    [
      { refused: 'tpd', current: 1_500_000, limit: 1_500_000, retryAfterMs: undefined },
      429,
      'Your account org-1<ak-1> request reached organization TPD rate limit,current:1500000, limit:1500000',
      undefined,
    ],
  ] as const) {
    const { desk, seen } = deskWith({
      refuse: () => ({ ...answer, subject: { scope: 'organisation', id: 'org-1', limits } }),
    })
    const refusal = await refusalOf(desk.admit(asking()))
    assert.deepEqual([refusal.status, refusal.publicMessage, refusal.retryAfterMs], [status, message, retryAfterMs])
    assert.deepEqual([seen.holds.length, seen.refused], [0, [refusal.code]])
    await desk.close()
  }
  const { desk, seen } = deskWith({
    hold: () => {
      throw new LedgerError('insufficient', 'too little', { available: 1_500_000 })
    },
  })
  const refusal = await refusalOf(desk.admit(asking()))
  assert.equal(
    refusal.publicMessage,
    'You exceeded your current token quota: <org-1> 0.0015, please check your account balance',
  )
  assert.deepEqual(seen.ended, [0])
  await desk.close()
})

test('suspended accounts, other models and models without a price are refused before anything is counted', async () => {
  const { desk, seen } = deskWith()
  const refused = async (key: Partial<KeyAccount>, more: Partial<Asking> = {}) =>
    (await refusalOf(desk.admit(asking({ key: { ...KEY, ...key }, ...more })))).publicMessage
  assert.equal(
    await refused({ account: { ...ACCOUNT, status: 'suspended' } }),
    'Your account org-1<ak-1> is suspended, please check your plan and billing details',
  )
  assert.equal(await refused({ models: new Set(['kimi-k2.6']) }), 'Not found the model kimi-k2.5 or Permission denied')
  const unpriced = { ...ROUTE, model: { ...ROUTE.model, id: 'kimi-k9' } }
  assert.match(await refused({}, { route: unpriced }), /^The model kimi-k9 has no price/)
  assert.deepEqual(seen.admitted, [])
  await desk.close()
})

test('what cannot be kept is not told as complete, and is kept later', async () => {
  const { desk, seen, clock } = deskWith()
  const admitted = await desk.admit(asking())
  admitted.begin(new Meter(WORDS, () => 10), WORDS)
  seen.failing = 2
  const failure = await refusalOf(admitted.settle(USAGE, undefined))
  assert.equal(failure.code, 'ledger_unavailable')
  assert.deepEqual([seen.ended, desk.unsettled], [[30], 1])
  await clock.pass(1000)
  assert.deepEqual([seen.ends.length, desk.unsettled], [0, 1])
  await clock.pass(1000)
  assert.deepEqual([seen.ends.length, desk.unsettled], [1, 0])
  // A refusal that cannot be kept is still the refusal.
  const other = await desk.admit(asking())
  seen.failing = 1
  await other.settle(undefined, apiError('engine_unavailable'))
  await desk.close()
  assert.deepEqual(
    seen.ends.map(({ cost }) => cost > 0),
    [true, false],
  )
})

test('a whole answer that cannot be kept is not given, and is free', async () => {
  const { desk, seen, clock } = deskWith()
  const admitted = await desk.admit(asking())
  seen.failing = 1
  await refusalOf(admitted.settle(USAGE, undefined))
  await clock.pass(1000)
  assert.deepEqual(
    seen.ends.map(({ cost, record: { status, error } }) => [cost, status, error]),
    [[0, 503, 'ledger_unavailable']],
  )
  await desk.close()
})

test('a stream that runs is noted every second, as far as it is', async () => {
  const { desk, seen, clock } = deskWith()
  const admitted = await desk.admit(asking())
  const meter = new Meter(WORDS, () => 10)
  admitted.begin(meter, WORDS)
  const say = (event: GenerationEvent): void => meter.see(event)
  await clock.pass(1000)
  assert.equal(seen.progress.length, 0)
  say({ type: 'reasoning', choice: 0, text: 'one two ' })
  await clock.pass(1000)
  say({ type: 'text', choice: 0, text: 'three four five ' })
  await clock.pass(1000)
  await clock.pass(1000)
  assert.deepEqual(
    seen.progress.map(({ cost, record }) => [cost, record.completion, record.reasoning, record.error]),
    [
      [10 * 600 + 2 * 3000, 2, 2, 'server_restarted'],
      [10 * 600 + 5 * 3000, 5, 2, 'server_restarted'],
    ],
  )
  await admitted.settle(meter.usage(), undefined)
  say({ type: 'text', choice: 0, text: 'six ' })
  await clock.pass(1000)
  assert.equal(seen.progress.length, 2)
  await desk.close()
})
