import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { manualClock } from '../../../../../test/support/manual-clock.ts'
import { WITHOUT_POSTGRES, type PostgresServer, startPostgres } from '../../../../../test/support/postgres.ts'
import type { HoldAhead, HoldRequest } from '../../ledger/ledger.ts'
import { assertRefused, endOf, inTotal, monthly } from '../testing/contract-test.ts'
import { HOLD_PATIENCE_MS } from './group-entries.ts'
import { FRESH_MS } from './postgres-ledger.ts'
import { type Gateway, withGateways } from './testing/gateways.ts'
import { openLine } from './testing/lossy-line.ts'

function ahead({ bench, store }: Gateway, organisation: string, amount: number, more: Partial<HoldRequest> = {}) {
  return store.ledger.holdAhead(bench.request(organisation, amount, more))
}

function decided(
  gateway: Gateway,
  ...what: [organisation: string, amount: number, more?: Partial<HoldRequest>]
): HoldAhead {
  return ahead(gateway, ...what) ?? assert.fail('it was not asked ahead')
}

function onFreshMoney(server: PostgresServer): void {
  it('only where four times the amount was there a moment ago, less what is asked for meanwhile', async () => {
    const clock = manualClock()
    await withGateways(
      await server.database(),
      1,
      async ([gateway]) => {
        const { bench } = gateway
        const org = await bench.organisation(1_001)
        assert.equal(ahead(gateway, org, 1), undefined, 'nothing was told yet')
        await bench.spend(org, 1)
        assert.equal(ahead(gateway, org, 251), undefined)
        const first = decided(gateway, org, 250)
        // 750 are left by what is known, and 187.5 of them may be asked for.
        assert.equal(ahead(gateway, org, 188), undefined)
        const second = decided(gateway, org, 187)
        await Promise.all([first.kept, second.kept])
        await bench.assertBalance(org, { cash: 563, held: 437 })
        await bench.settle(first.hold, 0)
        await bench.settle(second.hold, 0)
        await clock.pass(FRESH_MS)
        const late = decided(gateway, org, 250)
        await late.kept
        await clock.pass(FRESH_MS + 1)
        assert.equal(ahead(gateway, org, 1), undefined, 'it was told too long ago')
        await bench.settle(late.hold, 0)
        await decided(gateway, org, 1).kept
      },
      { uptime: clock.now },
    )
  })

  it('only where every budget has four times the amount, too', async () => {
    await withGateways(await server.database(), 1, async ([gateway]) => {
      const { bench } = gateway
      const org = await bench.organisation(1_000_000)
      await bench.spend(org, 1, { key: 'ak-2' })
      const keyBudget = monthly(1_000)
      assert.equal(ahead(gateway, org, 1, { keyBudget }), undefined, 'nobody has told of this budget')
      const hold = await bench.hold(org, 200, { keyBudget })
      assert.equal(ahead(gateway, org, 201, { keyBudget }), undefined)
      await bench.settle(hold, 0)
      // Its end has told that nothing is spent.
      const whole = decided(gateway, org, 250, { keyBudget })
      assert.equal(ahead(gateway, org, 188, { keyBudget }), undefined)
      assert.equal(ahead(gateway, org, 1, { projectBudget: inTotal(1_000) }), undefined)
      await decided(gateway, org, 10_000).kept
      await whole.kept
    })
  })

  it('and what another gateway has spent meanwhile is refused behind it: it is undone, and has no end', async () => {
    await withGateways(await server.database(), 2, async ([here, there]) => {
      const { bench } = here
      const org = await bench.organisation(1_001)
      await bench.spend(org, 1)
      await there.bench.hold(org, 900)
      const { hold, kept } = decided(here, org, 250)
      const settled = bench.settle(hold, 40)
      const refusal = await assertRefused(kept, 'insufficient')
      assert.equal(refusal.available, 100)
      await assertRefused(settled, 'not_held')
      await assertRefused(bench.settle(hold, 40), 'not_held')
      here.store.ledger.progress(hold, endOf(hold, 40))
      await here.sweep()
      assert.equal(ahead(here, org, 26), undefined, 'it knows better now')
      await bench.assertBalance(org, { cash: 100, held: 900 })
      assert.equal(here.store.figures.openHolds, 0)
    })
  })

  it('and so is what it has spent of a budget', async () => {
    await withGateways(await server.database(), 2, async ([here, there]) => {
      const { bench } = here
      const org = await bench.organisation(1_000_000)
      const keyBudget = inTotal(1_000)
      await bench.settle(await bench.hold(org, 1, { keyBudget }), 0)
      await there.bench.hold(org, 800, { keyBudget })
      const { hold, kept } = decided(here, org, 250, { keyBudget })
      assert.equal((await assertRefused(kept, 'key_budget')).available, 200)
      await assertRefused(bench.settle(hold, 40), 'not_held')
      await bench.assertBalance(org, { cash: 999_200, held: 800 })
    })
  })
}

