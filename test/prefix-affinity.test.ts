/**
 * Prefix affinity before two replicas that really keep a cache, over sockets and through all of routing.
 *
 * Many conversations run at once, with a few system prompts among them. They grow, some questions are asked again
 * differently, some conversations end and others begin. One replica can hold about half of what is going on, as it is with
 * engines under load: both together hold it if no conversation stands in both. What is possible is what one replica
 * without limits finds. `MOONBASE_AFFINITY_SEED` runs it with other conversations.
 */

import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { openaiCompatibleEngine } from '@moonbase/core/engines/openai-compatible'
import { type Message, Meter, PromptCount, type TokenCounter } from '@moonbase/core/generation'
import {
  type Balance,
  DEFAULT_POLICY,
  RoutingTrace,
  Replica,
  RetryBudget,
  type ModelRoute,
  Watchdog,
  generate,
  leastLoad,
} from '@moonbase/core/routing'
import { findModel } from '@moonbase/protocol'
import { sampleRequest } from '../packages/core/src/engines/openai-compatible/testing/sample-request.ts'
import { prefixAffinity } from '../packages/core/src/routing/prefix-affinity.ts'
import { httpTransport } from '../packages/server/src/http/upstream/http-transport.ts'
import { BlockCache, openBlockCacheUpstream, randomWords } from './support/block-cache-upstream.ts'
import { seededRandom } from './support/every-split.ts'

const seed = Number(process.env['MOONBASE_AFFINITY_SEED'] ?? 20_261_120)

const REQUESTS = 600
/** Conversations that are going on, and how many of them wait for an answer. */
const CONVERSATIONS = 48
const AT_ONCE = 16
const SYSTEM_PROMPTS = 4
/** Of 64 characters; what is going on takes about 4,500 of them. */
const BLOCKS_HELD = 2_250
/** As the replicas count. */
const CHARACTERS_A_TOKEN = 4
/** What small numbers may differ beyond twice the other. */
const SLACK = 4

