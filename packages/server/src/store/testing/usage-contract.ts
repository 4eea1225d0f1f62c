/** Usage and the request log: sums over time, and single requests. */

import assert from 'node:assert/strict'
import type { RequestQuery, UsageQuery, UsageRow } from '../../usage/usage-reader.ts'
import type { RequestRecord } from '../../records/request-record.ts'
import type { Timeline } from '../../records/timeline.ts'
import { type ContractTest, HOUR, START, type StoreBench, requestRecord } from './contract-test.ts'

/** Ten o'clock. */
const TEN = START - 20 * 60_000
const DAY = 24 * HOUR
const TODAY = TEN - 10 * HOUR

const usageQuery = (more: Partial<UsageQuery> = {}): UsageQuery => ({
  filter: {},
  from: TODAY,
  to: TODAY + 2 * DAY,
  by: [],
  bucket: 'all',
  limit: 100,
  ...more,
})

const requestQuery = (more: Partial<RequestQuery> = {}): RequestQuery => ({
  filter: {},
  from: TODAY,
  to: TODAY + 2 * DAY,
  limit: 100,
  ...more,
})

/** Two organisations in two currencies, over two days: `[r1, r2, r3, r4]` of the first, `[r5]` of the other. */
async function scene(bench: StoreBench): Promise<{ readonly usd: string; readonly cny: string }> {
  const usd = await bench.organisation(1_000)
  const cny = await bench.organisation(1_000, 'CNY')
  await bench.spend(usd, 10, { request: 'r1', at: START })
  await bench.spend(usd, 20, { request: 'r2', at: START + 1_000, key: 'ak-2', engine: 'hosted', cached: 0 })
  await bench.spend(usd, 30, { request: 'r3', at: START + HOUR, project: 'proj-2', key: 'ak-3', model: 'kimi-k2.6' })
  await bench.spend(usd, 5, { request: 'r4', at: START + DAY, status: 200, error: 'engine_cut' })
  await bench.spend(cny, 70, { request: 'r5', at: START, project: 'proj-9', key: 'ak-9' })
  bench.time.now = START + DAY + HOUR
  return { usd, cny }
}

const columns = (rows: readonly UsageRow[], ...names: readonly (keyof UsageRow)[]): unknown[][] =>
  rows.map((row) => names.map((name) => row[name]))

const ids = (records: readonly RequestRecord[]): string[] => records.map(({ request }) => request)

