import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import type { HoldAhead, HoldRequest } from '../../ledger/ledger.ts'
import { LedgerError } from '../../ledger/ledger.ts'
import { START, StoreBench, endOf } from '../testing/contract-test.ts'
import type { StoreSite } from '../testing/store-site.ts'
import { openSqliteStore } from './open-sqlite-store.ts'

interface Scene {
  readonly bench: StoreBench
  /** Decided, and not on the disk yet. */
  decide(organisation: string, request: string, amount: number, soon?: boolean): HoldAhead
  /** Lets the pauses of the store end. */
  passPauses(): void
  lock(): () => void
}

async function withStore(body: (scene: Scene) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'moonbase-store-'))
  const path = join(folder, 'moonbase.db')
  let pauses: (() => void)[] = []
  const pause = (): Promise<void> => new Promise((resolve) => pauses.push(resolve))
  const every = () => () => undefined
  const open = () => openSqliteStore({ path, now: () => START, every, busyMs: 20, pause })
  const nothing = () => Promise.resolve()
  const site: StoreSite = { open, sweep: nothing, crash: nothing, plant: nothing, remove: nothing }
  const bench = new StoreBench(site, { now: START }, await open())
  try {
    await body({
      bench,
      decide(organisation, request, amount, soon = true) {
        const { ledger } = bench.store
        const ahead = ledger.holdAhead(requestOf(organisation, request, amount))
        if (ahead === undefined) assert.fail('it was not decided in memory')
        if (soon) ledger.hurry(ahead.hold)
        return ahead
      },
      passPauses() {
        for (const resolve of pauses.splice(0)) resolve()
      },
      lock() {
        const other = new DatabaseSync(path)
        other.exec('BEGIN IMMEDIATE')
        return () => {
          other.exec('ROLLBACK')
          other.close()
        }
      },
    })
  } finally {
    pauses = []
    await bench.store.close()
    rmSync(folder, { recursive: true })
  }
}

function requestOf(organisation: string, request: string, amount: number): HoldRequest {
  const of = { request, organisation, project: 'p', key: 'k', model: 'kimi-k2.5', amount }
  return { ...of, projectBudget: undefined, keyBudget: undefined, at: START, deadline: START + 1_000 }
}

const isNotHeld = (error: unknown): boolean => error instanceof LedgerError && error.kind === 'not_held'

test('a hold that is decided counts at once, before it is on the disk', () =>
  withStore(async ({ bench, decide }) => {
    const org = await bench.organisation(100)
    const { hold, kept } = decide(org, 'first', 80)
    assert.equal(hold.amount, 80)
    assert.throws(
      () => decide(org, 'second', 30),
      (error: unknown) => error instanceof LedgerError && error.kind === 'insufficient' && error.available === 20,
    )
    await kept
    await bench.store.ledger.settle(hold, endOf(hold, 10))
    await bench.assertBalance(org, { cash: 90, held: 0 })
    await bench.assertClean()
  }))

test('asked for twice it is not decided twice', () =>
  withStore(async ({ bench, decide }) => {
    const org = await bench.organisation(100)
    const { hold } = decide(org, 'first', 80)
    assert.equal(bench.store.ledger.holdAhead(requestOf(org, 'first', 80)), undefined)
    assert.equal(await bench.store.ledger.hold(requestOf(org, 'first', 80)), hold)
    await bench.store.ledger.settle(hold, endOf(hold, 0))
    await bench.assertClean()
  }))

test('a hold that nobody waits for is kept together with its end, in one commit', () =>
  withStore(async ({ bench, decide }) => {
    const org = await bench.organisation(100)
    const { commits } = bench.store.figures
    const { hold, kept } = decide(org, 'whole', 80, false)
    await bench.store.ledger.settle(hold, endOf(hold, 10))
    await kept
    assert.equal(bench.store.figures.commits, commits + 1)
    await bench.assertBalance(org, { cash: 90, held: 0 })
    await bench.reopen()
    await bench.assertBalance(org, { cash: 90, held: 0 })
    await bench.assertClean()
  }))

test('and by itself when its end does not come soon', () =>
  withStore(async ({ bench, decide, passPauses }) => {
    const org = await bench.organisation(100)
    const { commits } = bench.store.figures
    const { hold, kept } = decide(org, 'slow', 80, false)
    passPauses()
    await kept
    assert.equal(bench.store.figures.commits, commits + 1)
    await bench.store.ledger.settle(hold, endOf(hold, 10))
    assert.equal(bench.store.figures.commits, commits + 2)
    await bench.assertClean()
  }))

test('a disk that fails undoes it, and an end that was handed in before it: nothing is paid, nor owed later', () =>
  withStore(async ({ bench, decide, lock }) => {
    const org = await bench.organisation(100)
    const unlock = lock()
    const { hold, kept } = decide(org, 'first', 80)
    const settled = bench.store.ledger.settle(hold, endOf(hold, 10))
    await assert.rejects(kept, LedgerError)
    await assert.rejects(settled, isNotHeld)
    await bench.assertBalance(org, { cash: 100, held: 0 })
    // Also for who comes with it later.
    await assert.rejects(bench.store.ledger.settle(hold, endOf(hold, 10)), isNotHeld)
    unlock()
    await bench.store.health()
    await bench.reopen()
    await bench.assertBalance(org, { cash: 100, held: 0 })
    assert.equal(bench.store.figures.openHolds, 0)
    await bench.assertClean()
  }))
