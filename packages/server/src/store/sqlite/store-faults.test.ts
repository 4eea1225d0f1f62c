import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import type { Hold } from '../../ledger/ledger.ts'
import { START, StoreBench, assertRefused, endOf, requestRecord } from '../testing/contract-test.ts'
import type { StoreSite } from '../testing/store-site.ts'
import { type SqliteStore, openSqliteStore } from './open-sqlite-store.ts'

interface Scene {
  readonly path: string
  readonly bench: StoreBench
  readonly sweep: () => Promise<void>
}

/** A store in a file of its own, whose sweep runs when the test says so. */
async function withStore(body: (scene: Scene) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'moonbase-store-'))
  const path = join(folder, 'moonbase.db')
  let sweeps: (() => Promise<void>)[] = []
  const every = (_: number, work: () => Promise<void>): (() => void) => {
    sweeps.push(work)
    return () => undefined
  }
  const sweep = async (): Promise<void> => {
    for (const work of sweeps) await work()
  }
  const open = (): Promise<SqliteStore> => {
    sweeps = []
    return openSqliteStore({ path, now: () => START, every, busyMs: 20 })
  }
  const store = await open()
  const site: StoreSite = {
    open,
    sweep,
    crash: () => Promise.resolve(),
    plant: () => Promise.resolve(),
    remove: () => Promise.resolve(),
  }
  const bench = new StoreBench(site, { now: START }, store)
  try {
    await body({ path, bench, sweep })
  } finally {
    await bench.store.close()
    rmSync(folder, { recursive: true })
  }
}

/** Another program that keeps the file locked until it is told not to. */
function lockedBy(path: string): () => void {
  const other = new DatabaseSync(path)
  other.exec('BEGIN IMMEDIATE')
  return () => {
    other.exec('ROLLBACK')
    other.close()
  }
}

test('a disk that does not take a group refuses everybody in it, and the memory is as it was', () =>
  withStore(async ({ path, bench, sweep }) => {
    const org = await bench.organisation(1_000)
    const unlock = lockedBy(path)
    const refused = await Promise.allSettled([
      bench.hold(org, 100),
      bench.hold(org, 200),
      bench.credit(org, 'recharge', 50, { idempotencyKey: 'k' }),
    ])
    assert.deepEqual(
      refused.map(({ status }) => status),
      ['rejected', 'rejected', 'rejected'],
    )
    const refusal = await assertRefused(bench.hold(org, 1), 'unavailable')
    assert.match(refusal.message, /locked by another program/)
    await bench.assertBalance(org, { cash: 1_000, held: 0, recharged: 1_000 })
    assert.match((await bench.store.health()) ?? '', /locked/)
    assert.equal(bench.store.figures.openHolds, 0)
    assert.ok(bench.store.figures.failures > 0)

    await sweep()
    assert.match((await bench.store.health()) ?? '', /locked/)
    unlock()
    await sweep()
    assert.equal(await bench.store.health(), undefined)
    await bench.credit(org, 'recharge', 50, { idempotencyKey: 'k' })
    await bench.spend(org, 7)
    await bench.assertBalance(org, { cash: 1_043, held: 0 })
    await bench.assertClean()
    await bench.reopen()
    await bench.assertBalance(org, { cash: 1_043, held: 0 })
    await bench.assertClean()
  }))

test('what was decided while a group was written falls with it', () =>
  withStore(async ({ path, bench, sweep }) => {
    const org = await bench.organisation(100)
    const hold = await bench.hold(org, 100)
    const unlock = lockedBy(path)
    const released = assertRefused(bench.settle(hold, 0), 'unavailable')
    await setImmediate()
    await setImmediate()
    // It counts on the money that the release gives back.
    const second = assertRefused(bench.hold(org, 100), 'unavailable')
    await Promise.all([released, second])
    await bench.assertBalance(org, { cash: 0, held: 100 })
    unlock()
    await sweep()
    await bench.assertBalance(org, { cash: 100, held: 0 })
    await bench.assertClean()
  }))