describe(`prefix affinity (seed ${seed})`, () => {
  const transport = httpTransport()
  after(() => transport.close())

  it('finds nine tenths of the possible hits where round robin finds half, and loads neither replica above twice the other', async (context) => {
    const possible = await converse({ balance: () => leastLoad(() => 0), replicas: 1, blocks: Infinity })
    const balances = {
      'round robin': roundRobin,
      'least load': (random: () => number) => leastLoad(random),
      'prefix affinity': (random: () => number) => prefixAffinity({ random }),
    }
    const shares = new Map<string, number>()
    for (const [name, balance] of Object.entries(balances)) {
      const found = await converse({ balance, replicas: 2, blocks: BLOCKS_HELD })
      assert.equal(found.prompt, possible.prompt, 'the conversations went another way')
      shares.set(name, found.cached / possible.cached)
      const percent = ((100 * found.cached) / possible.cached).toFixed(1)
      context.diagnostic(`${name}: ${percent} % of the possible hits, requests ${found.requests.join(' and ')}`)
      if (name !== 'prefix affinity') continue
      assert.ok(found.mostAboveTwice <= SLACK, `one ran ${found.mostAboveTwice} above twice the other`)
      assert.ok(found.mostSentAboveTwice <= SLACK, `one had got ${found.mostSentAboveTwice} above twice the other`)
    }
    // Of everything that was read, most can be found: else the comparison says little.
    assert.ok(possible.cached > possible.prompt * 0.75, `only ${possible.cached} of ${possible.prompt} are possible`)
    assert.ok((shares.get('prefix affinity') ?? 0) >= 0.9)
    assert.ok((shares.get('round robin') ?? 1) < 0.66)
    assert.ok((shares.get('least load') ?? 1) < 0.66)
  })

  interface Found {
    /** Tokens, as the replicas reported them. */
    readonly cached: number
    readonly prompt: number
    /** By replica. */
    readonly requests: readonly number[]
    /** The most that one replica ran beyond twice what the other ran, at any moment. */
    readonly mostAboveTwice: number
    /** The same for all that had been sent so far. */
    readonly mostSentAboveTwice: number
  }

  async function converse(setup: {
    readonly balance: (random: () => number) => Balance
    readonly replicas: number
    readonly blocks: number
  }): Promise<Found> {
    const arrivals = new Arrivals()
    await using upstreams = new AsyncDisposableStack()
    const clock = { now: () => now, sleep: untilStopped }
    let now = 0
    const replicas: Replica[] = []
    while (replicas.length < setup.replicas) {
      const upstream = await openBlockCacheUpstream(setup.blocks, (release) => arrivals.add(release))
      upstreams.use(upstream)
      const name = `replica-${replicas.length}`
      const engine = openaiCompatibleEngine({ name, url: upstream.url, flavour: 'vllm', transport, clock })
      replicas.push(new Replica(engine, 1, DEFAULT_POLICY.breaker))
    }
    const requests = replicas.map(() => 0)
    const chosen = setup.balance(seededRandom(seed + 1))
    const balance: Balance = {
      choose: (request, among, at) => chosen.choose(request, among, at),
      sent(request, replica) {
        const index = replicas.indexOf(replica)
        requests[index] = (requests[index] ?? 0) + 1
        chosen.sent(request, replica)
      },
    }
    const watchdog = new Watchdog(clock)
    upstreams.defer(() => watchdog.close())
    const parts = { clock, watchdog, random: () => 0 }
    const route = routeTo(replicas, balance)
    let cached = 0
    let prompt = 0
    let mostAboveTwice = 0
    let mostSentAboveTwice = 0

    async function ask(talk: Talk): Promise<void> {
      // What a replica reports has to be near to what was counted, or nobody believes it.
      const known = Math.ceil(JSON.stringify(talk.messages).length / CHARACTERS_A_TOKEN)
      const meter = new Meter(NO_COUNTER, { known, owner: undefined, certainly: () => known })
      const request = sampleRequest({ messages: talk.messages, whole: true, thinking: false })
      for await (const event of generate(
        route,
        request,
        meter,
        new RoutingTrace(),
        new AbortController().signal,
        parts,
      )) {
        if (event.type !== 'usage') continue
        cached += event.usage.cached
        prompt += event.usage.prompt
      }
      talk.answered(meter.transcript.text)
    }

    const random = seededRandom(seed)
    const talks = new Talks(random)
    const waiting: { readonly release: () => void; readonly answered: Promise<void> }[] = []

    async function answerOne(): Promise<void> {
      const [one] = waiting.splice(Math.floor(random() * waiting.length), 1)
      one?.release()
      await one?.answered
    }

    for (let sent = 0; sent < REQUESTS; sent += 1) {
      now += 10
      if (waiting.length === AT_ONCE) await answerOne()
      const arrived = arrivals.next()
      const answered = ask(talks.next())
      // One after the other, so that every run is the same.
      const release = await Promise.race([arrived, answered])
      assert.ok(release !== undefined, 'an answer came before it was let go of')
      waiting.push({ release, answered })
      mostAboveTwice = Math.max(mostAboveTwice, aboveTwice(replicas.map(({ running }) => running)))
      mostSentAboveTwice = Math.max(mostSentAboveTwice, aboveTwice(requests))
    }
    while (waiting.length > 0) await answerOne()
    return { cached, prompt, requests, mostAboveTwice, mostSentAboveTwice }
  }
})

describe('the upstream with a cache of blocks', () => {
  it('finds whole blocks of a common beginning, and forgets the ends that were not used for longest', () => {
    const cache = new BlockCache(6)
    assert.equal(cache.read('a'.repeat(200)), 0)
    assert.equal(cache.read('a'.repeat(130) + 'b'.repeat(126)), 128)
    assert.equal(cache.read('a'.repeat(200)), 192)
    // Two more than it holds: the second prompt loses its end first.
    assert.equal(cache.read('c'.repeat(128)), 0)
    assert.equal(cache.read('c'.repeat(64) + 'd'.repeat(64)), 64)
    assert.equal(cache.read('a'.repeat(130) + 'b'.repeat(126)), 128)
  })
})

