import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { EngineError } from '@moonbase/core/generation'
import { type CachedSequence, SlotPool } from './slot-pool.ts'

const time = { now: 0 }
const CLOCK = { now: () => time.now, sleep: () => Promise.resolve() }

/** A sequence that holds these ids. */
function holding(ids: readonly number[]): CachedSequence {
  return {
    nextTokenIndex: ids.length,
    compareContextTokens(tokens) {
      const differs = ids.findIndex((id, index) => tokens[index] !== id)
      return { firstDifferentIndex: differs === -1 ? ids.length : differs }
    },
  }
}

function poolOf(sequences: readonly CachedSequence[], queue = 4): SlotPool<CachedSequence> {
  time.now = 0
  return new SlotPool({ engine: 'local', sequences, queue, clock: CLOCK })
}

const count = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, index) => from + index)

describe('the pool of sequences', () => {
  const system = count(0, 50)
  const one = holding([...system, ...count(1000, 3000)])
  const other = holding([...system, ...count(5000, 6000)])
  const empty = holding([])

  test('a next turn gets the sequence that holds its conversation', async () => {
    const pool = poolOf([empty, one, other])
    const { slot } = pool.take([...system, ...count(5000, 5990), 1, 2, 3])
    assert.equal((await slot).sequence, other)
  })

  test('a new conversation does not wipe out an old one for a shared beginning', async () => {
    const pool = poolOf([one, empty, other])
    const { slot } = pool.take([...system, ...count(9000, 9100)])
    assert.equal((await slot).sequence, empty)
  })

  test('without an empty one, the cache that is worth least goes, and age makes it worth less', async () => {
    const fresh = poolOf([one, other])
    assert.equal((await fresh.take([7, 8, 9]).slot).sequence, other)
    const aged = poolOf([one, other])
    const used = await aged.take([...system, ...count(5000, 6000)]).slot
    time.now = 60 * 60_000
    aged.giveBack(used)
    assert.equal((await aged.take([7, 8, 9]).slot).sequence, one)
  })

  test('those who wait are served in turn, and whoever withdraws is passed over', async () => {
    const pool = poolOf([empty])
    const order: string[] = []
    const first = pool.take([1])
    const waiting = ['a', 'b', 'c'].map((name) => {
      const ticket = pool.take([1])
      void ticket.slot.then(() => order.push(name))
      return ticket
    })
    waiting[1]?.withdraw()
    assert.equal(pool.waiting, 2)
    first.withdraw()
    await waiting[0]?.slot
    waiting[0]?.withdraw()
    await waiting[2]?.slot
    assert.deepEqual(order, ['a', 'c'])
    waiting[2]?.withdraw()
    assert.equal(pool.busy, 0)
  })

  test('who is one too many is told to come back, later when answers take longer', () => {
    const pool = poolOf([empty], 1)
    const refusal = (): number => {
      try {
        pool.take([1])
      } catch (error) {
        assert.ok(error instanceof EngineError && error.kind === 'overloaded')
        return error.details.retryAfterMs ?? 0
      }
      return assert.fail('nobody was refused')
    }
    const running = pool.take([1])
    const waiting = pool.take([1])
    const soon = refusal()
    assert.ok(soon >= 1000)
    time.now = 50_000
    running.withdraw()
    pool.take([1])
    assert.ok(refusal() > soon)
    waiting.withdraw()
  })

  test('closing refuses those who wait and waits for those who work', async () => {
    const pool = poolOf([empty])
    const running = pool.take([1])
    const waiting = pool.take([1])
    const refused = assert.rejects(waiting.slot, { kind: 'unavailable' })
    const state = { closed: false }
    const closing = pool.close().then(() => (state.closed = true))
    await refused
    assert.equal(state.closed, false)
    running.withdraw()
    await closing
    assert.throws(() => pool.take([1]), { kind: 'unavailable' })
  })
})