test('an end that the disk did not take is kept as soon as it does, once', () =>
  withStore(async ({ path, bench, sweep }) => {
    const org = await bench.organisation(1_000)
    const hold = await bench.hold(org, 100)
    const unlock = lockedBy(path)
    await assertRefused(bench.settle(hold, 40), 'unavailable')
    await bench.assertBalance(org, { cash: 900, held: 100 })
    await sweep()
    unlock()
    await sweep()
    await bench.assertBalance(org, { cash: 960, held: 0 })
    await bench.settle(hold, 90)
    await bench.assertBalance(org, { cash: 960, held: 0 })
    await bench.assertClean()
  }))

test('an end that the disk did not take gives way to the one that holds then', () =>
  withStore(async ({ path, bench, sweep }) => {
    const org = await bench.organisation(1_000)
    const hold = await bench.hold(org, 100)
    const unlock = lockedBy(path)
    const settled = bench.store.ledger.settle(hold, { ...endOf(hold, 40), otherwise: () => endOf(hold, 0) })
    await assertRefused(settled, 'unavailable')
    unlock()
    await sweep()
    await bench.assertBalance(org, { cash: 1_000, held: 0 })
    await bench.assertClean()
  }))

test('an end that comes behind the end of the store is refused, and its hold is ended at the next start', () =>
  withStore(async ({ bench }) => {
    const org = await bench.organisation(1_000)
    const hold = await bench.hold(org, 100)
    await bench.store.close()
    await assertRefused(bench.settle(hold, 40), 'unavailable')
    await bench.reopen()
    assert.deepEqual(bench.store.recovered, { settled: 0, released: 1 })
    await bench.assertBalance(org, { cash: 1_000, held: 0 })
  }))

test('notes and progress that the disk did not take are kept later', () =>
  withStore(async ({ path, bench, sweep }) => {
    const org = await bench.organisation(1_000)
    const hold = await bench.hold(org, 100)
    const unlock = lockedBy(path)
    const record = requestRecord({ ...hold, request: 'refused', status: 429, error: 'rate_limit_reached_error' })
    bench.store.ledger.note(record)
    bench.store.ledger.progress(hold, { cost: 30, record: requestRecord({ ...hold, cost: 30 }) })
    await sweep()
    unlock()
    await sweep()
    await sweep()
    const found = await bench.store.usage.requests({ filter: {}, from: 0, to: START + 1, limit: 5 })
    assert.deepEqual(
      found.map(({ request }) => request),
      ['refused'],
    )
    await bench.reopen()
    assert.deepEqual(bench.store.recovered, { settled: 1, released: 0 })
    await bench.assertBalance(org, { cash: 970, held: 0 })
    await bench.assertClean()
  }))

test('refused requests that nobody has time to keep are dropped and counted', () =>
  withStore(async ({ bench, sweep }) => {
    const org = await bench.organisation()
    const record = requestRecord({ ...bench.request(org, 0), status: 429, error: 'rate_limit_reached_error' })
    for (let index = 0; index < 10_003; index++) bench.store.ledger.note(record)
    assert.equal(bench.store.figures.droppedNotes, 3)
    await sweep()
    const [row] = await bench.store.usage.usage({
      filter: {},
      from: START - (START % 3_600_000),
      to: START + 3_600_000,
      by: [],
      bucket: 'all',
      limit: 1,
    })
    assert.equal(row?.requests, 10_000)
    await bench.assertClean()
  }))

test('one turn of the event loop is one commit', () =>
  withStore(async ({ bench }) => {
    const org = await bench.organisation(1_000)
    const before = bench.store.figures
    const holds = await Promise.all(Array.from({ length: 300 }, () => bench.hold(org, 1)))
    assert.equal(bench.store.figures.commits - before.commits, 1)
    assert.equal(bench.store.figures.rows - before.rows, 300)
    assert.equal(bench.store.figures.openHolds, 300)
    await Promise.all(holds.map((hold) => bench.settle(hold, 1)))
    assert.equal(bench.store.figures.openHolds, 0)
  }))

