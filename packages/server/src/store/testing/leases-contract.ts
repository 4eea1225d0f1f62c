/** Leases of documents: a queue that outlives whoever works on it. */

import assert from 'node:assert/strict'
import type { Document } from '../../records/document.ts'
import { type ContractTest, START, type StoreBench } from './contract-test.ts'
import { KIND, OWNER, get, write } from './documents-contract.ts'

const MINUTE = 60_000

function lease({ store, time }: StoreBench, limit: number, more: object = {}): Promise<Document[]> {
  return store.documents.lease(KIND, { dueAt: time.now, until: time.now + MINUTE, limit, ...more })
}

const ids = (documents: readonly Document[]): string[] => documents.map(({ id }) => id)

export function leasesContract(it: ContractTest, { survives }: { readonly survives: boolean }): void {
  it('what is due is leased, the longest due first, and nobody else gets it until then', async (bench) => {
    await bench.store.documents.put([
      write('later', { dueAt: START + 1 }),
      write('second', { dueAt: START - 1 }),
      write('first', { dueAt: START - 2, label: 'l', value: [1] }),
      write('third', { dueAt: START - 1 }),
      write('never'),
    ])
    const found = await lease(bench, 2)
    assert.deepEqual(ids(found), ['first', 'second'])
    const taken = { kind: KIND, owner: OWNER, id: 'first', label: 'l', createdAt: START, expiresAt: null, value: [1] }
    assert.deepEqual(found[0], { ...taken, dueAt: START + MINUTE, revision: 2 })
    assert.deepEqual(await get(bench, 'first'), found[0])
    assert.deepEqual(ids(await lease(bench, 9)), ['third'])
    assert.deepEqual(await lease(bench, 9), [])
    bench.time.now = START + MINUTE - 1
    assert.deepEqual(ids(await lease(bench, 9)), ['later'])
    bench.time.now = START + MINUTE
    assert.deepEqual(ids(await lease(bench, 9)), ['first', 'second', 'third'])
  })

  it('a lease is renewed by a put, and whoever lost it writes no more', async (bench) => {
    const { documents } = bench.store
    await documents.put([write('a', { dueAt: START })])
    const [held] = await lease(bench, 1)
    assert.equal(held?.revision, 2)
    const renewed = write('a', { dueAt: START + 2 * MINUTE, value: 'half', expects: 2 })
    assert.equal(await documents.put([renewed]), 'kept')
    bench.time.now = START + MINUTE
    assert.deepEqual(await lease(bench, 1), [])
    bench.time.now = START + 2 * MINUTE
    const [taken] = await lease(bench, 1)
    assert.deepEqual([taken?.revision, taken?.value], [4, 'half'])
    // Who held it before renews it, ends it, or writes beside it: all in vain.
    assert.equal(await documents.put([write('a', { dueAt: START + 9 * MINUTE, expects: 3 })]), 'conflict')
    assert.equal(await documents.put([write('a', { expects: 3 }), write('result')]), 'conflict')
    assert.equal(await get(bench, 'result'), undefined)
    assert.equal(await documents.put([write('a', { expects: 4 }), write('result')]), 'kept')
    bench.time.now = START + 99 * MINUTE
    assert.deepEqual(await lease(bench, 1), [])
  })

  it('lines of one batch are leased by owner and prefix', async (bench) => {
    const lines = ['b1/1', 'b1/2', 'b2/1', 'b10/1'].map((id) => write(id, { dueAt: START }))
    await bench.store.documents.put([...lines, write('b1/1', { owner: 'org-b', dueAt: START })])
    assert.deepEqual(ids(await lease(bench, 9, { owner: OWNER, prefix: 'b1/' })), ['b1/1', 'b1/2'])
    assert.deepEqual(ids(await lease(bench, 9, { owner: OWNER, prefix: 'b1' })), ['b10/1'])
    assert.deepEqual(
      (await lease(bench, 9)).map(({ owner, id }) => [owner, id]),
      [
        [OWNER, 'b2/1'],
        ['org-b', 'b1/1'],
      ],
    )
  })

  it('many that lease at once share what is due, and each is leased once', async (bench) => {
    const all = Array.from({ length: 200 }, (_, index) => `line-${String(index).padStart(3, '0')}`)
    await bench.store.documents.put(all.map((id) => write(id, { dueAt: START })))
    const leased = await Promise.all(Array.from({ length: 30 }, () => lease(bench, 10)))
    assert.deepEqual(ids(leased.flat()).toSorted(), all)
    assert.ok(leased.every((some) => some.length <= 10))
  })

  if (!survives) return
  it('what a process leased and did not finish is due again after it', async (bench) => {
    await bench.store.documents.put([write('a', { dueAt: START }), write('b', { dueAt: START })])
    assert.deepEqual(ids(await lease(bench, 1)), ['a'])
    await bench.crash()
    assert.deepEqual(ids(await lease(bench, 9)), ['b'])
    bench.time.now = START + MINUTE
    const again = await lease(bench, 9)
    assert.deepEqual(
      again.map(({ id, revision }) => [id, revision]),
      [
        ['a', 3],
        ['b', 3],
      ],
    )
  })
}
