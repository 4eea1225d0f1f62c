/** Holds and their ends: what is kept back, what is taken, what comes back. */

import assert from 'node:assert/strict'
import type { Payer } from '../../ledger/ledger.ts'
import type { Budget } from '../../records/budget.ts'
import { type ContractTest, assertRefused, endOf } from './contract-test.ts'

export function holdContract(it: ContractTest): void {
  it('a hold keeps money back, its end takes the cost and gives back the rest', async (bench) => {
    const org = await bench.organisation(1_000)
    const hold = await bench.hold(org, 700)
    assert.equal(hold.cash, 700)
    assert.equal(hold.voucher, 0)
    await bench.assertBalance(org, { cash: 300, voucher: 0, held: 700 })
    await bench.settle(hold, 250)
    await bench.assertBalance(org, { cash: 750, voucher: 0, held: 0 })
  })

  it('vouchers are used before cash, and what is not used goes back to where it came from', async (bench) => {
    const org = await bench.organisation(1_000)
    await bench.credit(org, 'voucher', 300)
    const hold = await bench.hold(org, 500)
    assert.deepEqual([hold.voucher, hold.cash], [300, 200])
    await bench.assertBalance(org, { cash: 800, voucher: 0, held: 500 })
    await bench.settle(hold, 350)
    await bench.assertBalance(org, { cash: 950, voucher: 0, held: 0 })

    await bench.credit(org, 'voucher', 100)
    const other = await bench.hold(org, 150)
    await bench.settle(other, 40)
    await bench.assertBalance(org, { cash: 950, voucher: 60, held: 0 })
  })

  it('a hold is refused by one nano, and says what is there', async (bench) => {
    const org = await bench.organisation(100)
    await bench.credit(org, 'voucher', 11)
    const refusal = await assertRefused(bench.hold(org, 112), 'insufficient')
    assert.equal(refusal.available, 111)
    await bench.assertBalance(org, { cash: 100, voucher: 11, held: 0 })
    const hold = await bench.hold(org, 111)
    const next = await assertRefused(bench.hold(org, 1), 'insufficient')
    assert.equal(next.available, 0)
    await bench.settle(hold, 0)
  })

  it('what is free is known behind holds and ends, or not at all', async (bench) => {
    const org = await bench.organisation(1_000)
    const { ledger } = bench.store
    const payer = (more: Partial<Payer> = {}): Payer => ({ ...bench.request(org, 0), ...more })
    // Where somebody else decides, nothing was told yet.
    assert.ok([1_000, undefined].includes(ledger.free(payer())))
    const hold = await bench.hold(org, 700)
    assert.equal(ledger.free(payer()), 300)
    await bench.hold(org, 50)
    assert.equal(ledger.free(payer()), 250)
    const budget: Budget = { amount: 800, period: 'total' }
    assert.ok([50, undefined].includes(ledger.free(payer({ keyBudget: budget }))))
    assert.ok([50, undefined].includes(ledger.free(payer({ projectBudget: budget }))))
    await bench.settle(hold, 100)
    assert.equal(ledger.free(payer()), 850)
    await assertRefused(bench.hold(org, 851), 'insufficient')
    assert.equal(ledger.free(payer()), 850)
    assert.equal(ledger.free({ ...payer(), organisation: 'org-nobody' }), undefined)
  })

  it('a request that costs nothing may be held without a balance', async (bench) => {
    const org = await bench.organisation()
    await bench.settle(await bench.hold(org, 0), 0)
    await bench.assertBalance(org, { cash: 0, voucher: 0, held: 0 })
  })

  it('an end with cost 0 releases everything', async (bench) => {
    const org = await bench.organisation(100)
    const hold = await bench.hold(org, 60)
    await bench.settle(hold, 0, { status: 502, error: 'engine_failed' })
    await bench.assertBalance(org, { cash: 100, held: 0 })
    const kinds = (await bench.store.ledger.transfers(org, { limit: 10 })).map(({ kind }) => kind)
    assert.deepEqual(kinds, ['release', 'hold', 'recharge'])
  })

  it('what goes beyond the hold is not charged, and not counted', async (bench) => {
    const org = await bench.organisation(100)
    await bench.settle(await bench.hold(org, 60), 61)
    await bench.assertBalance(org, { cash: 40, held: 0 })
    const { usage } = bench.store
    const [row] = await usage.requests({ filter: { organisation: org }, from: 0, to: bench.time.now + 1, limit: 1 })
    assert.equal(row?.cost, 60)
  })

  it('a second end of the same hold changes nothing', async (bench) => {
    const org = await bench.organisation(100)
    const hold = await bench.hold(org, 60)
    await Promise.all([bench.settle(hold, 10), bench.settle(hold, 20)])
    await bench.settle(hold, 30)
    await bench.settle({ ...hold }, 40)
    await bench.assertBalance(org, { cash: 90, held: 0 })
    await bench.reopen()
    await bench.settle(hold, 50)
    await bench.assertBalance(org, { cash: 90, held: 0 })
    assert.equal((await bench.store.ledger.transfers(org, { limit: 10 })).length, 3)
  })

  it('the same request is held once', async (bench) => {
    const org = await bench.organisation(100)
    const request = bench.request(org, 60)
    const [first, second] = await Promise.all([bench.store.ledger.hold(request), bench.store.ledger.hold(request)])
    assert.deepEqual([first.cash, second.cash], [60, 60])
    await bench.assertBalance(org, { cash: 40, held: 60 })
    await bench.settle(second, 5)
    await bench.assertBalance(org, { cash: 95, held: 0 })
  })

  it('a thousand holds at once never keep back more than there is', async (bench) => {
    const org = await bench.organisation(500 * 7)
    const holds = await Promise.allSettled(Array.from({ length: 1_000 }, () => bench.hold(org, 7)))
    const held = holds.flatMap((hold) => (hold.status === 'fulfilled' ? [hold.value] : []))
    assert.equal(held.length, 500)
    await bench.assertBalance(org, { cash: 0, held: 3_500 })
    await bench.assertClean()
    await Promise.all(held.map((hold, index) => bench.settle(hold, index % 8)))
    const cost = held.reduce((sum, _, index) => sum + Math.min(index % 8, 7), 0)
    await bench.assertBalance(org, { cash: 3_500 - cost, held: 0 })
  })

  it('nobody who is unknown is held, credited or told a balance', async (bench) => {
    const { ledger } = bench.store
    await assertRefused(bench.hold('org-nobody', 0), 'unknown_organisation')
    await assertRefused(bench.credit('org-nobody', 'recharge', 1), 'unknown_organisation')
    await assertRefused(ledger.balance('org-nobody'), 'unknown_organisation')
  })

  it('amounts up to nine million units are exact to the nano', async (bench) => {
    const most = 9_000_000_000_000_000
    const org = await bench.organisation(most)
    const hold = await bench.hold(org, most)
    await bench.settle(hold, most - 1)
    await bench.assertBalance(org, { cash: 1, held: 0, recharged: most })
    await bench.assertClean()
    await bench.reopen()
    await bench.assertBalance(org, { cash: 1, held: 0, recharged: most })
    const [end] = await bench.store.ledger.transfers(org, { limit: 1 })
    assert.equal(end?.cash, most - 1)
  })

  it('a hold that is asked ahead counts, waits for nobody, and is ended by whoever was given it', async (bench) => {
    const org = await bench.organisation(1_000)
    await bench.spend(org, 1)
    const { ledger } = bench.store
    const request = bench.request(org, 200)
    const { hold, kept } = ledger.holdAhead(request) ?? assert.fail('there is enough, and it is known')
    assert.deepEqual([hold.request, hold.amount, ledger.free(request)], [request.request, 200, 799])
    // Made twice it is one.
    assert.equal(ledger.holdAhead(request), undefined)
    assert.equal((await ledger.hold(request)).amount, 200)
    await kept
    await bench.assertBalance(org, { cash: 799, held: 200 })
    assert.equal(ledger.holdAhead(request), undefined)
    await bench.settle(hold, 50)
    await bench.settle(hold, 60)
    await bench.assertBalance(org, { cash: 949, held: 0 })
  })

  it('an end that is handed in before its hold is durable is kept behind it, once', async (bench) => {
    const org = await bench.organisation(1_000)
    await bench.spend(org, 1)
    const { hold, kept } = bench.store.ledger.holdAhead(bench.request(org, 200)) ?? assert.fail('it is known')
    await Promise.all([bench.settle(hold, 50), bench.settle(hold, 60), kept])
    await bench.assertBalance(org, { cash: 949, held: 0 })
    await bench.reopen()
    await bench.assertBalance(org, { cash: 949, held: 0 })
    assert.equal((await bench.store.ledger.transfers(org, { limit: 10 })).length, 5)
  })

  it('whoever asks ahead gets no more than there is, and what was refused has no end', async (bench) => {
    const org = await bench.organisation(500 * 7 + 1)
    await bench.spend(org, 1)
    const { ledger } = bench.store
    const tried = await Promise.allSettled(
      Array.from({ length: 1_000 }, async () => {
        const request = bench.request(org, 7)
        const ahead = ledger.holdAhead(request)
        if (ahead === undefined) return ledger.hold(request)
        await ahead.kept
        return ahead.hold
      }),
    )
    const holds = tried.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
    for (const one of tried) {
      if (one.status === 'rejected') await assertRefused(Promise.reject(one.reason as Error), 'insufficient')
    }
    assert.equal(holds.length, 500)
    await bench.assertBalance(org, { cash: 0, held: 3_500 })
    await Promise.all(holds.map((hold) => bench.settle(hold, 3)))
    await bench.assertBalance(org, { cash: 2_000, held: 0 })
  })

  it('one organisation cannot spend what another one has', async (bench) => {
    const rich = await bench.organisation(1_000)
    const poor = await bench.organisation(1, 'CNY')
    await assertRefused(bench.hold(poor, 2), 'insufficient')
    await bench.spend(rich, 5)
    await bench.assertBalance(poor, { currency: 'CNY', cash: 1, held: 0 })
    await bench.assertBalance(rich, { currency: 'USD', cash: 995, held: 0 })
  })

  it('transfers tell what a request moved, newest first, a page at a time', async (bench) => {
    const org = await bench.organisation(1_000)
    await bench.spend(await bench.organisation(10), 1)
    const hold = await bench.hold(org, 100)
    await bench.store.ledger.settle(hold, endOf(hold, 30))
    const { ledger } = bench.store
    const all = await ledger.transfers(org, { limit: 10 })
    assert.deepEqual(
      all.map(({ kind, cash, voucher, request, organisation }) => [kind, cash, voucher, request, organisation]),
      [
        ['settle', 30, 0, hold.request, org],
        ['hold', 100, 0, hold.request, org],
        ['recharge', 1_000, 0, null, org],
      ],
    )
    const released = await bench.hold(org, 50)
    await bench.store.ledger.settle(released, endOf(released, 0))
    const [release] = await ledger.transfers(org, { limit: 1 })
    assert.ok(release !== undefined)
    assert.deepEqual(
      [release, ...all].map(({ kind, debit, credit }) => [kind, debit, credit]),
      [
        ['release', `held:${org}`, `wallet:${org}`],
        ['settle', `held:${org}`, 'revenue:USD'],
        ['hold', `wallet:${org}`, `held:${org}`],
        ['recharge', 'funding:USD', `wallet:${org}`],
      ],
    )
    assert.deepEqual([all[2]?.by, all[2]?.note, all[2]?.at], ['adm-1', 'a note', bench.time.now])
    const pages = []
    let before: string | undefined
    for (let page = 0; page < 7; page++) {
      const found = await ledger.transfers(org, before === undefined ? { limit: 1 } : { limit: 1, before })
      pages.push(...found)
      before = found.at(-1)?.id ?? before
    }
    assert.deepEqual(pages.slice(2), all)
  })

  it('a page is as large as it was asked for: a thousand for operators, and one that says whether there are more', async (bench) => {
    const org = await bench.organisation(1_000)
    await Promise.all(Array.from({ length: 501 }, () => bench.spend(org, 1)))
    assert.equal((await bench.store.ledger.transfers(org, { limit: 1_001 })).length, 1_001)
  })
}