test('a record with fractions of milliseconds and names without end is kept, and nobody falls with it', () =>
  withStore(async ({ bench }) => {
    const org = await bench.organisation(1_000)
    const hold = await bench.hold(org, 10)
    const odd = { totalMs: 12.7, firstTokenMs: Number.NaN, prompt: 1.5, servedModel: null }
    await Promise.all([bench.settle(hold, 3, odd), bench.spend(org, 1)])
    bench.store.ledger.note(requestRecord({ ...hold, request: 'long', model: 'x'.repeat(100_000) }))
    await bench.site.sweep(bench.store)
    const found = await bench.store.usage.requests({ filter: {}, from: 0, to: START + 1, limit: 5 })
    const kept = found.find(({ request }) => request === hold.request)
    assert.deepEqual([kept?.totalMs, kept?.firstTokenMs, kept?.prompt], [13, 0, 2])
    assert.equal(found.find(({ request }) => request === 'long')?.model.length, 128)
    await bench.assertClean()
  }))

test('amounts that are none are refused, and leave the state alone', () =>
  withStore(async ({ bench }) => {
    const org = await bench.organisation(1_000)
    const hold = await bench.hold(org, 10)
    for (const amount of [-1, 0.5, Number.NaN, Infinity, 2 ** 60]) {
      await assert.rejects(bench.hold(org, amount), RangeError)
      await assert.rejects(bench.settle(hold, amount), RangeError)
      await assert.rejects(bench.credit(org, 'voucher', amount))
    }
    await bench.settle(hold, 1)
    await bench.assertBalance(org, { cash: 999, voucher: 0, held: 0 })
    await bench.assertClean()
  }))

test('a second server is refused for as long as the first one lives', () =>
  withStore(async ({ path, bench }) => {
    await assert.rejects(
      openSqliteStore({ path, now: () => START }),
      /^Error: another server uses it: stop that one, or /,
    )
    await bench.reopen()
  }))

test('people may read the file while the server runs, and may not change a transfer', () =>
  withStore(async ({ path, bench }) => {
    const org = await bench.organisation(1_000)
    const hold = await bench.spend(org, 10)
    const other = new DatabaseSync(path)
    const rows = other.prepare('SELECT kind, organisation, request, cash FROM ledger ORDER BY id DESC').all()
    assert.deepEqual({ ...rows[0] }, { kind: 'settle', organisation: org, request: hold.request, cash: 10 })
    assert.equal(other.prepare('SELECT key FROM request_log').get()?.['key'], 'ak-1')
    assert.throws(() => other.exec('UPDATE transfers SET cash = 0'), /append only/)
    assert.throws(() => other.exec('DELETE FROM transfers'), /append only/)
    assert.throws(
      () =>
        other.exec(
          'INSERT INTO transfers (id, kind, organisation, hold, cash, voucher, at) VALUES (99, 2, 1, 2, 0, 0, 0)',
        ),
      /UNIQUE constraint failed/,
    )
    other.close()
  }))

test('a file that is no database, and one of a newer program, are refused in words', () =>
  withStore(async ({ path, bench }) => {
    writeFileSync(
      `${path}-other`,
      'this is a letter, and not a database of anybody, however long one reads it'.repeat(99),
    )
    await assert.rejects(openSqliteStore({ path: `${path}-other`, now: () => START }), /not a database/)
    const other = new DatabaseSync(path)
    other.exec('INSERT INTO migrations VALUES (999)')
    other.close()
    await assert.rejects(bench.reopen(), /it is older/)
  }))