function overBrokenConnections(server: PostgresServer): void {
  it('a hold whose answer gets lost is kept once', async () => {
    await using line = await openLine(await server.database(), 'moonbase ledger')
    await withGateways(line.url, 1, async ([gateway]) => {
      const { bench, store } = gateway
      const org = await bench.organisation(1_001)
      await bench.spend(org, 1)
      line.loseNextAnswer()
      const { hold, kept } = decided(gateway, org, 100)
      await kept
      assert.ok(store.figures.failures > 0, 'no answer got lost')
      await bench.assertBalance(org, { cash: 900, held: 100 })
      await bench.settle(hold, 40)
      await bench.assertBalance(org, { cash: 960, held: 0 })
      await bench.assertClean()
    })
  })

  it('one that is given up while it may have been made is refused, and released', async () => {
    await using line = await openLine(await server.database(), 'moonbase ledger')
    const clock = manualClock()
    await withGateways(
      line.url,
      1,
      async ([gateway]) => {
        const { bench, sweep } = gateway
        const org = await bench.organisation(1_001)
        await bench.spend(org, 1)
        line.loseNextAnswer()
        const { hold, kept } = decided(gateway, org, 100)
        const settled = bench.settle(hold, 40)
        // All patience is over with the first failure.
        await Promise.all([
          assertRefused(kept, 'unavailable'),
          assertRefused(settled, 'not_held'),
          clock.pass(HOLD_PATIENCE_MS),
        ])
        await bench.assertBalance(org, { cash: 900, held: 100 })
        assert.equal(ahead(gateway, org, 1), undefined, 'the database was not well')
        await sweep()
        await bench.assertBalance(org, { cash: 1_000, held: 0 })
        await assertRefused(bench.settle(hold, 40), 'not_held')
        await bench.assertClean()
      },
      { uptime: clock.now },
    )
  })

  it('a database that is gone refuses what was asked ahead, and nobody is asked ahead until it is back', async () => {
    await using own = await startPostgres({ waitsForDisk: false })
    const clock = manualClock()
    await withGateways(
      await own.database(),
      1,
      async ([gateway]) => {
        const { bench } = gateway
        const org = await bench.organisation(1_001)
        await bench.spend(org, 1)
        await own.kill()
        const { hold, kept } = decided(gateway, org, 100)
        await Promise.all([assertRefused(kept, 'unavailable'), clock.pass(HOLD_PATIENCE_MS)])
        await assertRefused(bench.settle(hold, 40), 'not_held')
        assert.equal(ahead(gateway, org, 100), undefined)
        await own.restart()
        await bench.assertBalance(org, { cash: 1_000, held: 0 })
        const again = await bench.hold(org, 100)
        await bench.settle(again, 0)
        await decided(gateway, org, 100).kept
        await bench.assertBalance(org, { cash: 900, held: 100 })
      },
      { uptime: clock.now },
    )
  })
}

if (WITHOUT_POSTGRES === false) {
  const server = await startPostgres({ waitsForDisk: false })
  after(() => server[Symbol.asyncDispose]())
  void describe('an engine is asked ahead on PostgreSQL', () => onFreshMoney(server))
  void describe('asked ahead over a database that comes and goes', () => overBrokenConnections(server))
} else {
  void it('an engine is asked ahead on PostgreSQL', { skip: WITHOUT_POSTGRES }, () => undefined)
}
