import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { FairPool, PoolFullError, type PoolLimits, type Share } from './fair-pool.ts'

const LIMITS: PoolLimits = { running: 2, waiting: 9, waitingSize: 1000, waitingOfOne: 9, waitingSizeOfOne: 1000 }
const work = (owner: string, size = 1): Share => ({ owner, size })

function filled(limits: Partial<PoolLimits>, ...all: readonly Share[]): FairPool<Share> {
  const pool = new FairPool<Share>({ ...LIMITS, ...limits })
  for (const one of all) pool.add(one)
  return pool
}

/** In the order of their turns, each done before the next. */
function turns(pool: FairPool<Share>): string[] {
  const order: string[] = []
  for (let one = pool.next(); one !== undefined; one = pool.next()) {
    order.push(`${one.owner}${one.size}`)
    pool.remove(one)
  }
  return order
}

describe('a fair pool', () => {
  it('gives turns round and round by owner, and to the smallest of each', () => {
    const pool = filled({}, work('a', 9), work('a', 2), work('a', 5), work('b', 100), work('c', 7), work('b', 50))
    assert.deepEqual(turns(pool), ['a2', 'b50', 'c7', 'a5', 'b100', 'a9'])
    assert.deepEqual(turns(pool), [])
  })

  it('has one of an owner under way, and so many of all', () => {
    const pool = filled({}, work('a'), work('a'), work('b'), work('c'))
    const [first, second] = [pool.next(), pool.next()]
    assert.deepEqual([first?.owner, second?.owner, pool.next()], ['a', 'b', undefined])
    assert.equal(pool.running.size, 2)
    if (first !== undefined) pool.remove(first)
    assert.equal(pool.next()?.owner, 'c')
  })

  it('gives the next turn to who came during one, before its owner has another', () => {
    const pool = filled({ running: 1 }, work('a', 1), work('a', 2))
    const first = pool.next()
    pool.add(work('b'))
    if (first !== undefined) pool.remove(first)
    assert.deepEqual(turns(pool), ['b1', 'a2'])
  })

  it('says which limit has no room, and when to come again', () => {
    const cases: readonly (readonly [Partial<PoolLimits>, Share, string])[] = [
      [{ waiting: 2 }, work('c'), 'waiting'],
      [{ waitingSize: 50 }, work('c', 31), 'waitingSize'],
      [{ waitingOfOne: 1 }, work('a'), 'waitingOfOne'],
      [{ waitingSizeOfOne: 20 }, work('a', 11), 'waitingSizeOfOne'],
      // His own is told first.
      [{ waitingOfOne: 1, waiting: 2 }, work('a'), 'waitingOfOne'],
    ]
    for (const [limits, more, limit] of cases) {
      const pool = filled(limits, work('a', 10), work('b', 10))
      assert.throws(
        () => pool.add(more),
        (error) => error instanceof PoolFullError && error.limit === limit && error.retryAfterMs === 1000,
      )
      assert.deepEqual(turns(pool), ['a10', 'b10'])
    }
    // Whoever has nothing here is not kept out by his own limit, nor anybody by an empty pool.
    assert.deepEqual(turns(filled({ waitingSizeOfOne: 5 }, work('a', 9), work('b', 9))), ['a9', 'b9'])
    assert.deepEqual(turns(filled({ waitingSize: 5, waiting: 0 }, work('a', 9))), ['a9'])
  })

  it('forgets what is taken away, waiting or under way, and gives up all at once', () => {
    const [one, two, three] = [work('a'), work('a', 2), work('b')]
    const pool = filled({}, one, two, three)
    pool.remove(two)
    pool.remove(two)
    assert.equal(pool.next(), one)
    pool.remove(one)
    assert.deepEqual(pool.clear(), [three])
    assert.deepEqual([pool.next(), pool.running.size], [undefined, 0])
  })
})
