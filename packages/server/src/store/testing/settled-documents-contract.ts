/** Documents of an end: kept in its commit, or the hold is released; never one without the other. */

import assert from 'node:assert/strict'
import { DocumentError } from '../../documents/document-error.ts'
import type { Hold, HoldEnd } from '../../ledger/ledger.ts'
import type { DocumentWrite } from '../../records/document.ts'
import type { RequestRecord } from '../../records/request-record.ts'
import { type ContractTest, type StoreBench, assertRefused, endOf } from './contract-test.ts'
import { KIND, OWNER, get, write } from './documents-contract.ts'

function settle(
  { store }: StoreBench,
  hold: Hold,
  cost: number,
  documents: readonly DocumentWrite[],
  more: Partial<HoldEnd> = {},
): Promise<void> {
  return store.ledger.settle(hold, { ...endOf(hold, cost), documents, ...more })
}

async function logged({ store, time }: StoreBench): Promise<RequestRecord[]> {
  return store.usage.requests({ filter: {}, from: 0, to: time.now + 1, limit: 1_000 })
}

export function settledDocumentsContract(it: ContractTest): void {
  it('an end and its documents are kept together', async (bench) => {
    const org = await bench.organisation(1_000)
    const [one, free] = [await bench.hold(org, 100), await bench.hold(org, 100)]
    await settle(bench, one, 40, [write('a'), write('b', { value: 'the answer' })])
    await settle(bench, free, 0, [write('c')])
    // The same hold once more: nothing of it happens.
    await settle(bench, one, 90, [write('d')])
    await bench.assertBalance(org, { cash: 960, held: 0 })
    await bench.crash()
    await bench.assertBalance(org, { cash: 960, held: 0 })
    assert.deepEqual((await get(bench, 'b'))?.value, 'the answer')
    assert.equal((await get(bench, 'c'))?.revision, 1)
    assert.equal(await get(bench, 'd'), undefined)
  })

  it('a document that is not as expected makes it a release', async (bench) => {
    const org = await bench.organisation(1_000)
    await bench.credit(org, 'voucher', 30)
    await bench.store.documents.put([write('line', { value: 'leased to somebody else' })])
    const hold = await bench.hold(org, 100)
    const late = settle(bench, hold, 40, [write('result'), write('line', { expects: 7 })])
    const refusal = await assertRefused(late, 'document_conflict')
    assert.match(refusal.message, new RegExp(hold.request))
    await bench.assertBalance(org, { cash: 1_000, voucher: 30, held: 0 })
    assert.equal(await get(bench, 'result'), undefined)
    assert.equal((await get(bench, 'line'))?.revision, 1)
    const [record] = await logged(bench)
    assert.deepEqual(
      [record?.request, record?.cost, record?.prompt, record?.completion, record?.error],
      [hold.request, 0, 0, 0, 'document_conflict'],
    )
    // It has ended: nobody can pay for it any more.
    await settle(bench, hold, 40, [write('result')])
    await bench.assertBalance(org, { cash: 1_000, voucher: 30, held: 0 })
    assert.equal(await get(bench, 'result'), undefined)
    await bench.reopen()
    await bench.assertBalance(org, { cash: 1_000, voucher: 30, held: 0 })
  })

  it('a release by conflict is logged as the end says that holds otherwise', async (bench) => {
    const org = await bench.organisation(1_000)
    await bench.store.documents.put([write('line')])
    const hold = await bench.hold(org, 100)
    const otherwise = (): HoldEnd =>
      endOf(hold, 20, { status: 503, error: 'lease_lost', completion: 0, labels: { a: 'b' } })
    await assertRefused(settle(bench, hold, 40, [write('line')], { otherwise }), 'document_conflict')
    const [record] = await logged(bench)
    assert.deepEqual([record?.status, record?.error, record?.cost, record?.labels], [503, 'lease_lost', 0, { a: 'b' }])
    await bench.assertBalance(org, { cash: 1_000, held: 0 })
  })

  it('of ends at once those in conflict are released, and the others are settled', async (bench) => {
    const org = await bench.organisation(1_000)
    const other = await bench.organisation(1_000)
    const holds = await Promise.all(Array.from({ length: 40 }, (_, n) => bench.hold(n % 3 === 0 ? other : org, 10)))
    await bench.store.documents.put([write('taken')])
    const ends = await Promise.allSettled(
      holds.map((hold, n) => {
        if (n % 4 === 0) return settle(bench, hold, 7, [write(`own-${n}`), write('taken')])
        // Two each of one name: one of them is first.
        return n % 4 === 1 ? settle(bench, hold, 7, []) : settle(bench, hold, 7, [write(`pair-${Math.floor(n / 4)}`)])
      }),
    )
    const settled = ends.filter(({ status }) => status === 'fulfilled').length
    assert.equal(settled, 20)
    const costs = (await logged(bench)).map(({ cost }) => cost)
    assert.equal(costs.filter((cost) => cost === 7).length, 20)
    assert.equal(costs.length, 40)
    const { cash } = await bench.store.ledger.balance(org)
    const { cash: others } = await bench.store.ledger.balance(other)
    assert.equal(cash + others, 2_000 - 20 * 7)
    assert.equal(await bench.store.documents.count(KIND, OWNER, { prefix: 'own-' }), 0)
    assert.equal(await bench.store.documents.count(KIND, OWNER, { prefix: 'pair-' }), 10)
    await bench.reopen()
    assert.equal((await bench.store.ledger.balance(org)).cash, cash)
  })

  it('money moves on beside ends in conflict, and every budget is exact', async (bench) => {
    const org = await bench.organisation(100_000)
    await bench.store.documents.put([write('taken')])
    const spender = async (index: number): Promise<void> => {
      for (let turn = 0; turn < 20; turn++) {
        const hold = await bench.hold(org, 10, { key: `ak-${index % 3}` })
        const documents = turn % 2 === 0 ? [write('taken')] : [write(`${index}-${turn}`)]
        await settle(bench, hold, 9, documents).catch(() => undefined)
        if (turn % 5 === 0) await bench.credit(org, 'recharge', 3)
      }
    }
    await Promise.all(Array.from({ length: 12 }, (_, index) => spender(index)))
    await bench.assertBalance(org, { cash: 100_000 - 12 * 10 * 9 + 12 * 4 * 3, held: 0 })
    await bench.assertClean()
    assert.equal(await bench.store.documents.count(KIND, OWNER, {}), 1 + 120)
  })

  it('documents that cannot be are refused before anything has happened', async (bench) => {
    const org = await bench.organisation(1_000)
    const hold = await bench.hold(org, 100)
    await assert.rejects(settle(bench, hold, 40, [write('a'), write('')]), DocumentError)
    await bench.assertBalance(org, { cash: 900, held: 100 })
    await settle(bench, hold, 40, [write('a')])
    await bench.assertBalance(org, { cash: 960, held: 0 })
  })

  it('a crash finds an end with its documents or neither', async (bench) => {
    const org = await bench.organisation(1_000)
    const holds = await Promise.all(Array.from({ length: 30 }, () => bench.hold(org, 10)))
    const ends = holds.map((hold) => settle(bench, hold, 3, [write(hold.request)]).catch(() => undefined))
    await ends[0]
    await bench.crash()
    await Promise.all(ends)
    const records = await logged(bench)
    assert.equal(records.length, 30)
    for (const { request, cost } of records) {
      assert.equal((await get(bench, request)) === undefined, cost === 0, request)
    }
  })
}
