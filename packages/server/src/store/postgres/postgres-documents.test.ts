import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { WITHOUT_POSTGRES, type PostgresServer, startPostgres } from '../../../../../test/support/postgres.ts'
import type { Hold, HoldEnd } from '../../ledger/ledger.ts'
import { newRecord } from '../../records/request-record.ts'
import type { StoreSite } from '../testing/store-site.ts'
import { START, StoreBench, assertRefused, endOf } from '../testing/contract-test.ts'
import { KIND, OWNER, get, write } from '../testing/documents-contract.ts'
import { openConnections } from './connections.ts'
import { migrate } from './migrations.ts'
import { type PostgresStore, openPostgresStore } from './open-postgres-store.ts'
import { openLine } from './testing/lossy-line.ts'

/** The last that was made before requests had an API, a parent, a class, fees, labels, a run and a timeline. */
const BEFORE_KEEPING = 4

interface Gateway {
  readonly store: PostgresStore
  readonly bench: StoreBench
  /** All that it does by timers. */
  sweep(): Promise<void>
}

async function openGateway(url: string, name: string): Promise<Gateway> {
  const works: (() => Promise<void>)[] = []
  const every = (_: number, work: () => Promise<void>): (() => void) => {
    works.push(work)
    return () => undefined
  }
  const store = await openPostgresStore({ url, now: () => START, every, connections: 4 })
  const sweep = async (): Promise<void> => {
    for (const work of works) await work()
  }
  const nothing = (): Promise<void> => Promise.resolve()
  const site: StoreSite = { open: async () => store, sweep, crash: nothing, plant: nothing, remove: nothing }
  const bench = new StoreBench(site, { now: START }, store)
  // Ids of several gateways must not meet.
  const newId = bench.newId.bind(bench)
  bench.newId = (prefix) => newId(`${prefix ?? 'req'}-${name}`)
  return { store, bench, sweep }
}

async function withGateways(url: string, body: (here: Gateway, there: Gateway) => Promise<void>): Promise<void> {
  const [here, there] = [await openGateway(url, 'here'), await openGateway(url, 'there')]
  try {
    await body(here, there)
  } finally {
    await Promise.all([here.store.close(), there.store.close()])
  }
}

const settle = ({ store }: Gateway, hold: Hold, cost: number, documents: HoldEnd['documents'] = []): Promise<void> =>
  store.ledger.settle(hold, { ...endOf(hold, cost), documents })

