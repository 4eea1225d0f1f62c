import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, describe, it } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { eventually } from '../../../../../test/support/eventually.ts'
import { type ManualClock, manualClock } from '../../../../../test/support/manual-clock.ts'
import { WITHOUT_POSTGRES, type PostgresServer, startPostgres } from '../../../../../test/support/postgres.ts'
import type { AccountRecords, ApiKeyRecord } from '../../records/account-records.ts'
import { Directory } from '../../accounts/directory.ts'
import type { Hold } from '../../ledger/ledger.ts'
import { START, assertRefused, endOf, inTotal, requestRecord } from '../testing/contract-test.ts'
import { openStore } from '../open-store.ts'
import { type Gateway, named, openGateway, withGateways } from './testing/gateways.ts'
import { openLine } from './testing/lossy-line.ts'
import { END_PATIENCE_MS, HOLD_PATIENCE_MS } from './group-entries.ts'
import { SILENCE_MS, openPostgresStore } from './open-postgres-store.ts'
import type { After } from './silence.ts'

const apiKey: ApiKeyRecord = {
  id: 'ak-1',
  organisation: 'org-1',
  project: 'proj-1',
  name: 'laptop',
  prefix: 'sk-Ab3d',
  digest: 'a'.repeat(64),
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

function nextChange({ store }: Gateway): Promise<Partial<AccountRecords>> {
  return new Promise((resolve) => {
    store.accounts.onChange(resolve)
  })
}

const isHeld = <Value>(one: PromiseSettledResult<Value>): Value[] => (one.status === 'fulfilled' ? [one.value] : [])

function manyGateways(server: PostgresServer): void {
  it('2,000 holds at three gateways against a balance for 1,000 are 1,000 holds', async () => {
    await withGateways(await server.database(), 3, async (gateways) => {
      const org = await gateways[0].bench.organisation(1_000 * 7)
      const tried = await Promise.allSettled(
        Array.from({ length: 2_000 }, (_, index) =>
          gateways[index % 3 === 0 ? 0 : index % 3 === 1 ? 1 : 2].bench.hold(org, 7),
        ),
      )
      const holds = tried.flatMap(isHeld)
      assert.equal(holds.length, 1_000)
      for (const one of tried)
        if (one.status === 'rejected') await assertRefused(Promise.reject(one.reason as Error), 'insufficient')
      await gateways[1].bench.assertBalance(org, { cash: 0, held: 7_000 })
      await gateways[2].bench.assertClean()
      // Ends come at any gateway.
      await Promise.all(holds.map((hold, index) => gateways[index % 2 === 0 ? 0 : 2].bench.settle(hold, index % 9)))
      const cost = holds.reduce((sum, _, index) => sum + Math.min(index % 9, 7), 0)
      await gateways[0].bench.assertBalance(org, { cash: 7_000 - cost, held: 0 })
      await gateways[0].bench.assertClean()
    })
  })

  it('a budget is not passed by three gateways, and several organisations do not wait in a circle', async () => {
    await withGateways(await server.database(), 3, async (gateways) => {
      const { bench } = gateways[0]
      const orgs = await Promise.all(Array.from({ length: 5 }, () => bench.organisation(1_000_000)))
      const work = gateways.flatMap((gateway) =>
        Array.from({ length: 200 }, async (_, index) => {
          const org = orgs[index % orgs.length] ?? ''
          const more = { keyBudget: inTotal(100), key: index % 2 === 0 ? 'ak-even' : 'ak-odd' }
          const hold = await gateway.bench.hold(org, 3, more)
          gateway.store.ledger.progress(hold, endOf(hold, 1))
          if (index % 50 === 0) await gateway.sweep()
          if (index % 20 === 0) await gateway.bench.credit(org, 'recharge', 1)
          return hold
        }),
      )
      const holds = (await Promise.allSettled(work)).flatMap(isHeld)
      // 33 of 3 nanos fit into each budget, and each of the keys of the five organisations has more requests than that.
      assert.equal(holds.length, 5 * 2 * 33)
      await Promise.all(holds.map((hold) => gateways[1].bench.settle(hold, 3)))
      await bench.assertClean()
    })
  })

  it('two gateways that start at once make the tables once', async () => {
    const url = await server.database()
    await withGateways(url, 3, async ([first]) => {
      assert.equal(await server.ask(url, 'SELECT count(*) = max(number) FROM migrations'), 't')
      assert.equal(await server.ask(url, 'SELECT count(DISTINCT id) FROM gateways'), '3')
      await first.bench.assertClean()
    })
  })

  it('a database of a newer program is refused', async () => {
    const url = await server.database()
    await (await openGateway(url)).store.close()
    await server.ask(url, 'INSERT INTO migrations (number) VALUES (1000)')
    await assert.rejects(openGateway(url), /it is older/)
  })

  it('a revoked key, a new key and a recharge are told to the others at once, and not to who changed them', async () => {
    await withGateways(await server.database(), 2, async ([here, there]) => {
      const org = await here.bench.organisation()
      await here.sweep()
      await there.sweep()
      let toldMyself = 0
      here.store.accounts.onChange(() => toldMyself++)
      const heard = nextChange(there)
      await here.store.accounts.put({ apiKeys: [apiKey] })
      assert.deepEqual(await heard, { apiKeys: [apiKey] })
      const revoked = nextChange(there)
      await here.store.accounts.put({ apiKeys: [{ ...apiKey, status: 'revoked' }] })
      assert.deepEqual((await revoked).apiKeys?.[0]?.status, 'revoked')
      await here.sweep()
      assert.equal(toldMyself, 0)
      const [recharged, mine] = [nextChange(there), nextChange(here)]
      await here.bench.credit(org, 'recharge', 50)
      assert.deepEqual([await recharged, await mine], [{ recharged: { [org]: 50 } }, { recharged: { [org]: 50 } }])
    })
  })

  it('accounts that three gateways make at once have each name once, and no more of them than may be', async () => {
    const url = await server.database()
    await withGateways(url, 3, async (gateways) => {
      const problems: string[] = []
      const directories = await Promise.all(
        gateways.map(({ store }) =>
          Directory.open({
            store: store.accounts,
            now: () => START,
            random: randomBytes,
            onProblem: (problem) => void problems.push(problem),
          }),
        ),
      )
      const none = { limits: null, budget: null, contentRetentionDays: null }
      const kindOf = (one: PromiseSettledResult<unknown>): string =>
        one.status === 'rejected' ? String(Object(one.reason).kind) : 'made'
      const organisations = await Promise.allSettled(
        directories.map((one) => one.createOrganisation({ name: 'acme', currency: 'USD', tier: '0' })),
      )
      assert.deepEqual(organisations.map(kindOf).toSorted(), ['conflict', 'conflict', 'made'])
      const [first] = directories
      const id = first?.organisations().find(({ name }) => name === 'acme')?.id ?? ''
      const made = await Promise.allSettled(
        directories.flatMap((one, at) =>
          Array.from({ length: 12 }, (_, count) => one.createProject(id, { name: `${at % 2} ${count}`, ...none })),
        ),
      )
      assert.equal(made.filter((one) => kindOf(one) === 'made').length, 20)
      assert.deepEqual([...new Set(made.map(kindOf))].toSorted(), ['conflict', 'limit', 'made'])
      assert.equal(await server.ask(url, 'SELECT count(*), count(DISTINCT name) FROM projects'), '20|20')
      for (const { sweep } of gateways) await sweep()
      for (const one of directories) assert.equal(one.projects(id).length, 20)
      assert.deepEqual(problems, [])
    })
  })

  it('what changed while nobody could hear is told by the next poll', async () => {
    const url = await server.database()
    await withGateways(url, 2, async ([here, there]) => {
      await here.bench.organisation()
      await there.sweep()
      // Those who listen lose their connections, and hear nothing of what comes then.
      await server.ask(
        url,
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'moonbase changes'`,
      )
      const heard = nextChange(there)
      await here.store.accounts.put({ apiKeys: [apiKey] })
      await there.sweep()
      assert.deepEqual(await heard, { apiKeys: [apiKey] })
      const listening = `SELECT count(*) FROM pg_stat_activity
        WHERE datname = current_database() AND application_name = 'moonbase changes' AND query ILIKE 'listen%'`
      await eventually(
        () => server.ask(url, listening),
        (count) => count === '2',
      )
      const again = nextChange(there)
      await here.store.accounts.put({ apiKeys: [{ ...apiKey, status: 'revoked' }] })
      assert.equal((await again).apiKeys?.[0]?.status, 'revoked')
    })
  })

  it('holds of a gateway that is gone are ended by two others that look at once, each of them once', async () => {
    const url = await server.database()
    await withGateways(url, 2, async ([first, second]) => {
      const org = await first.bench.organisation(1_000)
      const gone = named(await openGateway(url), 'gone')
      const holds = await Promise.all(Array.from({ length: 60 }, () => gone.bench.hold(org, 10)))
      for (const hold of holds.slice(0, 20)) gone.store.ledger.progress(hold, endOf(hold, 4))
      await gone.sweep()
      await gone.store.abandon()
      await Promise.all([first.beat(), second.beat()])
      await first.bench.assertBalance(org, { held: 600 })
      await lapse(server, url, gone)
      await Promise.all([first.beat(), second.beat()])
      await first.bench.assertBalance(org, { cash: 1_000 - 20 * 4, held: 0 })
      const sum = (of: 'settled' | 'released'): number => first.store.recovered[of] + second.store.recovered[of]
      assert.deepEqual([sum('settled'), sum('released')], [20, 40])
      await first.bench.assertClean()
    })
  })

  it('a gateway that comes back behind its lease finds the ends that were made: they stand, and are counted', async () => {
    const url = await server.database()
    await withGateways(url, 2, async ([slow, other]) => {
      const org = await slow.bench.organisation(1_000)
      const hold = await slow.bench.hold(org, 100)
      const kept = await slow.bench.hold(org, 100)
      slow.store.ledger.progress(hold, endOf(hold, 30))
      await slow.sweep()
      await lapse(server, url, slow)
      await other.beat()
      await slow.beat()
      const before = slow.store.figures.failures
      await slow.bench.settle(hold, 90)
      await slow.bench.settle(kept, 90)
      assert.equal(slow.store.figures.failures, before + 2)
      await slow.bench.assertBalance(org, { cash: 970, held: 0 })
      assert.equal(slow.store.figures.openHolds, 0)
      // It lives again: what it holds now is its own.
      const fresh = await slow.bench.hold(org, 100)
      await other.beat()
      await slow.bench.settle(fresh, 100)
      await slow.bench.assertBalance(org, { cash: 870, held: 0 })
      await slow.bench.assertClean()
    })
  })

  it('a lease is as long as the configuration says, and renewed five times in it', async () => {
    const url = await server.database()
    const clock = { now: () => START, sleep: () => Promise.reject(new Error('nobody waits')) }
    const configured = await openStore(
      { store: { kind: 'postgres', url }, storeLeaseMs: 600_000, dataFolder: '/unused' },
      clock,
      () => undefined,
    )
    try {
      const length = `SELECT round(extract(epoch FROM lease_until - started_at) / 60) FROM gateways`
      assert.equal(await server.ask(url, length), '10')
    } finally {
      await configured.close()
    }
    const intervals: number[] = []
    const every = (ms: number): (() => void) => {
      intervals.push(ms)
      return () => undefined
    }
    const store = await openPostgresStore({ url, now: () => START, uptime: () => 0, every, leaseMs: 60_000 })
    await store.close()
    assert.equal(intervals.filter((ms) => ms === 12_000).length, 2)
  })

  it('a gateway that was away itself takes nobody for gone until it has been back for a lease', async () => {
    const url = await server.database()
    await withGateways(url, 2, async ([first, second]) => {
      const org = await first.bench.organisation(1_000)
      const hold = await first.bench.hold(org, 100)
      // The network was away from both of them.
      await lapse(server, url, first)
      await server.ask(
        url,
        `UPDATE gateways SET lease_until = now() - interval '1 minute' WHERE id = ${second.store.gateway}`,
      )
      await second.beat()
      await first.beat()
      await first.bench.settle(hold, 60)
      await first.bench.assertBalance(org, { cash: 940, held: 0 })
    })
  })
}

/** Its lease has run out, and the others have been there all the time. */
async function lapse(server: PostgresServer, url: string, { store }: Gateway): Promise<void> {
  await server.ask(
    url,
    `UPDATE gateways SET since = '-infinity';
     UPDATE gateways SET lease_until = '-infinity' WHERE id = ${store.gateway}`,
  )
}

/** Silence is over when the test says so, too. */
function alarmBy(clock: ManualClock): After {
  return (ms, work) => {
    const stop = new AbortController()
    void clock.sleep(ms, stop.signal).then(work, () => undefined)
    return () => stop.abort()
  }
}

function brokenConnections(server: PostgresServer): void {
  it('a hold and an end whose answers get lost are made once', async () => {
    await using line = await openLine(await server.database(), 'moonbase ledger')
    await withGateways(line.url, 1, async ([{ bench, store }]) => {
      const org = await bench.organisation(1_000)
      await bench.spend(org, 1)
      line.loseNextAnswer()
      const hold = await bench.hold(org, 100)
      assert.ok(store.figures.failures > 0, 'no answer got lost')
      await bench.assertBalance(org, { cash: 899, held: 100 })
      const before = store.figures.failures
      line.loseNextAnswer()
      await bench.settle(hold, 40)
      assert.ok(store.figures.failures > before, 'no answer got lost')
      await bench.assertBalance(org, { cash: 959, held: 0 })
      assert.equal((await store.ledger.transfers(org, { limit: 10 })).length, 5)
      await bench.assertClean()
    })
  })

  it('a hold that is given up while it may have been made is released', async () => {
    await using line = await openLine(await server.database(), 'moonbase ledger')
    const clock = manualClock()
    await withGateways(
      line.url,
      1,
      async ([{ bench, sweep }]) => {
        const org = await bench.organisation(1_000)
        await bench.spend(org, 1)
        line.loseNextAnswer()
        const request = bench.request(org, 100)
        const refused = assertRefused(bench.store.ledger.hold(request), 'unavailable')
        // All patience is over with the first failure.
        await Promise.all([refused, clock.pass(HOLD_PATIENCE_MS)])
        await bench.assertBalance(org, { cash: 899, held: 100 })
        await assertRefused(bench.store.ledger.hold(request), 'unavailable')
        await sweep()
        await bench.assertBalance(org, { cash: 999, held: 0 })
        await assertRefused(bench.store.ledger.hold(request), 'unavailable')
        await bench.assertClean()
      },
      { uptime: clock.now },
    )
  })

  it('a hold that was given up before it came is never made', async () => {
    const url = await server.database()
    await withGateways(url, 1, async ([{ bench }]) => {
      const org = await bench.organisation(1_000)
      await server.ask(url, `INSERT INTO abandoned_holds (organisation, request) VALUES ('${org}', 'late')`)
      await assertRefused(bench.hold(org, 100, { request: 'late' }), 'unavailable')
      await bench.assertBalance(org, { cash: 1_000, held: 0 })
    })
  })

  it('what the database does not take fails alone', async () => {
    await withGateways(await server.database(), 1, async ([{ bench, sweep, store }]) => {
      const org = await bench.organisation(1_000)
      const tried = await Promise.allSettled([
        bench.hold(org, 10),
        bench.hold(org, 10, { request: 'a zero \0 byte' }),
        bench.hold(org, 10, { model: 'half \ud83d and \0' }),
      ])
      assert.deepEqual(
        tried.map(({ status }) => status),
        ['fulfilled', 'rejected', 'fulfilled'],
      )
      store.ledger.note(
        requestRecord({ request: 'n', at: START, organisation: org, project: 'p', key: 'k', model: '\0\udc00' }),
      )
      await sweep()
      await Promise.all(tried.flatMap(isHeld).map((hold) => bench.settle(hold, 1)))
      await bench.assertBalance(org, { cash: 998, held: 0 })
    })
  })

  it('a database that stands still refuses in words, and when it goes on nothing is left over', async () => {
    await using own = await startPostgres({ waitsForDisk: false })
    const url = await own.database()
    const clock = manualClock()
    // What was asked before is under way in the next turn, and hears nothing.
    const silence = (): Promise<void> => setImmediate().then(() => clock.pass(SILENCE_MS))
    await withGateways(
      url,
      1,
      async ([{ bench, sweep, store }]) => {
        const org = await bench.organisation(1_000)
        const hold = await bench.hold(org, 100)
        own.pause()
        const refused = [
          assertRefused(bench.hold(org, 50), 'unavailable'),
          assertRefused(bench.hold(org, 50), 'unavailable'),
        ]
        const settled = bench.settle(hold, 60)
        await Promise.all([...refused, silence()])
        const [health] = await Promise.all([store.health(), silence()])
        assert.match(health ?? '', /does not answer|cannot be reached/)
        own.resume()
        await settled
        await sweep()
        assert.equal(await store.health(), undefined)
        await bench.assertBalance(org, { cash: 940, held: 0 })
        await bench.assertClean()
      },
      { uptime: clock.now, after: alarmBy(clock) },
    )
  })

  it('an end that a database that is away did not take gives way to the one that holds then', async () => {
    await using own = await startPostgres({ waitsForDisk: false })
    const clock = manualClock()
    await withGateways(
      await own.database(),
      1,
      async ([{ bench, sweep, store }]) => {
        const org = await bench.organisation(1_000)
        const hold = await bench.hold(org, 100)
        await own.kill()
        const settled = store.ledger.settle(hold, { ...endOf(hold, 40), otherwise: () => endOf(hold, 0) })
        // All patience is over with the first failure.
        await Promise.all([assertRefused(settled, 'unavailable'), clock.pass(END_PATIENCE_MS)])
        await own.restart()
        await sweep()
        await bench.assertBalance(org, { cash: 1_000, held: 0 })
        await bench.assertClean()
      },
      { uptime: clock.now },
    )
  })

  it('a database that is killed under load and starts again has every end that was promised, and no hold too many', async () => {
    await using own = await startPostgres({ waitsForDisk: false })
    const url = await own.database()
    const clock = manualClock()
    await withGateways(
      url,
      3,
      async (gateways) => {
        const { bench } = gateways[0]
        const orgs = await Promise.all(Array.from({ length: 6 }, () => bench.organisation(10_000_000)))
        const promised = new Map(orgs.map((org) => [org, 0]))
        const load = new AbortController()
        const count = { ended: 0 }
        const more = (ends: number): Promise<number> => {
          const enough = count.ended + ends
          return eventually(
            () => {
              load.signal.throwIfAborted()
              return count.ended
            },
            (ended) => ended >= enough,
          )
        }
        const spend = async ({ bench: its }: Gateway, index: number): Promise<void> => {
          const org = orgs[index % orgs.length] ?? ''
          while (!load.signal.aborted) {
            let hold: Hold
            try {
              hold = await its.hold(org, 10)
            } catch {
              // A refusal can come at once, and nothing else would ever run.
              await setImmediate()
              continue
            }
            await its.settle(hold, 7)
            count.ended++
            promised.set(org, (promised.get(org) ?? 0) + 7)
          }
        }
        const spenders = gateways.flatMap((gateway) => Array.from({ length: 12 }, (_, index) => spend(gateway, index)))
        const spent = Promise.all(spenders).catch((error: unknown) => {
          load.abort(error)
          throw error
        })
        try {
          for (let round = 0; round < 4; round++) {
            await more(150)
            await own.kill()
            // Who waits for a hold now is refused. Ends have more patience than all rounds take.
            const refused = assertRefused(bench.hold(orgs[0] ?? '', 10), 'unavailable')
            await Promise.all([refused, clock.pass(HOLD_PATIENCE_MS)])
            await own.restart()
          }
        } finally {
          load.abort()
          await Promise.allSettled(spenders)
        }
        await spent
        await Promise.all(gateways.map(({ sweep }) => sweep()))
        for (const [org, cost] of promised) await bench.assertBalance(org, { cash: 10_000_000 - cost, held: 0 })
        await bench.assertClean()
      },
      { uptime: clock.now },
    )
  })
}

if (WITHOUT_POSTGRES === false) {
  const server = await startPostgres({ waitsForDisk: false })
  after(() => server[Symbol.asyncDispose]())
  void describe('several gateways on one database', () => manyGateways(server))
  void describe('a database that comes and goes', () => brokenConnections(server))
} else {
  void it('several gateways on PostgreSQL', { skip: WITHOUT_POSTGRES }, () => undefined)
}
