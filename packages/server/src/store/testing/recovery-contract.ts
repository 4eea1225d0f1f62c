/** Restarts: what was kept is there, and holds of a process that has ended get their one end. */

import assert from 'node:assert/strict'
import { type ContractTest, endOf } from './contract-test.ts'

export function recoveryContract(it: ContractTest): void {
  it('a restart finds everything as it was', async (bench) => {
    const org = await bench.organisation(1_000, 'CNY')
    await bench.credit(org, 'voucher', 10)
    await bench.spend(org, 12)
    const before = await bench.store.ledger.transfers(org, { limit: 10 })
    await bench.reopen()
    assert.deepEqual(bench.store.recovered, { settled: 0, released: 0 })
    await bench.assertBalance(org, { currency: 'CNY', cash: 998, voucher: 0, held: 0, recharged: 1_000 })
    assert.deepEqual(await bench.store.ledger.transfers(org, { limit: 10 }), before)
    assert.equal(await bench.store.health(), undefined)
  })

  it('a hold without progress is released after a crash, once', async (bench) => {
    const org = await bench.organisation(100)
    const hold = await bench.hold(org, 60)
    await bench.crash()
    assert.deepEqual(bench.store.recovered, { settled: 0, released: 1 })
    await bench.assertBalance(org, { cash: 100, held: 0 })
    await bench.assertClean()
    await bench.crash()
    assert.deepEqual(bench.store.recovered, { settled: 0, released: 0 })
    await bench.settle(hold, 60)
    await bench.assertBalance(org, { cash: 100, held: 0 })
    const from = { filter: { organisation: org }, from: 0, to: bench.time.now + 1, limit: 10 }
    const [record, ...others] = await bench.store.usage.requests(from)
    assert.deepEqual([record?.request, record?.cost, record?.error], [hold.request, 0, 'server_restarted'])
    assert.deepEqual(others, [])
  })

  it('a hold with progress is settled at that cost after a crash, with its record', async (bench) => {
    const org = await bench.organisation(100)
    await bench.credit(org, 'voucher', 10)
    const hold = await bench.hold(org, 60)
    bench.store.ledger.progress(hold, endOf(hold, 5, { completion: 5 }))
    bench.store.ledger.progress(hold, endOf(hold, 25, { completion: 25 }))
    await bench.site.sweep(bench.store)
    bench.store.ledger.progress(hold, endOf(hold, 26, { completion: 26, error: 'cut' }))
    await bench.site.sweep(bench.store)
    await bench.crash()
    assert.deepEqual(bench.store.recovered, { settled: 1, released: 0 })
    await bench.assertBalance(org, { cash: 84, voucher: 0, held: 0 })
    const asked = { filter: { organisation: org }, from: 0, to: bench.time.now + 1, limit: 10 }
    const [record] = await bench.store.usage.requests(asked)
    assert.deepEqual([record?.request, record?.cost, record?.completion], [hold.request, 26, 26])
    assert.equal(record?.error, 'cut')
  })

  it('progress without an error is told as a restart of the server', async (bench) => {
    const org = await bench.organisation(100)
    const hold = await bench.hold(org, 60)
    bench.store.ledger.progress(hold, endOf(hold, 7))
    await bench.site.sweep(bench.store)
    await bench.crash()
    const [row] = await bench.store.usage.requests({ filter: {}, from: 0, to: bench.time.now + 1, limit: 10 })
    assert.deepEqual([row?.cost, row?.error], [7, 'server_restarted'])
  })

  it('progress that nothing came of is a release', async (bench) => {
    const org = await bench.organisation(100)
    const hold = await bench.hold(org, 60)
    bench.store.ledger.progress(hold, endOf(hold, 0))
    await bench.site.sweep(bench.store)
    await bench.crash()
    assert.deepEqual(bench.store.recovered, { settled: 0, released: 1 })
    await bench.assertBalance(org, { cash: 100, held: 0 })
  })

  it('progress of a hold that has ended counts no more', async (bench) => {
    const org = await bench.organisation(100)
    const hold = await bench.hold(org, 60)
    bench.store.ledger.progress(hold, endOf(hold, 7))
    await bench.site.sweep(bench.store)
    await bench.settle(hold, 9)
    bench.store.ledger.progress(hold, endOf(hold, 50))
    await bench.site.sweep(bench.store)
    await bench.crash()
    assert.deepEqual(bench.store.recovered, { settled: 0, released: 0 })
    await bench.assertBalance(org, { cash: 91, held: 0 })
  })

  it('what had resolved before a crash is kept, whatever else was under way', async (bench) => {
    const org = await bench.organisation(1_000_000)
    const kept = await Promise.all(Array.from({ length: 50 }, () => bench.hold(org, 100)))
    await Promise.all(kept.slice(0, 20).map((hold) => bench.settle(hold, 60)))
    const underWay = Promise.allSettled([
      ...kept.slice(20, 30).map((hold) => bench.settle(hold, 60)),
      ...Array.from({ length: 50 }, () => bench.hold(org, 100)),
    ])
    await bench.crash()
    await underWay
    const balance = await bench.store.ledger.balance(org)
    assert.equal(balance.held, 0)
    const ends = (1_000_000 - balance.cash) / 60
    assert.ok(Number.isInteger(ends) && ends >= 20 && ends <= 30, `${ends} ends`)
  })

  it('an open hold of a store that was closed is ended by the next one', async (bench) => {
    const org = await bench.organisation(100)
    await bench.hold(org, 60)
    const hold = await bench.hold(org, 30)
    bench.store.ledger.progress(hold, endOf(hold, 11))
    await bench.reopen()
    assert.deepEqual(bench.store.recovered, { settled: 1, released: 1 })
    await bench.assertBalance(org, { cash: 89, held: 0 })
  })
}
