import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { seededRandom } from '../../../../test/support/every-split.ts'
import { sampleRequest } from '../engines/openai-compatible/testing/sample-request.ts'
import type { Engine, GenerationRequest, Message } from '../generation/index.ts'
import { DEFAULT_POLICY } from './policy.ts'
import { prefixAffinity } from './prefix-affinity.ts'
import { Replica } from './replica.ts'

const seed = 20_261_120
const SYSTEM = Array.from({ length: 400 }, (_, index) => `rule ${index}`).join('. ')

/** Only its name is looked at. */
const nobody: Omit<Engine, 'name'> = {
  can: {
    images: true,
    video: true,
    partial: true,
    resumes: { reasoning: true, toolCalls: true },
    jsonObject: true,
    jsonSchema: true,
    tools: true,
    forcedTool: true,
  },
  usage: 'exact',
  generate: () => {
    throw new Error('nobody is asked here')
  },
  health: async () => ({ ok: true }),
  close: async () => undefined,
}

/** Replicas of one engine, and the balance before them. */
class Cluster {
  readonly replicas: Replica[]
  readonly balance
  readonly sent: number[]

  constructor(weights: readonly number[], limits: { readonly marks?: number; readonly slack?: number } = {}) {
    this.replicas = weights.map(
      (weight, index) => new Replica({ ...nobody, name: `${index}` }, weight, DEFAULT_POLICY.breaker),
    )
    this.balance = prefixAffinity({ random: seededRandom(seed), limits })
    this.sent = weights.map(() => 0)
  }

  /** Sends it, and says where. It goes on running when it `stays`. */
  send(request: GenerationRequest, stays = false, among: readonly Replica[] = this.replicas): number {
    const replica = this.balance.choose(request, among, 0)
    assert.ok(among.includes(replica))
    this.balance.sent(request, replica)
    if (stays) replica.enter()
    const index = this.replicas.indexOf(replica)
    this.sent[index] = (this.sent[index] ?? 0) + 1
    return index
  }

  load(running: readonly number[]): void {
    for (const [index, replica] of this.replicas.entries()) replica.running = running[index] ?? 0
  }

  without(...indexes: readonly number[]): readonly Replica[] {
    return this.replicas.filter((_, index) => !indexes.includes(index))
  }
}

/** The `turns`-th request of a conversation. */
function turn(name: string, turns: number, more: Partial<GenerationRequest> = {}): GenerationRequest {
  const messages: Message[] = [{ role: 'system', content: SYSTEM }]
  for (let index = 1; index <= turns; index += 1) {
    messages.push({ role: 'user', content: `${name} asks ${index}` })
    if (index < turns) messages.push({ role: 'assistant', content: `answer ${index}`, toolCalls: [], partial: false })
  }
  return sampleRequest({ messages, ...more })
}