test('a store in memory keeps everything but the process', async () => {
  const store = await openSqliteStore({ path: ':memory:', now: () => START })
  const nothing = (): Promise<void> => Promise.resolve()
  const site = { open: () => Promise.resolve(store), sweep: nothing, crash: nothing, plant: nothing, remove: nothing }
  const bench = new StoreBench(site, { now: START }, store)
  const org = await bench.organisation(1_000)
  const holds: Hold[] = await Promise.all(Array.from({ length: 50 }, () => bench.hold(org, 10)))
  const ends = Promise.all(holds.map((hold) => bench.settle(hold, 4)))
  await Promise.all([bench.assertClean(), bench.assertClean(), ends])
  await bench.assertBalance(org, { cash: 800, held: 0 })
  assert.equal((await store.ledger.transfers(org, { limit: 500 })).length, 101)
  await bench.assertClean()
  await store.close()
  await assertRefused(bench.hold(org, 1), 'unavailable')
})

/** A server that spends as fast as it can, and says how many requests it was told are settled. */
const SPENDER = `
  import { openSqliteStore } from ${JSON.stringify(new URL('open-sqlite-store.ts', import.meta.url).href)}
  import { StoreBench } from ${JSON.stringify(new URL('../testing/contract-test.ts', import.meta.url).href)}
  import { writeSync } from 'node:fs'
  const store = await openSqliteStore({ path: process.argv[2], now: Date.now })
  const bench = new StoreBench({}, { now: Date.now() }, store)
  await store.accounts.put({ organisations: [{ id: 'org-a', name: 'a', currency: 'USD', status: 'active', tier: null, createdAt: 0 }] })
  await bench.credit('org-a', 'recharge', 1_000_000_000)
  let settled = 0
  const leave = (error) => {
    writeSync(1, 'refused ' + error.message + '\\n')
    process.exit(0)
  }
  const spend = async () => {
    for (;;) {
      const hold = await bench.hold('org-a', 7).catch(leave)
      await bench.settle(hold, 3).catch(leave)
      settled++
      if (settled % 50 === 0) writeSync(1, settled + '\\n')
    }
  }
  await Promise.all(Array.from({ length: 16 }, spend))
`

/** Runs the spender until `stop` says so; gives what it said. */
function runSpender(path: string, shell: string, stop: (said: string) => boolean): Promise<string> {
  writeFileSync(`${path}-spender.mjs`, SPENDER)
  const command = ['-c', `${shell}exec "$0" "$1" "$2"`, process.execPath, `${path}-spender.mjs`, path]
  const child = spawn('bash', command, { stdio: ['ignore', 'pipe', 'inherit'] })
  return new Promise((resolve, reject) => {
    let said = ''
    child.stdout.setEncoding('utf8')
    child.stdout.on('data', (text: string) => {
      said += text
      if (stop(said)) child.kill('SIGKILL')
    })
    child.on('error', reject)
    child.on('close', () => resolve(said))
  })
}

test('after kill -9 the file is free, what was settled is settled once, and the rest is released', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'moonbase-store-'))
  const path = join(folder, 'moonbase.db')
  const said = await runSpender(path, '', (text) => text.includes('500\n'))
  const told = Number(said.trim().split('\n').at(-1))
  const store = await openSqliteStore({ path, now: Date.now })
  const { cash, held } = await store.ledger.balance('org-a')
  const settled = (1_000_000_000 - cash) / 3
  assert.equal(held, 0)
  assert.ok(Number.isInteger(settled) && settled >= told, `${settled} are settled, and ${told} were told so`)
  assert.deepEqual((await store.ledger.audit(Date.now())).problems, [])
  await store.close()
  rmSync(folder, { recursive: true })
})

test('a full disk refuses holds in words, and loses nothing', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'moonbase-store-'))
  const path = join(folder, 'moonbase.db')
  // No file may grow past so many blocks of 1,024 bytes.
  const said = await runSpender(path, 'ulimit -f 2000; ', () => false)
  assert.match(said, /refused The store cannot keep this: the disk (?:is full|does not read or write)/)
  const told = Number(said.trim().split('\n').at(-2))
  const store = await openSqliteStore({ path, now: Date.now })
  const { cash, held } = await store.ledger.balance('org-a')
  assert.equal(held, 0)
  assert.ok((1_000_000_000 - cash) / 3 >= told)
  assert.deepEqual((await store.ledger.audit(Date.now())).problems, [])
  await store.close()
  rmSync(folder, { recursive: true })
})
