import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ModelRoute } from '@moonbase/core/routing'
import { ApiError, findModel } from '@moonbase/protocol'
import { steppedClock } from '../../../../test/support/stepped-clock.ts'
import type { RateLimits } from '../records/account-records.ts'
import { keyAccount, organisationAccount } from '../accounts/testing/account-fixtures.ts'
import type { KeyAccount } from '../accounts/accounts.ts'
import { type Hold, type HoldRequest, LedgerError } from '../ledger/ledger.ts'
import { PriceBook } from '../prices/price-book.ts'
import { type AdmissionAsk, AdmissionControl } from './admission-control.ts'
import type { AdmissionAnswer, AdmissionRequest, LimitRefusal } from './limiter.ts'

const NONE: RateLimits = { concurrency: null, rpm: null, tpm: null, tpd: null }
const ACCOUNT = organisationAccount({ id: 'org-1', limits: { ...NONE, rpm: 3 } })
const KEY = keyAccount({ id: 'ak-1', organisation: 'org-1', account: ACCOUNT })

function controlWith({
  refuse,
  hold,
  ahead,
  free = 1_000_000_000,
  room = Infinity,
}: {
  refuse?: (request: AdmissionRequest) => AdmissionAnswer | undefined
  hold?: (request: HoldRequest) => void
  /** What is said to a hold that the engine was asked ahead of. */
  ahead?: (request: HoldRequest) => Promise<unknown>
  /** `null`: it is not known. */
  free?: number | null
  room?: number | null
} = {}) {
  const seen = {
    admitted: [] as AdmissionRequest[],
    ended: [] as number[],
    holds: [] as HoldRequest[],
    refused: [] as string[],
    ahead: [] as string[],
  }
  const control = new AdmissionControl({
    queue: {
      admit(request) {
        seen.admitted.push(request)
        const refusal = refuse?.(request)
        if (refusal !== undefined) return refusal
        return {
          requests: { limit: 3, remaining: 2, resetMs: 1500 },
          giveBack: () => undefined,
          end: (used) => void seen.ended.push(used),
        }
      },
    },
    limiter: { room: () => room ?? undefined },
    ledger: {
      free: () => free ?? undefined,
      holdAhead: (request) => ahead && { hold: request, kept: ahead(request) },
      async hold(request): Promise<Hold> {
        seen.holds.push(request)
        hold?.(request)
        return { ...request, cash: request.amount, voucher: 0 }
      },
    },
    accounts: { prices: new PriceBook([]) },
    clock: steppedClock(),
    onRefusal: (code) => void seen.refused.push(code),
    onAhead: (outcome) => void seen.ahead.push(outcome),
  })
  return { control, seen }
}

const MODEL = findModel('kimi-k2.5')
// It looks at the model and the names of its engines only.
const ROUTE = { model: MODEL, targets: [{ name: 'cluster' }] } as unknown as ModelRoute

/** Tells how often it was counted. */
function prompt(tokens: number, atMost: number) {
  const counted = { times: 0 }
  const count = async (): Promise<number> => {
    counted.times += 1
    return tokens
  }
  return { known: undefined, atMost, tokens: count, counted }
}