function documentTests(server: PostgresServer): void {
  it('two gateways that lease at once share what is due, and each document is leased once', async () => {
    await withGateways(await server.database(), async (here, there) => {
      const all = Array.from({ length: 300 }, (_, index) => `line-${String(index).padStart(3, '0')}`)
      await here.store.documents.put(all.map((id) => write(id, { dueAt: START })))
      const seen: string[] = []
      const work = async ({ store }: Gateway): Promise<void> => {
        for (;;) {
          const leased = await store.documents.lease(KIND, { dueAt: START, until: START + 9, limit: 7 })
          if (leased.length === 0) return
          seen.push(...leased.map(({ id }) => id))
        }
      }
      await Promise.all([here, there, here, there, here, there].map(work))
      // Who found nothing may have come while others had the rest locked.
      await work(here)
      assert.deepEqual(seen.toSorted(), all)
    })
  })

  it('a sum that two gateways count up is exact, and a name is taken once', async () => {
    await withGateways(await server.database(), async (here, there) => {
      await here.store.documents.put([write('sum', { value: 0 })])
      const add = async (gateway: Gateway, name: string): Promise<void> => {
        for (;;) {
          const sum = await get(gateway.bench, 'sum')
          const next = write('sum', { value: Number(sum?.value) + 1, expects: sum?.revision ?? 1 })
          if ((await gateway.store.documents.put([write(name), next])) === 'kept') return
        }
      }
      await Promise.all(Array.from({ length: 20 }, (_, n) => add(n % 2 === 0 ? here : there, `file-${n}`)))
      assert.deepEqual((await get(there.bench, 'sum'))?.value, 20)
      const firsts = await Promise.all(
        Array.from({ length: 20 }, (_, n) => (n % 2 === 0 ? here : there).store.documents.put([write('one')])),
      )
      assert.equal(firsts.filter((outcome) => outcome === 'kept').length, 1)
    })
  })

  it('two that write the same documents in different orders do not wait in a circle', async () => {
    const url = await server.database()
    await withGateways(url, async (here, there) => {
      const names = Array.from({ length: 40 }, (_, index) => `n-${index}`)
      const writes = names.map((id) => write(id, { expects: 'any' }))
      const put = ({ store }: Gateway, n: number): Promise<string> =>
        store.documents.put(n % 2 === 0 ? writes : writes.toReversed())
      await Promise.all(Array.from({ length: 40 }, (_, n) => put(n % 4 < 2 ? here : there, n)))
      assert.equal((await get(here.bench, 'n-7'))?.revision, 40)
      assert.equal(here.store.figures.failures + there.store.figures.failures, 0)
    })
  })

  it('a line that somebody else has leased is paid by him alone', async () => {
    await withGateways(await server.database(), async (here, there) => {
      const org = await here.bench.organisation(1_000)
      await here.store.documents.put([write('line', { dueAt: START })])
      const [mine] = await here.store.documents.lease(KIND, { dueAt: START, until: START + 1, limit: 1 })
      const hold = await here.bench.hold(org, 100)
      const [theirs] = await there.store.documents.lease(KIND, { dueAt: START + 1, until: START + 9, limit: 1 })
      const other = await there.bench.hold(org, 100)
      const done = (revision = 0) => [write('line', { expects: revision, label: 'done' }), write('result')]
      const ends = await Promise.allSettled([
        settle(here, hold, 40, done(mine?.revision)),
        settle(there, other, 40, done(theirs?.revision)),
      ])
      assert.deepEqual(
        ends.map(({ status }) => status),
        ['rejected', 'fulfilled'],
      )
      await here.bench.assertBalance(org, { cash: 960, held: 0 })
      assert.equal((await get(here.bench, 'line'))?.label, 'done')
      await here.bench.assertClean()
    })
  })

  it('an end that comes behind the one that another gateway made keeps nothing, and says so', async () => {
    const url = await server.database()
    await withGateways(url, async (here, there) => {
      const org = await here.bench.organisation(1_000)
      const hold = await here.bench.hold(org, 100)
      await server.ask(url, `UPDATE gateways SET lease_until = '-infinity' WHERE id = ${here.store.gateway}`)
      await server.ask(url, `UPDATE gateways SET since = now() - interval '1 hour' WHERE id = ${there.store.gateway}`)
      await there.sweep()
      await there.bench.assertBalance(org, { held: 0 })
      await assertRefused(settle(here, hold, 40, [write('a')]), 'document_conflict')
      assert.equal(await get(here.bench, 'a'), undefined)
      await here.bench.assertBalance(org, { cash: 1_000, held: 0 })
    })
  })

  it('what was kept although the answer got lost is told as kept, and what was not is not', async () => {
    const url = await server.database()
    // By another gateway: whoever hears of a recharge asks for it, and the answer to that might be the one that gets lost.
    const other = await openGateway(url, 'other')
    const org = await other.bench.organisation(1_000)
    await other.store.close()
    await using line = await openLine(url)
    const here = await openGateway(line.url, 'here')
    try {
      line.loseNextAnswer()
      assert.equal(await here.store.documents.put([write('a', { value: 1 }), write('b')]), 'kept')
      assert.equal((await get(here.bench, 'a'))?.revision, 1)
      line.loseNextAnswer()
      assert.equal(await here.store.documents.put([write('a', { value: 2, expects: 1 })]), 'kept')
      assert.equal((await get(here.bench, 'a'))?.revision, 2)
      // It was in conflict before the answer got lost, and nobody can know that.
      line.loseNextAnswer()
      await assertRefused(here.store.documents.put([write('c'), write('b')]), 'unavailable')
      assert.equal(await get(here.bench, 'c'), undefined)

      const paid = await here.bench.hold(org, 100)
      line.loseNextAnswer()
      await settle(here, paid, 40, [write('paid')])
      assert.equal((await get(here.bench, 'paid'))?.revision, 1)
      await here.bench.assertBalance(org, { cash: 960, held: 0 })
      const late = await here.bench.hold(org, 100)
      line.loseNextAnswer()
      await assertRefused(settle(here, late, 40, [write('paid')]), 'document_conflict')
      await here.bench.assertBalance(org, { cash: 960, held: 0 })
      await here.bench.assertClean()
    } finally {
      await here.store.close()
    }
  })

  it('a database of an older program goes on, and older gateways with it', async () => {
    const url = await server.database()
    const sql = openConnections({ url, name: 'older', size: 1, random: Math.random, silenceMs: 60_000 })
    await migrate(sql, BEFORE_KEEPING)
    await sql.end()
    const request = `'r1', ${START}, 'org-a', 'proj-1', 'ak-1', 'kimi-k2.5', 'cluster', 'kimi-k2.5', true, 200, null, 1, 0, 2, 0, 0, 5, 6, 1, 0`
    const columns = `request, at, organisation, project, key, model, engine, served_model, streamed, status, error, prompt, cached,
      completion, reasoning, cost, first_token_ms, total_ms, attempts, seams`
    await server.ask(
      url,
      `INSERT INTO organisations VALUES ('org-a', 'a', 'USD', 'active', NULL, 0, 0, 0);
       INSERT INTO wallets (organisation, currency) VALUES ('org-a', 'USD');
       INSERT INTO usage VALUES (${Math.floor(START / 3_600_000)}, 'org-a', 'proj-1', 'ak-1', 'kimi-k2.5', 'cluster', 1, 0, 1, 0, 2, 0, 0);
       INSERT INTO requests (id, ${columns}) VALUES (nextval('ledger_ids'), ${request})`,
    )
    await withGateways(url, async (here) => {
      const [old] = await here.store.usage.requests({ filter: {}, from: 0, to: START + 1, limit: 9 })
      const origin = {
        request: 'r1',
        at: START,
        organisation: 'org-a',
        project: 'proj-1',
        key: 'ak-1',
        model: 'kimi-k2.5',
      }
      const answered = { engine: 'cluster', servedModel: 'kimi-k2.5', streamed: true, attempts: 1 }
      const told = { prompt: 1, completion: 2, firstTokenMs: 5, totalMs: 6 }
      assert.deepEqual(old, { ...newRecord(origin), ...answered, ...told })
      // What a gateway of that time says of a request, with four parameters and without what it does not know.
      const line = {
        ...old,
        request: 'r2',
        how: 'note',
        ended_at: START,
        served_model: null,
        first_token_ms: 1,
        total_ms: 2,
      }
      for (const field of ['api', 'parent', 'class', 'fees', 'labels', 'run', 'timeline'])
        Reflect.deleteProperty(line, field)
      await server.ask(url, `SELECT * FROM ledger_group('org-a', 1, '${JSON.stringify([line])}'::json, NULL)`)
      const found = await here.store.usage.request('r2')
      assert.deepEqual([found?.api, found?.class, found?.fees, found?.run], ['moonshot', 'interactive', 0, null])
      await here.bench.credit('org-a', 'recharge', 100)
      await settle(here, await here.bench.hold('org-a', 10), 10, [write('a')])
      await here.bench.assertBalance('org-a', { cash: 90, held: 0 })
      await here.bench.assertClean()
      assert.equal(await here.store.documents.count(KIND, OWNER, {}), 1)
    })
  })
}

if (WITHOUT_POSTGRES === false) {
  const server = await startPostgres({ waitsForDisk: false })
  after(() => server[Symbol.asyncDispose]())
  void describe('documents at several gateways', () => documentTests(server))
} else {
  void it('documents at several gateways', { skip: WITHOUT_POSTGRES }, () => undefined)
}
