import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { scriptedEngine } from '../../../../test/support/scripted-engines.ts'
import { sampleRequest } from '../engines/openai-compatible/testing/sample-request.ts'
import { chooseReplica } from './choose-replica.ts'
import { drain } from './drain.ts'
import { leastLoad } from './least-load.ts'
import { DEFAULT_POLICY } from './policy.ts'
import { Replica } from './replica.ts'
import { RetryBudget } from './retry-budget.ts'
import type { Target } from './target.ts'

const fresh = (weight = 1): Replica => new Replica(scriptedEngine('e', []), weight, DEFAULT_POLICY.breaker)
const target = (replicas: readonly Replica[]): Target => ({
  name: 'e',
  can: scriptedEngine('e', []).can,
  replicas,
  balance: leastLoad(() => 0),
})
const chosen = (targets: readonly Target[], failed?: ReadonlyMap<Replica, number>): Replica | undefined => {
  const found = chooseReplica(targets, sampleRequest(), failed, 1000)
  return 'replica' in found ? found.replica : undefined
}

describe('a replica', () => {
  it('costs more the more it runs and the slower it was, and slowness is forgotten', () => {
    const replica = fresh()
    const idle = replica.cost(0)
    replica.sawFirstToken(5000, false, 0)
    assert.ok(replica.cost(0) > 10 * idle)
    replica.sawFirstToken(10, false, 1)
    assert.ok(replica.cost(1) > 10 * idle, 'one quick answer does not make it quick')
    assert.ok(replica.cost(100_000) < 1.1 * idle)
    replica.enter()
    assert.ok(replica.cost(100_000) > 1.9 * idle)
    assert.ok(replica.cost(-1e9) < Infinity, 'a clock that was set back')
  })

  it('forgets a slowness between two answers as fast as without the second', () => {
    const replica = fresh()
    const idle = replica.cost(0)
    replica.sawFirstToken(5000, false, 0)
    const slow = replica.cost(0)
    replica.sawFirstToken(10, false, 20_000)
    assert.ok(replica.cost(20_000) < idle + (slow - idle) / 5)
  })

  it('that nothing is known of is not given everything that comes', () => {
    const [known, unknown] = [fresh(), fresh()]
    known.sawFirstToken(800, false, 0)
    let given = 0
    while (unknown.cost(0) < known.cost(0)) {
      unknown.enter()
      given += 1
    }
    assert.ok(given < 6, `${given}`)
  })

  it('is left alone while it cools down, for longer each time until it has answered', () => {
    const replica = fresh()
    const cooled = (now: number): number => {
      replica.coolDown(undefined, 1000, 60_000, now)
      return replica.waitMs(now)
    }
    assert.deepEqual([cooled(0), cooled(10), cooled(2000), cooled(9000)], [1000, 1000, 2000, 4000])
    replica.enter()
    replica.leave('success', false, 20_000)
    assert.equal(cooled(20_000), 1000)
    replica.coolDown(1e9, 1000, 60_000, 30_000)
    assert.equal(replica.waitMs(30_000), 60_000)
  })

  it('is drained when the last that it runs has ended, or is given up', async () => {
    const replica = fresh()
    assert.equal(await drain(fresh(), new AbortController().signal), true)
    replica.enter()
    replica.enter()
    const abort = new AbortController()
    const given = drain(replica, abort.signal)
    abort.abort()
    assert.equal(await given, false)
    const drained = drain(replica, new AbortController().signal)
    assert.equal(replica.waitMs(0), Infinity)
    replica.leave('neutral', false, 0)
    replica.leave('success', false, 0)
    assert.equal(await drained, true)
  })
})

describe('who is asked', () => {
  it('is one who has not failed, then one who has failed least, then one who is ill', () => {
    const [one, two, ill] = [fresh(), fresh(), fresh()]
    ill.healthy = false
    const targets = [target([ill, one]), target([two])]
    assert.equal(chosen(targets), one)
    assert.equal(chosen(targets, new Map([[one, 1]])), two)
    assert.equal(chosen(targets, new Map([[one, 2], [two, 1]])), two) // prettier-ignore
    assert.equal(chosen(targets, new Map([[one, Infinity], [two, Infinity]])), ill) // prettier-ignore
    ill.draining = true
    assert.equal(chosen(targets, new Map([[one, Infinity], [two, Infinity]])), undefined) // prettier-ignore
  })

  it('is the less loaded of two', () => {
    const [one, two] = [fresh(), fresh()]
    one.enter()
    assert.equal(leastLoad(() => 0).choose(sampleRequest(), [one, two], 0), two)
    assert.equal(leastLoad(() => 0.99).choose(sampleRequest(), [one, two], 0), two)
    assert.equal(leastLoad(() => 0.99).choose(sampleRequest(), [one], 0), one)
  })

  it('is chosen by weight', () => {
    const [small, large] = [fresh(1), fresh(3)]
    let state = 1
    const random = (): number => (state = (state * 16_807) % 2_147_483_647) / 2_147_483_647
    const balance = leastLoad(random)
    const counts = new Map([[small, 0], [large, 0]]) // prettier-ignore
    for (let request = 0; request < 4000; request += 1) {
      const replica = balance.choose(sampleRequest(), [small, large], 0)
      replica.enter()
      counts.set(replica, (counts.get(replica) ?? 0) + 1)
    }
    assert.ok(Math.abs((counts.get(large) ?? 0) / 3000 - 1) < 0.02)
  })
})

describe('the budget of retries', () => {
  it('earns a share with each request, and saves up no more than its limit', () => {
    const budget = new RetryBudget({ share: 0.25, reserve: 1 })
    assert.deepEqual([budget.spend(), budget.spend()], [true, false])
    for (let request = 0; request < 4; request += 1) budget.earn()
    assert.deepEqual([budget.spend(), budget.spend()], [true, false])
    for (let request = 0; request < 1000; request += 1) budget.earn()
    let spent = 0
    while (budget.spend()) spent += 1
    assert.equal(spent, 10)
  })
})