describe('prefix affinity', () => {
  it('keeps a conversation where it is, however long it gets', () => {
    const cluster = new Cluster([1, 1, 1])
    const home = cluster.send(turn('a', 1))
    for (let turns = 2; turns <= 60; turns += 1) {
      assert.equal(cluster.send(turn('a', turns)), home)
      cluster.send(turn(`other ${turns}`, 1))
    }
  })

  it('spreads conversations that only share a system prompt, also when nothing runs at the same time', () => {
    for (const weights of [
      [1, 1],
      [1, 1, 1, 1, 1, 1],
    ]) {
      const cluster = new Cluster(weights)
      for (let index = 0; index < 600; index += 1) {
        cluster.send(turn(`talk ${index}`, 1))
        assert.ok(Math.max(...cluster.sent) <= 2 * Math.min(...cluster.sent) + 12, cluster.sent.join(' '))
      }
      assert.ok(Math.max(...cluster.sent) <= 1.3 * Math.min(...cluster.sent), cluster.sent.join(' '))
    }
  })

  it('gives replicas new conversations by their weights', () => {
    const cluster = new Cluster([3, 1])
    for (let index = 0; index < 800; index += 1) cluster.send(turn(`talk ${index}`, 1))
    const [three = 0, one = 1] = cluster.sent
    assert.ok(three / one > 2.2 && three / one < 4, cluster.sent.join(' '))
  })

  it('does not make up for a replica that has had little because it is slow', () => {
    const cluster = new Cluster([1, 1])
    cluster.load([2, 6])
    for (let index = 0; index < 100; index += 1) assert.equal(cluster.send(turn(`talk ${index}`, 1)), 0)
  })

  it('spreads what many go on with from one place, like a swarm from one plan', () => {
    const cluster = new Cluster([1, 1])
    cluster.send(turn('plan', 3))
    const plan = turn('plan', 4).messages.slice(0, -1)
    for (let index = 0; index < 100; index += 1) {
      cluster.send(sampleRequest({ messages: [...plan, { role: 'user', content: `do part ${index}` }] }))
    }
    assert.ok(Math.max(...cluster.sent) <= 2 * Math.min(...cluster.sent), cluster.sent.join(' '))
  })

  it('spreads one prompt that is asked again and again', () => {
    const cluster = new Cluster([1, 1])
    for (let index = 0; index < 100; index += 1) cluster.send(turn('same', 1))
    assert.ok(Math.max(...cluster.sent) <= 2 * Math.min(...cluster.sent), cluster.sent.join(' '))
  })

  it('lets nobody run more than twice what another runs, and some', () => {
    for (const more of [{}, { promptCacheKey: 'one for all' }]) {
      const cluster = new Cluster([1, 1, 1])
      for (let index = 0; index < 300; index += 1) {
        cluster.send(turn('the same one', 1 + (index % 30), more), true)
        const running = cluster.replicas.map((replica) => replica.running)
        assert.ok(Math.max(...running) <= 2 * Math.min(...running) + 4, running.join(' '))
      }
    }
  })

  it('leaves a favourite that is overloaded for one that knows the prompt too, and comes back', () => {
    const cluster = new Cluster([1, 1, 1])
    const home = cluster.send(turn('a', 4))
    const load = (running: number, where: number): void =>
      cluster.load(cluster.replicas.map((_, index) => (index === where ? running : 5)))
    load(13, home)
    assert.equal(cluster.send(turn('a', 5)), home)
    load(14, home)
    const refuge = cluster.send(turn('a', 6))
    assert.notEqual(refuge, home)
    // That one has learned it, and keeps it while it is not overloaded itself.
    load(5, home)
    assert.equal(cluster.send(turn('a', 7)), refuge)
    load(14, refuge)
    // The third has never seen it.
    assert.equal(cluster.send(turn('a', 8)), home)
  })

  it('finds a replica out that hangs', () => {
    const cluster = new Cluster([1, 1])
    const home = cluster.send(turn('a', 1))
    let stuck = 0
    for (let turns = 2; turns < 50; turns += 1) if (cluster.send(turn('a', turns), false) === home) stuck += 1
    assert.equal(stuck, 48)
    // From here on nothing that is sent there ends.
    stuck = 0
    for (let index = 0; index < 100; index += 1) {
      const replica = cluster.balance.choose(turn(`b ${index}`, 1), cluster.replicas, 0)
      cluster.balance.sent(turn(`b ${index}`, 1), replica)
      if (replica !== cluster.replicas[home]) continue
      replica.enter()
      stuck += 1
    }
    assert.ok(stuck <= 4, `${stuck} hang`)
  })

  it('goes to the next that knows most when replicas disappear, and to any when none knows it', () => {
    const cluster = new Cluster([1, 1, 1])
    const home = cluster.send(turn('a', 2))
    const second = cluster.send(turn('a', 3), false, cluster.without(home))
    const third = [0, 1, 2].find((index) => index !== home && index !== second) ?? 0
    assert.equal(cluster.send(turn('a', 4)), second)
    assert.equal(cluster.send(turn('a', 5), false, cluster.without(second)), home)
    assert.equal(cluster.send(turn('a', 6), false, cluster.without(home, second)), third)
    // One that comes new takes part, and the old ones are still known.
    const fresh = new Replica({ ...nobody, name: 'new' }, 1, DEFAULT_POLICY.breaker)
    cluster.replicas.push(fresh)
    assert.equal(cluster.send(turn('a', 7)), third)
    for (let index = 0; index < 20; index += 1) cluster.send(turn(`b ${index}`, 1))
    assert.ok((cluster.sent[3] ?? 0) > 3)
  })

  it('learns from whoever answered, chosen or not', () => {
    const cluster = new Cluster([1, 1])
    const [, other] = cluster.replicas
    assert.ok(other !== undefined)
    cluster.balance.sent(turn('a', 1), other)
    assert.equal(cluster.send(turn('a', 2)), 1)
  })

  it('follows the cache key before the session, and both before the prompt', () => {
    for (const [key, weaker] of [
      [{ promptCacheKey: 'k' }, { sessionAffinity: 's' }],
      [{ sessionAffinity: 's' }, {}],
    ]) {
      const cluster = new Cluster([1, 1])
      const [first, second] = cluster.replicas
      assert.ok(first !== undefined && second !== undefined)
      cluster.balance.sent(turn('another prompt', 1, { ...key }), first)
      cluster.balance.sent(turn('a', 1, { ...weaker }), second)
      assert.equal(cluster.send(turn('a', 2, { ...weaker, ...key })), 0)
      assert.equal(cluster.send(turn('a', 2, { ...weaker })), 1)
    }
  })

  it('keeps organisations apart: neither a key nor a prompt of one says anything about the other', () => {
    for (const more of [{}, { promptCacheKey: 'k' }, { sessionAffinity: 's' }]) {
      const [mine, theirs] = [
        { ...more, affinityScope: 'org-1' },
        { ...more, affinityScope: 'org-2' },
      ]
      // Where the other organisation's request goes does not depend on what the first has sent.
      const places = [0, 1].map((to) => {
        const cluster = new Cluster([1, 1])
        const replica = cluster.replicas[to]
        assert.ok(replica !== undefined)
        for (let turns = 1; turns < 4; turns += 1) cluster.balance.sent(turn('a', turns, mine), replica)
        assert.equal(cluster.send(turn('a', 4, mine)), to)
        return cluster.send(turn('a', 4, theirs))
      })
      assert.equal(places[0], places[1])
    }
  })

  it('forgets, in memory that does not grow, what a million other prompts came after', () => {
    const cluster = new Cluster([1, 1], { marks: 4096 })
    const [first] = cluster.replicas
    assert.ok(first !== undefined)
    setFlagsFromString('--expose-gc')
    const collect: unknown = runInNewContext('gc')
    assert.ok(typeof collect === 'function')
    const heap = (): number => {
      collect()
      const { heapUsed, arrayBuffers } = process.memoryUsage()
      return heapUsed + arrayBuffers
    }
    const before = heap()
    const template = turn('a', 1)
    for (let index = 0; index < 1_000_000; index += 1) {
      cluster.balance.sent({ ...template, messages: [{ role: 'user', content: `question ${index}` }] }, first)
    }
    const grown = heap() - before
    // An entry for each, of whatever kind, would be tens of megabytes.
    assert.ok(grown < 5_000_000, `${grown} bytes`)
    cluster.send(turn('b', 1))
    assert.equal(cluster.send(turn('b', 2)), cluster.send(turn('b', 3)))
  })

  it('chooses the same again from the same seed', () => {
    const run = (): number[] => {
      const cluster = new Cluster([1, 2, 1])
      const random = seededRandom(seed)
      return Array.from({ length: 500 }, () => {
        if (random() < 0.3) cluster.load([0, 1, 2].map(() => Math.floor(random() * 20)))
        return cluster.send(turn(`talk ${Math.floor(random() * 40)}`, 1 + Math.floor(random() * 9)))
      })
    }
    assert.deepEqual(run(), run())
  })

  it(`always finds somebody, and never an overloaded one, whatever runs (seed ${seed})`, () => {
    const random = seededRandom(seed)
    const below = (most: number): number => Math.floor(random() * most)
    for (let round = 0; round < 200; round += 1) {
      const slack = below(6)
      const cluster = new Cluster(
        Array.from({ length: 1 + below(6) }, () => 0.5 + below(4)),
        { slack },
      )
      for (let index = 0; index < 20; index += 1) {
        cluster.load(cluster.replicas.map(() => below(30)))
        const least = Math.min(...cluster.replicas.map(({ running, weight }) => running / weight))
        const key = random() < 0.3 ? { promptCacheKey: `${below(3)}` } : {}
        const at = cluster.send(turn(`talk ${below(4)}`, 1 + below(4), key))
        const chosen = cluster.replicas[at]
        assert.ok(chosen !== undefined)
        const { running, weight } = chosen
        assert.ok(running / weight === least || (running + 1 - slack) / weight <= 2 * least)
      }
    }
  })
})