/** Conversations with users who take about as long as each other to go on. */
class Talks {
  readonly #random: () => number
  readonly #systemPrompts: readonly string[]
  /** Who spoke longest ago comes first. */
  readonly #talks: Talk[]

  constructor(random: () => number) {
    this.#random = random
    this.#systemPrompts = Array.from({ length: SYSTEM_PROMPTS }, () => randomWords(random, 60, 200))
    this.#talks = Array.from({ length: CONVERSATIONS }, () => this.#begin())
  }

  /** One that goes on with a new question. */
  next(): Talk {
    const free = this.#talks.filter((talk) => !talk.waits)
    const talk = free[Math.floor((this.#random() * free.length) / 3)]
    assert.ok(talk !== undefined)
    this.#talks.splice(this.#talks.indexOf(talk), 1)
    const next = talk.turnsLeft > 0 ? talk : this.#begin()
    this.#talks.push(next)
    if (this.#random() < 0.1) next.takeBack()
    next.ask(randomWords(this.#random, 10, 250))
    return next
  }

  #begin(): Talk {
    const systemPrompt = this.#systemPrompts[Math.floor(this.#random() * SYSTEM_PROMPTS)]
    return new Talk(systemPrompt ?? '', 3 + Math.floor(this.#random() * 6))
  }
}

class Talk {
  messages: readonly Message[]
  turnsLeft: number
  /** For its answer. */
  waits = false

  constructor(systemPrompt: string, turnsLeft: number) {
    this.messages = [{ role: 'system', content: systemPrompt }]
    this.turnsLeft = turnsLeft
  }

  ask(content: string): void {
    this.messages = [...this.messages, { role: 'user', content }]
    this.turnsLeft -= 1
    this.waits = true
  }

  answered(content: string): void {
    this.messages = [...this.messages, { role: 'assistant', content, toolCalls: [], partial: false }]
    this.waits = false
  }

  /** The last question and its answer are as if they had not been. */
  takeBack(): void {
    if (this.messages.length > 2) this.messages = this.messages.slice(0, -2)
  }
}

/** Requests that have reached an upstream, each waited for before the next is sent. */
class Arrivals {
  #tell: ((release: () => void) => void) | undefined

  next(): Promise<() => void> {
    return new Promise((resolve) => (this.#tell = resolve))
  }

  add(release: () => void): void {
    this.#tell?.(release)
  }
}

function routeTo(replicas: readonly Replica[], balance: Balance): ModelRoute {
  const model = findModel('kimi-k2.5')
  const [first] = replicas
  assert.ok(model !== undefined && first !== undefined)
  const targets = [{ name: 'cluster', can: first.engine.can, replicas, balance }]
  return { model, targets, policy: DEFAULT_POLICY, budget: new RetryBudget(DEFAULT_POLICY.budget) }
}

function roundRobin(): Balance {
  let turn = 0
  return {
    choose(_request, replicas) {
      const replica = replicas[turn % replicas.length]
      turn += 1
      assert.ok(replica !== undefined)
      return replica
    },
    sent: () => undefined,
  }
}

function aboveTwice(loads: readonly number[]): number {
  return loads.length < 2 ? 0 : Math.max(...loads) - 2 * Math.min(...loads)
}

/** The replicas count. */
const NO_COUNTER: TokenCounter = {
  exact: false,
  countText: () => 0,
  countTextAside: () => 0,
  bounded: (prompt, terms) => new PromptCount(NO_COUNTER, prompt, terms, 0),
  countPrompt: () => 0,
  countPromptAside: async () => 0,
}

/** Nothing is late here. */
function untilStopped(_ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(new Error('stopped')), { once: true })
  })
}