function asking(more: Partial<AdmissionAsk> = {}): AdmissionAsk {
  return {
    id: 'request-1',
    caller: KEY,
    class: 'interactive',
    within: false,
    arrivedAt: 0,
    route: ROUTE,
    prompt: prompt(10, 100),
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

test('a request is held for at its upper bound, and knows what it costs', async () => {
  const { control, seen } = controlWith()
  const { admission, hold, quote, kept } = await control.admit(asking())
  assert.deepEqual(
    seen.holds.map(({ request, organisation, amount, at }) => [request, organisation, amount, at]),
    [['request-1', 'org-1', 100 * 600 + 1000 * 3000, 0]],
  )
  assert.equal(hold.amount, quote.upperBound(100, 1000))
  assert.deepEqual([admission.requests?.remaining, kept], [2, undefined])
})

test('a prompt is counted only when its bound is refused', async () => {
  const asked = prompt(10, 100)
  const room = controlWith()
  await room.control.admit(asking({ prompt: asked }))
  assert.equal(asked.counted.times, 0)
  const refusal = (request: AdmissionRequest): LimitRefusal | undefined => {
    const [subject] = request.subjects
    if (subject === undefined || request.tokens < 1050) return undefined
    return { refused: 'tpm', subject, current: 0, limit: 1049, retryAfterMs: 100 }
  }
  const tight = controlWith({ refuse: refusal })
  await tight.control.admit(asking())
  assert.deepEqual(
    tight.seen.admitted.map(({ tokens }) => tokens),
    [1100, 1010],
  )
  const poor = controlWith({
    hold: ({ amount }) => {
      if (amount > 10 * 600 + 1000 * 3000) throw new LedgerError('insufficient', 'too little', { available: 3_006_000 })
    },
  })
  await poor.control.admit(asking())
  assert.deepEqual([poor.seen.admitted.length, poor.seen.holds.length], [1, 2])
})

test('a prompt is counted first where its bound is more than a quarter of what is free, or that is not known', async () => {
  for (const bounds of [{ free: 239_999 }, { free: null }, { room: 399 }, { room: null }]) {
    const { control, seen } = controlWith(bounds)
    await control.admit(asking())
    assert.deepEqual(
      [seen.admitted.map(({ tokens }) => tokens), seen.holds.map(({ amount }) => amount)],
      [[1010], [10 * 600 + 1000 * 3000]],
      JSON.stringify(bounds),
    )
  }
  const { control, seen } = controlWith({ free: 240_000, room: 400 })
  await control.admit(asking())
  assert.deepEqual([seen.admitted[0]?.tokens, seen.holds[0]?.amount], [1100, 100 * 600 + 1000 * 3000])
})

test('all bounds of an organisation together are a quarter of what is free, until they end', async () => {
  const { control, seen } = controlWith({ room: 1000 })
  const admitted = [await control.admit(asking()), await control.admit(asking())]
  await control.admit(asking())
  assert.deepEqual(
    seen.admitted.map(({ tokens }) => tokens),
    [1100, 1100, 1010],
  )
  admitted[0]?.admission.end(0)
  admitted[0]?.admission.end(0)
  await control.admit(asking())
  // What a round has given back is free, and its money when it has ended.
  admitted[1]?.admission.giveBack(0)
  await control.admit(asking())
  await control.admit(asking())
  assert.deepEqual(
    seen.admitted.slice(3).map(({ tokens }) => tokens),
    [1100, 1100, 1010],
  )
})

test('a prompt that is counted already is held for at its count', async () => {
  const { control, seen } = controlWith()
  await control.admit(asking({ prompt: { ...prompt(10, 100), known: 10 } }))
  assert.deepEqual([seen.admitted.map(({ tokens }) => tokens), seen.holds[0]?.amount], [[1010], 10 * 600 + 1000 * 3000])
})

test('what is larger than its limit is told so, whatever is held at bounds', async () => {
  const refuse = ({ tokens, subjects: [subject] }: AdmissionRequest): LimitRefusal | undefined =>
    subject !== undefined && tokens > 2000
      ? { refused: 'tpm', subject, current: 0, limit: 2000, retryAfterMs: undefined }
      : undefined
  const { control } = controlWith({ refuse })
  await control.admit(asking({ prompt: prompt(10, 500) }))
  assert.equal((await refusalOf(control.admit(asking({ prompt: prompt(1100, 9000) })))).code, 'tpm_limit')
})

test('what is refused by the windows of a project is told to try again because of its own bounds alone', async () => {
  const refuse = ({ tokens }: AdmissionRequest): LimitRefusal | undefined =>
    tokens > 2000
      ? {
          refused: 'tpm',
          subject: { scope: 'project', id: 'proj-1', limits: NONE },
          current: 3000,
          limit: 5000,
          retryAfterMs: 9000,
        }
      : undefined
  for (const [project, code] of [
    ['proj-1', 'queue_full'],
    ['proj-2', 'tpm_limit'],
  ] as const) {
    const { control } = controlWith({ refuse })
    await control.admit(asking({ caller: { ...KEY, project }, prompt: prompt(10, 500) }))
    const asked = asking({ caller: { ...KEY, project: 'proj-1' }, prompt: prompt(1490, 9000) })
    assert.equal((await refusalOf(control.admit(asked))).code, code)
  }
})

test('what is refused because of bounds is told to try again; what would be refused without them, why', async () => {
  const refuse = ({ tokens, subjects: [subject] }: AdmissionRequest): LimitRefusal | undefined =>
    subject !== undefined && tokens > 2000
      ? { refused: 'tpm', subject, current: 3000, limit: 5000, retryAfterMs: 9000 }
      : undefined
  const windows = controlWith({ refuse })
  const { admission } = await windows.control.admit(asking({ prompt: prompt(10, 500) }))
  const large = (tokens: number) => windows.control.admit(asking({ prompt: prompt(tokens, 9000) }))
  // Of the 500 it takes 10: 490 may be too much.
  const again = await refusalOf(large(1490))
  assert.deepEqual([again.code, again.status, again.retryAfterMs], ['queue_full', 429, 1000])
  assert.equal((await refusalOf(large(1491))).code, 'tpm_limit')
  admission.end(0)
  assert.equal((await refusalOf(large(1490))).code, 'tpm_limit')

  const available = 3_300_000
  const money = controlWith({
    hold: ({ amount }) => {
      if (amount > available) throw new LedgerError('insufficient', 'too little', { available })
    },
  })
  await money.control.admit(asking({ prompt: prompt(10, 500) }))
  const dear = (tokens: number) => money.control.admit(asking({ prompt: prompt(tokens, 9000) }))
  assert.equal((await refusalOf(dear(990))).code, 'queue_full')
  assert.equal((await refusalOf(dear(991))).code, 'quota_exceeded')
})

test('what is refused behind an engine that was asked ahead is told as what exact counts would have been told', async () => {
  const available = 3_300_000
  const { control, seen } = controlWith({
    ahead: ({ amount }) =>
      amount > available
        ? Promise.reject(new LedgerError('insufficient', 'too little', { available }))
        : Promise.resolve(),
  })
  const keptOf = async (tokens: number): Promise<unknown> =>
    (await control.admit(asking({ prompt: prompt(tokens, 9000) }))).kept
  // Its bound of 9,000 was too much, and there is just enough for the 500 that it takes.
  const again = await refusalOf(keptOf(500))
  assert.deepEqual([again.code, again.status, again.retryAfterMs], ['queue_full', 429, 1000])
  const running = await control.admit(asking())
  await running.kept
  // For 501 there is not, but the one that runs is held for at a bound of 100 and takes 10.
  assert.equal((await refusalOf(keptOf(501))).code, 'queue_full')
  running.admission.end(0)
  assert.equal((await refusalOf(keptOf(501))).code, 'quota_exceeded')
  assert.deepEqual(seen.ahead, ['refused', 'kept', 'refused', 'refused'])
  assert.deepEqual(seen.refused, ['queue_full', 'queue_full', 'quota_exceeded'])
})

test('a store that cannot keep what the engine was asked ahead of is away, and not a quota', async () => {
  const { control, seen } = controlWith({
    ahead: () => Promise.reject(new LedgerError('unavailable', 'the disk is full')),
  })
  const { kept } = await control.admit(asking())
  const refusal = await refusalOf(kept ?? assert.fail('it was not asked ahead'))
  assert.deepEqual([refusal.code, refusal.status], ['ledger_unavailable', 503])
  assert.deepEqual([seen.refused, seen.ahead], [['ledger_unavailable'], ['unavailable']])
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
    const { control, seen } = controlWith({
      refuse: () => ({ ...answer, subject: { scope: 'organisation', id: 'org-1', limits } }),
    })
    const refusal = await refusalOf(control.admit(asking()))
    assert.deepEqual([refusal.status, refusal.publicMessage, refusal.retryAfterMs], [status, message, retryAfterMs])
    assert.deepEqual([seen.holds.length, seen.refused], [0, [refusal.code]])
  }
  const { control, seen } = controlWith({
    hold: () => {
      throw new LedgerError('insufficient', 'too little', { available: 1_500_000 })
    },
  })
  const refusal = await refusalOf(control.admit(asking()))
  assert.equal(
    refusal.publicMessage,
    'You exceeded your current token quota: <org-1> 0.0015, please check your account balance',
  )
  assert.deepEqual(seen.ended, [0])
})

test('suspended accounts, other models and models without a price are refused before anything is counted', async () => {
  const { control, seen } = controlWith()
  const refused = async (key: Partial<KeyAccount>, more: Partial<AdmissionAsk> = {}) =>
    (await refusalOf(control.admit(asking({ caller: { ...KEY, ...key }, ...more })))).publicMessage
  assert.equal(
    await refused({ account: { ...ACCOUNT, status: 'suspended' } }),
    'Your account org-1<ak-1> is suspended, please check your plan and billing details',
  )
  assert.equal(await refused({ models: new Set(['kimi-k2.6']) }), 'Not found the model kimi-k2.5 or Permission denied')
  const unpriced = { ...ROUTE, model: { ...ROUTE.model, id: 'kimi-k9' } }
  assert.match(await refused({}, { route: unpriced }), /^The model kimi-k9 has no price/)
  assert.deepEqual(seen.admitted, [])
})

test('batch work is counted by itself, in slots alone, and its refusals say so', async () => {
  const account = organisationAccount({ id: 'org-1', limits: { concurrency: 7, rpm: 3, tpm: 4, tpd: 5 } })
  const caller: KeyAccount = {
    ...KEY,
    account,
    project: 'proj-1',
    projectLimits: { ...NONE, tpm: 9 },
    limits: { ...NONE, concurrency: 2, rpm: 1 },
  }
  const room = controlWith()
  await room.control.admit(asking({ caller, class: 'batch', within: true }))
  assert.deepEqual(room.seen.admitted, [
    {
      subjects: [
        { scope: 'batch-organisation', id: 'org-1', limits: { ...NONE, concurrency: 7 } },
        { scope: 'batch-project', id: 'proj-1', limits: NONE },
        { scope: 'batch-key', id: 'ak-1', limits: { ...NONE, concurrency: 2 } },
      ],
      tokens: 1100,
      within: true,
    },
  ])
  const full = controlWith({
    refuse: ({ subjects: [subject] }) =>
      subject && { refused: 'concurrency', subject, current: 7, limit: 7, retryAfterMs: 1000 },
  })
  assert.equal(
    (await refusalOf(full.control.admit(asking({ caller, class: 'batch' })))).publicMessage,
    'Your account org-1<ak-1> request reached organization batch max concurrency: 7, please try again after 1 seconds',
  )
})

test('who finds the line full is told so, and when to come back', async () => {
  const { control, seen } = controlWith({ refuse: () => 'full' as never })
  const { code, status, retryAfterMs, message } = await refusalOf(control.admit(asking({ waitMs: 500 })))
  assert.deepEqual([code, status, retryAfterMs], ['queue_full', 429, 1000])
  assert.match(message, /org-1/)
  assert.deepEqual([seen.holds, seen.refused], [[], ['queue_full']])
})
