/** Credits: money that operators put in, once for each of their keys. */

import assert from 'node:assert/strict'
import { type ContractTest, assertRefused } from './contract-test.ts'

export function creditContract(it: ContractTest): void {
  it('only recharges count for the tier', async (bench) => {
    const org = await bench.organisation()
    await bench.assertBalance(org, { currency: 'USD', cash: 0, voucher: 0, held: 0, recharged: 0 })
    await bench.credit(org, 'recharge', 100)
    await bench.credit(org, 'voucher', 20)
    await bench.credit(org, 'refund', 3)
    const { balance } = await bench.credit(org, 'adjustment', -4)
    assert.deepEqual(balance, { currency: 'USD', cash: 99, voucher: 20, held: 0, recharged: 100 })
    await bench.assertBalance(org, balance)
    assert.equal((await bench.store.accounts.load()).recharged[org], 100)
  })

  it('an adjustment may leave a debt, and then only the voucher is there to spend', async (bench) => {
    const org = await bench.organisation(10)
    await bench.credit(org, 'adjustment', -15)
    await bench.credit(org, 'voucher', 8)
    await bench.assertBalance(org, { cash: -5, voucher: 8 })
    assert.equal((await assertRefused(bench.hold(org, 4), 'insufficient')).available, 3)
    await bench.settle(await bench.hold(org, 3), 2)
    await bench.assertBalance(org, { cash: -5, voucher: 6, held: 0 })
  })

  it('the same key again gives the first credit, also at the same time and after a restart', async (bench) => {
    const org = await bench.organisation()
    const more = { idempotencyKey: 'k1' }
    const credits = await Promise.all([
      bench.credit(org, 'recharge', 50, more),
      bench.credit(org, 'recharge', 50, more),
      bench.credit(org, 'recharge', 50, more),
    ])
    assert.equal(credits.filter(({ repeated }) => !repeated).length, 1)
    assert.equal(new Set(credits.map(({ id }) => id)).size, 1)
    await bench.reopen()
    bench.time.now += 1_000
    const again = await bench.credit(org, 'recharge', 50, more)
    assert.deepEqual([again.repeated, again.id, again.balance.cash], [true, credits[0]?.id, 50])
    await bench.assertBalance(org, { cash: 50, recharged: 50 })
    await bench.credit(await bench.organisation(), 'recharge', 70, more)
    await bench.assertBalance(org, { cash: 50 })
  })

  it('the same key for something else is a conflict', async (bench) => {
    const org = await bench.organisation()
    const more = { idempotencyKey: 'k1' }
    await bench.credit(org, 'recharge', 50, more)
    await assertRefused(bench.credit(org, 'recharge', 51, more), 'idempotency_conflict')
    await assertRefused(bench.credit(org, 'voucher', 50, more), 'idempotency_conflict')
    await assertRefused(bench.credit(org, 'recharge', 50, { ...more, note: 'another' }), 'idempotency_conflict')
    await bench.reopen()
    await assertRefused(bench.credit(org, 'recharge', 50, { ...more, note: 'another' }), 'idempotency_conflict')
    await assertRefused(bench.credit(org, 'refund', 50, more), 'idempotency_conflict')
    await bench.assertBalance(org, { cash: 50, voucher: 0 })
  })

  it('what no longer fits is refused', async (bench) => {
    const org = await bench.organisation(8_999_999_999_999_999)
    await assertRefused(bench.credit(org, 'recharge', 1_000_000_000_000_000), 'amount_too_large')
    await assertRefused(bench.credit(org, 'voucher', 9_100_000_000_000_000), 'amount_too_large')
    await bench.assertBalance(org, { cash: 8_999_999_999_999_999, recharged: 8_999_999_999_999_999 })
    // What was given and what was paid in are in one wallet, and what is held is too.
    const given = await bench.organisation()
    await bench.credit(given, 'voucher', 8_999_999_000_000_000)
    await assertRefused(bench.credit(given, 'recharge', 1_000_000_001), 'amount_too_large')
    await bench.hold(given, 5_000_000_000_000_000)
    await assertRefused(bench.credit(given, 'recharge', 1_000_000_001), 'amount_too_large')
    await bench.credit(given, 'recharge', 1_000_000_000)
  })
}
