import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { START, assertRefused, contractTests, endOf } from '../testing/contract-test.ts'
import { documentsContract, get, write } from '../testing/documents-contract.ts'
import { leasesContract } from '../testing/leases-contract.ts'
import type { StoreSite } from '../testing/store-site.ts'
import { openNoStore } from './open-no-store.ts'

async function openSite(now: () => number): Promise<StoreSite> {
  const nothing = (): Promise<void> => Promise.resolve()
  return { open: async () => openNoStore(now), sweep: nothing, crash: nothing, plant: nothing, remove: nothing }
}

const tests = contractTests(openSite)

void describe('documents contract: none', () => {
  documentsContract(tests, { survives: false })
  leasesContract(tests, { survives: false })

  tests('documents of an end are kept with it, once, or it is in conflict', async (bench) => {
    const org = await bench.organisation()
    const { ledger, documents } = bench.store
    const [hold, second] = [await bench.hold(org, 100), await bench.hold(org, 100)]
    await ledger.settle(hold, { ...endOf(hold, 40), documents: [write('a')] })
    await ledger.settle(hold, { ...endOf(hold, 40), documents: [write('b')] })
    assert.equal(await get(bench, 'b'), undefined)
    const late = ledger.settle(second, { ...endOf(second, 40), documents: [write('c'), write('a')] })
    await assertRefused(late, 'document_conflict')
    assert.equal(await get(bench, 'c'), undefined)
    await ledger.settle(second, { ...endOf(second, 40), documents: [write('c')] })
    assert.deepEqual(await documents.count('toy', 'org-a', {}), 1)
  })

  tests('the memory takes what fits, says so, and takes again what has expired', async (bench) => {
    const value = 'x'.repeat(250 * 1024)
    const some = (from: number) =>
      Array.from({ length: 32 }, (_, index) => write(`n-${from + index}`, { value, expiresAt: START + 1 }))
    for (let from = 0; from < 256; from += 32) await bench.store.documents.put(some(from))
    await assert.rejects(bench.store.documents.put(some(256)), /no room for more documents/)
    bench.time.now = START + 1
    assert.equal(await bench.store.documents.put(some(256)), 'kept')
  })
})

void test('a store that keeps nothing makes no organisation richer', async () => {
  const { ledger } = openNoStore(() => START)
  await assert.rejects(ledger.balance('org-a'), /store: none/)
  const credit = {
    kind: 'voucher',
    organisation: 'org-a',
    amount: 1,
    idempotencyKey: 'a',
    by: 'me',
    note: '',
    at: 1,
  } as const
  await assertRefused(ledger.credit(credit), 'unavailable')
})

void test('a store that keeps nothing is well, has nothing, and can be closed', async () => {
  const store = openNoStore(() => START)
  assert.deepEqual(
    [await store.health(), await store.usage.requests({} as never), await store.usage.request('a'), store.recovered],
    [undefined, [], undefined, { settled: 0, released: 0 }],
  )
  assert.equal(store.ledger.keepsBooks, false)
  assert.equal(store.ledger.free({} as never), Infinity)
  await store.accounts.put({ organisations: [] })
  await assert.rejects(store.accounts.put({ apiKeys: [{} as never] }), /store: none/)
  await assert.rejects(store.accounts.put({ adminKeys: [{} as never] }), /store: none/)
  assert.ok(store.close() instanceof Promise)
})
