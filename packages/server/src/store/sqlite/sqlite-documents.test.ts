import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { START, StoreBench, assertRefused, endOf } from '../testing/contract-test.ts'
import { KIND, OWNER, get, write } from '../testing/documents-contract.ts'
import { openSqliteStore } from './open-sqlite-store.ts'

interface Scene {
  readonly path: string
  readonly bench: StoreBench
  readonly sweep: () => Promise<void>
}

async function withStore(body: (scene: Scene) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'moonbase-store-'))
  const path = join(folder, 'moonbase.db')
  const sweeps: (() => Promise<void>)[] = []
  const every = (_: number, work: () => Promise<void>): (() => void) => {
    sweeps.push(work)
    return () => undefined
  }
  const sweep = async (): Promise<void> => {
    for (const work of sweeps) await work()
  }
  const store = await openSqliteStore({ path, now: () => START, every, busyMs: 20 })
  const nothing = (): Promise<void> => Promise.resolve()
  const site = { open: async () => store, sweep, crash: nothing, plant: nothing, remove: nothing }
  try {
    await body({ path, bench: new StoreBench(site, { now: START }, store), sweep })
  } finally {
    await store.close()
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

test('an end that the disk did not take is kept later with its documents, once', () =>
  withStore(async ({ path, bench, sweep }) => {
    const org = await bench.organisation(1_000)
    const hold = await bench.hold(org, 100)
    const unlock = lockedBy(path)
    const end = { ...endOf(hold, 40), documents: [write('a')] }
    await assertRefused(bench.store.ledger.settle(hold, end), 'unavailable')
    await assertRefused(bench.store.documents.put([write('b')]), 'unavailable')
    await assertRefused(bench.store.documents.lease(KIND, { dueAt: 1, until: 2, limit: 1 }), 'unavailable')
    assert.equal(await get(bench, 'a'), undefined)
    unlock()
    await sweep()
    await bench.assertBalance(org, { cash: 960, held: 0 })
    assert.equal((await get(bench, 'a'))?.revision, 1)
    assert.equal(await get(bench, 'b'), undefined)
    await sweep()
    await bench.store.ledger.settle(hold, end)
    assert.equal((await get(bench, 'a'))?.revision, 1)
    await bench.assertClean()
  }))

test('an end whose documents changed while the disk was away is released then', () =>
  withStore(async ({ path, bench, sweep }) => {
    const org = await bench.organisation(1_000)
    const [hold, other] = [await bench.hold(org, 100), await bench.hold(org, 100)]
    const unlock = lockedBy(path)
    const endings = [hold, other].map((one) =>
      bench.store.ledger.settle(one, { ...endOf(one, 40), documents: [write('a')] }),
    )
    await Promise.all(endings.map((ending) => assertRefused(ending, 'unavailable')))
    unlock()
    await sweep()
    // One of the two was first, and the other is not paid.
    await bench.assertBalance(org, { cash: 960, held: 0 })
    await bench.assertClean()
  }))

test('what was decided beside an end in conflict is kept with it', () =>
  withStore(async ({ bench }) => {
    const org = await bench.organisation(100)
    await bench.store.documents.put([write('taken')])
    const hold = await bench.hold(org, 100)
    const late = bench.store.ledger.settle(hold, { ...endOf(hold, 60), documents: [write('taken')] })
    await setImmediate()
    // The group is with the disk, and this counts on the 40 that the settlement gives back.
    const second = bench.hold(org, 40)
    await assertRefused(late, 'document_conflict')
    await bench.settle(await second, 40)
    await bench.assertBalance(org, { cash: 60, held: 0 })
    await bench.assertClean()
    const audited = bench.store.ledger.audit(START)
    const again = await bench.hold(org, 60)
    await assertRefused(
      bench.store.ledger.settle(again, { ...endOf(again, 60), documents: [write('taken')] }),
      'document_conflict',
    )
    assert.deepEqual((await audited).problems, [])
  }))

test('ends with more documents than a group may have go in several', () =>
  withStore(async ({ bench }) => {
    const org = await bench.organisation(1_000)
    const holds = await Promise.all(Array.from({ length: 16 }, () => bench.hold(org, 10)))
    const value = 'x'.repeat(250 * 1024)
    const before = bench.store.figures.commits
    const settled = holds.map((hold) =>
      bench.store.ledger.settle(hold, {
        ...endOf(hold, 9),
        documents: Array.from({ length: 30 }, (_, index) => write(`${hold.request}-${index}`, { value })),
      }),
    )
    // The same end once more while the first one waits for room.
    settled.push(...holds.map((hold) => bench.settle(hold, 9)))
    await Promise.all(settled)
    assert.ok(bench.store.figures.commits - before >= 3)
    await bench.assertBalance(org, { cash: 1_000 - 16 * 9, held: 0 })
  }))

test('puts of one moment share a commit with each other and with money', () =>
  withStore(async ({ bench }) => {
    const org = await bench.organisation(1_000)
    const before = bench.store.figures.commits
    await Promise.all([
      bench.hold(org, 1),
      ...Array.from({ length: 50 }, (_, index) => bench.store.documents.put([write(`n-${index}`)])),
    ])
    assert.equal(bench.store.figures.commits - before, 1)
  }))

test('what waits for the disk has a limit, and there is room again behind it', () =>
  withStore(async ({ bench }) => {
    const value = 'x'.repeat(250 * 1024)
    const puts = Array.from({ length: 12 }, (_, at) =>
      bench.store.documents.put(Array.from({ length: 30 }, (__, n) => write(`${at}-${n}`, { value }))),
    )
    const outcomes = await Promise.allSettled(puts)
    const kept = outcomes.filter(({ status }) => status === 'fulfilled').length
    assert.ok(kept >= 8 && kept < 12, String(kept))
    assert.equal(await bench.store.documents.put([write('later', { value })]), 'kept')
    assert.equal(await bench.store.documents.count(KIND, OWNER, {}), kept * 30 + 1)
  }))

/** A server that settles as fast as it can, each end with a document of its own, and counts those in another. */
const SETTLER = `
  import { openSqliteStore } from ${JSON.stringify(new URL('open-sqlite-store.ts', import.meta.url).href)}
  import { StoreBench, endOf } from ${JSON.stringify(new URL('../testing/contract-test.ts', import.meta.url).href)}
  import { write } from ${JSON.stringify(new URL('../testing/documents-contract.ts', import.meta.url).href)}
  import { writeSync } from 'node:fs'
  const store = await openSqliteStore({ path: process.argv[2], now: Date.now })
  const bench = new StoreBench({}, { now: Date.now() }, store)
  await store.accounts.put({ organisations: [{ id: 'org-a', name: 'a', currency: 'USD', status: 'active', tier: null, createdAt: 0 }] })
  await bench.credit('org-a', 'recharge', 1_000_000_000)
  await store.documents.put([write('taken')])
  let settled = 0
  const spend = async () => {
    for (let turn = 0; ; turn++) {
      const hold = await bench.hold('org-a', 7)
      const documents = [write(hold.request), ...(turn % 10 === 9 ? [write('taken')] : [])]
      const end = { ...endOf(hold, 3), documents }
      const isSettled = await store.ledger.settle(hold, end).then(() => true, () => false)
      if (isSettled && ++settled % 50 === 0) writeSync(1, settled + '\\n')
    }
  }
  await Promise.all(Array.from({ length: 16 }, spend))
`

test('after kill -9 there are as many documents as ends that were paid', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'moonbase-store-'))
  const path = join(folder, 'moonbase.db')
  writeFileSync(`${path}-settler.mjs`, SETTLER)
  const child = spawn(process.execPath, [`${path}-settler.mjs`, path], { stdio: ['ignore', 'pipe', 'inherit'] })
  const said = await new Promise<string>((resolve, reject) => {
    let text = ''
    child.stdout.setEncoding('utf8')
    child.stdout.on('data', (more: string) => {
      text += more
      if (text.includes('500\n')) child.kill('SIGKILL')
    })
    child.on('error', reject)
    child.on('close', () => resolve(text))
  })
  const told = Number(said.trim().split('\n').at(-1))
  const store = await openSqliteStore({ path, now: Date.now })
  const { cash, held } = await store.ledger.balance('org-a')
  const settled = (1_000_000_000 - cash) / 3
  assert.equal(held, 0)
  assert.ok(settled >= told)
  assert.equal(await store.documents.count(KIND, OWNER, { prefix: 'req-' }), settled)
  assert.deepEqual((await store.ledger.audit(Date.now())).problems, [])
  await store.close()
  rmSync(folder, { recursive: true })
})
