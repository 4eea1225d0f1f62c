import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { manualClock } from '../../../../../test/support/manual-clock.ts'
import type { Documents } from '../../documents/documents.ts'
import { MemoryDocuments } from '../../documents/memory-documents.ts'
import { LedgerError } from '../../ledger/ledger.ts'
import { type KeptAnswer, keptCall } from './kept-answer.ts'
import { REASONING_KIND, type ReasoningLimits, type ReasoningOutcome } from './reasoning-parts.ts'
import { type AnswerPlace, ReasoningStore } from './reasoning-store.ts'

const HOUR_MS = 3_600_000
const digest = (number: number): string => String(number).padStart(32, '0')
const place = (before = 1, owner = 'org-1', turn = 0): AnswerPlace => ({
  owner,
  turn: digest(turn),
  before: digest(before),
})
const answer = (reasoning: string): KeptAnswer => ({
  calls: [keptCall({ id: 'Read:0', name: 'Read', arguments: '{}' })],
  reasoning,
})

function opened({
  limits = {},
  documents,
}: { limits?: Partial<ReasoningLimits>; documents?: Partial<Documents> } = {}) {
  const clock = manualClock()
  const kept = new MemoryDocuments(() => clock.now())
  const counted = new Map<ReasoningOutcome, number>()
  const problems: string[] = []
  const over: Documents = {
    get: (...asked) => kept.get(...asked),
    put: (...asked) => kept.put(...asked),
    remove: (...asked) => kept.remove(...asked),
    list: (...asked) => kept.list(...asked),
    count: (...asked) => kept.count(...asked),
    lease: (...asked) => kept.lease(...asked),
    ...documents,
  }
  const store = new ReasoningStore({
    documents: over,
    limits: { keepMs: HOUR_MS, entries: 1_000, bytes: 64 * 1024 * 1024, ...limits },
    clock,
    count: (outcome, amount = 1) => void counted.set(outcome, (counted.get(outcome) ?? 0) + amount),
    onProblem: (problem) => void problems.push(problem),
  })
  const found = async ({ owner, turn, before }: AnswerPlace) => (await store.find(owner, turn, [before])).get(before)
  const entries = (owner = 'org-1'): Promise<number> => kept.count(REASONING_KIND, owner, {})
  return { store, clock, kept, counted, problems, found, entries }
}

describe('kept reasoning', () => {
  it('is found at its place in its turn, by its owner alone', async () => {
    const { store, found, counted } = opened()
    await store.keep(place(1), answer('one'))
    await store.keep(place(2), answer('two'))
    await store.keep(place(1, 'org-1', 7), answer('of another turn'))
    assert.deepEqual(await found(place(1)), [answer('one')])
    assert.deepEqual(await found(place(2)), [answer('two')])
    assert.deepEqual(await found(place(3)), undefined)
    assert.deepEqual(await found(place(1, 'org-2')), undefined)
    assert.equal(counted.get('kept'), 3)
  })

  it('is one entry for the same answer, and several where they differ', async () => {
    const { store, found, entries } = opened()
    for (const reasoning of ['one', 'one', 'other']) await store.keep(place(), answer(reasoning))
    assert.equal(await entries(), 2)
    assert.equal((await found(place()))?.length, 2)
  })

  it('is gone when its time is over', async () => {
    const { store, clock, found } = opened()
    await store.keep(place(), answer('one'))
    await clock.pass(HOUR_MS - 1)
    assert.deepEqual(await found(place()), [answer('one')])
    await clock.pass(1)
    assert.equal(await found(place()), undefined)
  })

  it('is found among many of one turn, and told apart only where there are few enough', async () => {
    const { store, found } = opened({ limits: { entries: 10_000 } })
    for (let before = 0; before < 600; before++) await store.keep(place(before), answer(`at ${before}`))
    assert.deepEqual(await found(place(599)), [answer('at 599')])
    for (let index = 0; index < 60; index++) await store.keep(place(7), answer(`again ${index}`))
    assert.equal(await found(place(7)), 'several')
    assert.deepEqual(await found(place(8)), [answer('at 8')])
  })

  it('is found behind long thoughts of the same turn', async () => {
    const { store, found } = opened()
    const long = 'x'.repeat(240_000)
    for (let before = 0; before < 45; before++) await store.keep(place(before), answer(`${before} ${long}`))
    assert.deepEqual(await found(place(44)), [answer(`44 ${long}`)])
  })

  it('is not kept where it is longer than a document', async () => {
    const { store, counted, entries } = opened()
    await store.keep(place(), answer('界'.repeat(90_000)))
    assert.deepEqual([counted.get('too-long'), await entries()], [1, 0])
  })

  it('never fails whoever keeps it: the store is away, has no room, or does not answer', async () => {
    const away = opened({ documents: { put: () => Promise.reject(new LedgerError('unavailable', 'away')) } })
    await away.store.keep(place(), answer('one'))
    assert.equal(away.counted.get('failed'), 1)
    const silent = opened({ documents: { put: () => new Promise(() => undefined) } })
    const keeping = silent.store.keep(place(), answer('one'))
    await silent.clock.pass(1_000)
    await keeping
    assert.equal(silent.counted.get('failed'), 1)
    // And what waits is bounded.
    const waiting = Array.from({ length: 80 }, (_, index) =>
      silent.store.keep(place(index), answer('x'.repeat(240_000))),
    )
    await silent.clock.pass(0)
    assert.ok((silent.counted.get('busy') ?? 0) >= 10)
    await silent.clock.pass(1_000)
    await Promise.all(waiting)
  })

  it('makes room, the oldest first, for its owner alone', async () => {
    const { store, clock, counted, entries, found } = opened({ limits: { entries: 100 } })
    await store.keep(place(0, 'org-2'), answer('of another'))
    for (let before = 0; before < 256; before++) {
      await store.keep(place(before), answer(`at ${before}`))
      await clock.pass(1)
    }
    await store.close()
    assert.ok((await entries()) <= 100 + 64)
    assert.equal((counted.get('evicted') ?? 0) + (await entries()), 256)
    assert.deepEqual(await found(place(255)), [answer('at 255')])
    assert.equal(await found(place(0)), undefined)
    assert.equal(await entries('org-2'), 1)
  })

  it('counts bytes as well as entries', async () => {
    const { store, clock, entries } = opened({ limits: { bytes: 10 * 256_000 } })
    for (let before = 0; before < 128; before++) {
      await store.keep(place(before), answer(`${before} ${'x'.repeat(100_000)}`))
      await clock.pass(1)
    }
    await store.close()
    assert.ok((await entries()) <= 64 + 10)
  })

  it('is not kept while no room can be made, which is said and tried again', async () => {
    let isAway = true
    const kept = new MemoryDocuments(() => 0)
    const { store, clock, counted, problems } = opened({
      documents: {
        put: (writes) => kept.put(writes),
        count: () => (isAway ? Promise.reject(new LedgerError('unavailable', 'away')) : Promise.resolve(0)),
      },
    })
    await store.keep(place(1), answer('one'))
    await clock.pass(0)
    assert.match(problems.join(), /could not be looked through/)
    await store.keep(place(2), answer('two'))
    assert.deepEqual([counted.get('kept'), counted.get('full')], [1, 1])
    isAway = false
    await clock.pass(10_000)
    await store.keep(place(3), answer('three'))
    await clock.pass(0)
    await store.keep(place(4), answer('four'))
    assert.deepEqual([counted.get('kept'), counted.get('full')], [2, 2])
  })
})