export function usageContract(it: ContractTest): void {
  it('usage sums tokens, money, requests and errors, and never adds two currencies', async (bench) => {
    await scene(bench)
    const rows = await bench.store.usage.usage(usageQuery())
    const expected = [
      {
        at: TODAY,
        currency: 'CNY',
        requests: 1,
        errors: 0,
        prompt: 100,
        cached: 60,
        completion: 50,
        reasoning: 20,
        cost: 70,
      },
      {
        at: TODAY,
        currency: 'USD',
        requests: 4,
        errors: 1,
        prompt: 400,
        cached: 180,
        completion: 200,
        reasoning: 80,
        cost: 65,
      },
    ]
    assert.deepEqual(
      rows.toSorted((a, b) => a.cost - b.cost),
      expected.toSorted((a, b) => a.cost - b.cost),
    )
  })

  it('usage is told by hour and by day', async (bench) => {
    const { usd } = await scene(bench)
    const filter = { organisation: usd }
    const hours = await bench.store.usage.usage(usageQuery({ filter, bucket: 'hour' }))
    assert.deepEqual(columns(hours, 'at', 'requests', 'cost'), [
      [TEN, 2, 30],
      [TEN + HOUR, 1, 30],
      [TEN + DAY, 1, 5],
    ])
    const days = await bench.store.usage.usage(usageQuery({ filter, bucket: 'day' }))
    assert.deepEqual(columns(days, 'at', 'requests', 'cost'), [
      [TODAY, 3, 60],
      [TODAY + DAY, 1, 5],
    ])
    const some = await bench.store.usage.usage(usageQuery({ filter, bucket: 'hour', from: TEN + HOUR, to: TEN + DAY }))
    assert.deepEqual(columns(some, 'at', 'cost'), [[TEN + HOUR, 30]])
  })

  it('usage is told apart by the columns that are asked for, and by no others', async (bench) => {
    const { usd, cny } = await scene(bench)
    const { usage } = bench.store
    const byKey = await usage.usage(usageQuery({ by: ['organisation', 'key'] }))
    const rows = columns(byKey, 'organisation', 'key', 'cost', 'project', 'model')
    const none: (string | number | undefined)[] = [undefined, undefined]
    const expected: (typeof none)[] = [
      [usd, 'ak-1', 15],
      [usd, 'ak-2', 20],
      [usd, 'ak-3', 30],
      [cny, 'ak-9', 70],
    ]
    assert.deepEqual(
      rows,
      expected.map((row) => row.concat(none)),
    )
    const byEngine = await usage.usage(usageQuery({ filter: { organisation: usd }, by: ['model', 'engine'] }))
    assert.deepEqual(columns(byEngine, 'model', 'engine', 'requests'), [
      ['kimi-k2.5', 'cluster', 2],
      ['kimi-k2.5', 'hosted', 1],
      ['kimi-k2.6', 'cluster', 1],
    ])
    assert.equal((await usage.usage(usageQuery({ by: ['key'], limit: 2 }))).length, 2)
  })

  it('usage is filtered by each column', async (bench) => {
    const { usd } = await scene(bench)
    const costOf = async (filter: UsageQuery['filter']): Promise<number> =>
      (await bench.store.usage.usage(usageQuery({ filter }))).reduce((sum, { cost }) => sum + cost, 0)
    assert.equal(await costOf({ organisation: usd }), 65)
    assert.equal(await costOf({ project: 'proj-1' }), 35)
    assert.equal(await costOf({ key: 'ak-2' }), 20)
    assert.equal(await costOf({ model: 'kimi-k2.6' }), 30)
    assert.equal(await costOf({ engine: 'hosted' }), 20)
    assert.equal(await costOf({ organisation: usd, key: 'ak-1', engine: 'cluster' }), 15)
    assert.equal(await costOf({ organisation: usd, key: 'ak-9' }), 0)
    assert.equal(await costOf({ key: 'nobody' }), 0)
  })

  it('requests are told newest first and whole', async (bench) => {
    const { usd } = await scene(bench)
    const records = await bench.store.usage.requests(requestQuery({ filter: { organisation: usd } }))
    assert.deepEqual(ids(records), ['r4', 'r3', 'r2', 'r1'])
    assert.deepEqual(
      { ...records[2] },
      requestRecord({
        request: 'r2',
        at: START + 1_000,
        organisation: usd,
        project: 'proj-1',
        key: 'ak-2',
        model: 'kimi-k2.5',
        engine: 'hosted',
        cached: 0,
        cost: 20,
      }),
    )
  })

  it('requests are filtered by columns, time and error, and told a page at a time', async (bench) => {
    const { usd, cny } = await scene(bench)
    const { usage } = bench.store
    const found = async (more: Partial<RequestQuery>): Promise<string[]> =>
      ids(await usage.requests(requestQuery(more)))
    assert.deepEqual(await found({ filter: { organisation: cny } }), ['r5'])
    assert.deepEqual(await found({ filter: { organisation: usd, key: 'ak-1' } }), ['r4', 'r1'])
    assert.deepEqual(await found({ filter: { engine: 'hosted' } }), ['r2'])
    assert.deepEqual(await found({ filter: { model: 'nothing' } }), [])
    assert.deepEqual(await found({ error: 'engine_cut' }), ['r4'])
    assert.deepEqual(await found({ filter: { organisation: usd }, from: START + 1_000, to: START + DAY }), ['r3', 'r2'])
    assert.deepEqual(await found({ filter: { organisation: usd }, limit: 2 }), ['r4', 'r3'])
    assert.deepEqual(await found({ filter: { organisation: usd }, limit: 2, before: 'r3' }), ['r2', 'r1'])
    assert.deepEqual(await found({ filter: { organisation: usd }, limit: 2, before: 'r1' }), [])
  })

  it('what a request is a part of is told with it, and a whole loop is found by it', async (bench) => {
    const org = await bench.organisation(1_000)
    const other = await bench.organisation(1_000)
    const timeline: Timeline = {
      attempts: [
        { replica: 'cluster/1', outcome: 'network', beganMs: 2, firstTokenMs: null, endedMs: 40 },
        { replica: 'cluster/2', outcome: 'complete', beganMs: 41, firstTokenMs: 300, endedMs: null },
      ],
      seams: [{ from: 'cluster/1', to: 'cluster/2', reason: 'network', atMs: null }],
    }
    const labels = { step: 'Straße "eins"\u0000', '\ud800': '\u{1f600}' }
    const loop = { api: 'anthropic', parent: 'r1', run: 'run 7', class: 'batch', fees: 3, labels, timeline } as const
    await bench.spend(org, 10, { request: 'r1', run: 'run 7' })
    await bench.spend(org, 10, { ...loop, request: 'r2', at: START + 2 * DAY - HOUR })
    await bench.spend(org, 0, { ...loop, request: 'r3', at: START + 1 })
    await bench.spend(other, 10, { request: 'r4', run: 'run 7', parent: 'r9' })
    const { usage } = bench.store
    const [last] = await usage.requests(requestQuery({ filter: { organisation: org }, to: TODAY + 3 * DAY, limit: 1 }))
    const origin = { organisation: org, project: 'proj-1', key: 'ak-1', model: 'kimi-k2.5' }
    assert.deepEqual(last, requestRecord({ ...origin, ...loop, request: 'r2', at: START + 2 * DAY - HOUR, cost: 10 }))
    assert.deepEqual(await usage.request('r2'), last)
    // Fees are a part of the cost, and what was not paid has none.
    assert.equal((await usage.request('r3'))?.fees, 0)
    const found = async (filter: RequestQuery['filter'], more: Partial<RequestQuery> = {}): Promise<string[]> =>
      ids(await usage.requests(requestQuery({ filter, to: TODAY + 3 * DAY, ...more })))
    assert.deepEqual(await found({ run: 'run 7', organisation: org }), ['r2', 'r3', 'r1'])
    assert.deepEqual(await found({ run: 'run 7', organisation: org }, { limit: 2 }), ['r2', 'r3'])
    assert.deepEqual(await found({ run: 'run 7', organisation: org }, { limit: 2, before: 'r3' }), ['r1'])
    assert.deepEqual(await found({ run: 'run 7' }, { from: START + 1 }), ['r2', 'r3'])
    assert.deepEqual(await found({ parent: 'r1' }), ['r2', 'r3'])
    assert.deepEqual(await found({ parent: 'r1', organisation: other }), [])
    assert.deepEqual(await found({ api: 'anthropic' }), ['r2', 'r3'])
    assert.deepEqual(await found({ api: 'moonshot', organisation: org }), ['r1'])
    assert.deepEqual(await found({ run: 'run 8' }), [])
    assert.deepEqual(await found({ run: 'run 7', parent: 'r9', api: 'moonshot' }), ['r4'])
  })

  it('labels and timelines that are too large are left out, and names that are too long are cut', async (bench) => {
    const org = await bench.organisation(1_000)
    const attempt = { replica: 'cluster/1', outcome: 'complete', beganMs: 0, firstTokenMs: 1, endedMs: 2 }
    const timeline = (attempts: number): Timeline => ({
      attempts: Array.from({ length: attempts }, () => attempt),
      seams: [],
    })
    const most = { l: 'x'.repeat(1_024 - '{"l":""}'.length) }
    await bench.spend(org, 1, { request: 'r1', labels: most, run: 'r'.repeat(128), timeline: timeline(20) })
    const beyond = { labels: { l: `${most.l}x` }, run: `r\u0000${'r'.repeat(200)}`, timeline: timeline(40) }
    await bench.spend(org, 1, { request: 'r2', ...beyond, fees: 0.4 })
    const [first, second] = [await bench.store.usage.request('r1'), await bench.store.usage.request('r2')]
    assert.deepEqual([first?.labels, first?.run?.length, first?.timeline], [most, 128, timeline(20)])
    assert.deepEqual([second?.labels, second?.run, second?.timeline], [null, 'r'.repeat(127), null])
    assert.equal(second?.fees, 0)
  })

  it('requests of the same millisecond are each on one page', async (bench) => {
    const org = await bench.organisation(1_000)
    await Promise.all(Array.from({ length: 10 }, () => bench.spend(org, 1)))
    const seen: string[] = []
    for (let page = 0; page < 5; page++) {
      const before = seen.at(-1)
      const query = requestQuery({ limit: 3, ...(before === undefined ? {} : { before }) })
      seen.push(...ids(await bench.store.usage.requests(query)))
    }
    assert.equal(seen.length, 10)
    assert.equal(new Set(seen).size, 10)
  })

  it('a request that was refused is in the log and the usage, and costs nothing', async (bench) => {
    const org = await bench.organisation(100)
    const refused = requestRecord({
      request: 'r9',
      at: START,
      organisation: org,
      project: 'proj-1',
      key: 'ak-1',
      model: 'kimi-k2.5',
      engine: null,
      servedModel: null,
      status: 429,
      error: 'rate_limit_reached_error',
      attempts: 0,
      prompt: 0,
      cached: 0,
      completion: 0,
      reasoning: 0,
      firstTokenMs: null,
      totalMs: 3,
    })
    bench.store.ledger.note(refused)
    await bench.site.sweep(bench.store)
    const [record] = await bench.store.usage.requests(requestQuery({ error: 'rate_limit_reached_error' }))
    assert.deepEqual({ ...record }, refused)
    const rows = await bench.store.usage.usage(usageQuery({ by: ['engine'] }))
    assert.deepEqual(
      rows.map(({ engine, requests, errors, cost }) => [engine ?? '', requests, errors, cost]),
      [['', 1, 1, 0]],
    )
    await bench.assertBalance(org, { cash: 100, held: 0 })
    await bench.reopen()
    assert.deepEqual(ids(await bench.store.usage.requests(requestQuery())), ['r9'])
  })
}
