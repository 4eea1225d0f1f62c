import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { collectEvents, collectUntilFailure, onlyChoice } from '../../../../test/support/collect-events.ts'
import { eventually } from '../../../../test/support/eventually.ts'
import { type Script, routeTo, routed, scriptedEngine } from '../../../../test/support/scripted-engines.ts'
import { sampleRequest } from '../engines/openai-compatible/testing/sample-request.ts'
import {
  EngineError,
  type EngineErrorKind,
  type GenerationEvent,
  type GenerationRequest,
  batchesOf,
  foldReply,
  textOf,
} from '../generation/index.ts'
import { SCRIPTED_POLICY } from './policy.ts'
import { Replica } from './replica.ts'

const start: GenerationEvent = { type: 'start', engine: 'e', model: 'm' }
const usage: GenerationEvent = { type: 'usage', usage: { prompt: 7, completion: 5, cached: 3, reasoning: 0 } }
const text = (piece: string, choice = 0): GenerationEvent => ({ type: 'text', choice, text: piece })
const thought = (piece: string): GenerationEvent => ({ type: 'reasoning', choice: 0, text: piece })
const finish = (choice = 0): GenerationEvent => ({ type: 'finish', choice, reason: 'stop' })
const called: GenerationEvent = { type: 'finish', choice: 0, reason: 'tool_calls' }
const call = (index: number, pieces: string, name?: string): GenerationEvent => ({
  type: 'tool-call',
  choice: 0,
  call: index,
  arguments: pieces,
  ...(name === undefined ? {} : { name }),
})
const failed = (kind: EngineErrorKind, more: object = {}): EngineError =>
  new EngineError(kind, `was ${kind}`, { engine: 'e', ...more })
const request = (more: Partial<GenerationRequest> = {}): GenerationRequest =>
  sampleRequest({ thinking: false, maxCompletionTokens: 1000, ...more })
const tool = (name: string): GenerationRequest['tools'][number] => ({
  type: 'function',
  name,
  parameters: { type: 'object' },
  strict: false,
})
const good: Script = { events: [start, text('Hello '), text('world'), finish(), usage] }

async function failureOf(
  events: readonly GenerationEvent[],
  n = 1,
  failure?: unknown,
): Promise<EngineErrorKind | 'none'> {
  const engine = scriptedEngine('e', [{ events, ...(failure === undefined ? {} : { failure: failure as Error }) }])
  const sampling = { ...sampleRequest().sampling, n }
  const ended = await collectUntilFailure(routed([engine], request({ sampling }), { policy: SCRIPTED_POLICY }).events)
  if (ended.failure === undefined) return 'none'
  assert.ok(ended.failure instanceof EngineError)
  return ended.failure.kind
}

describe('an answer of one engine', () => {
  it('ends well only with a finish for every choice', async () => {
    const whole = [start, text('a'), finish(), usage]
    assert.equal(await failureOf(whole), 'none')
    for (let cut = 0; cut < 3; cut += 1) assert.equal(await failureOf(whole.slice(0, cut)), 'cut', `after ${cut}`)
    assert.equal(await failureOf([start, finish(0)], 2), 'cut')
    assert.equal(await failureOf([start, finish(0), finish(1)], 2), 'none')
  })

  it('holds what the protocol of events does not allow to be a failure', async () => {
    const broken: GenerationEvent[][] = [
      [text('a')],
      [start, start, text('a')],
      [start, usage],
      [start, text('a', 1)],
      [start, text('a', -1)],
      [start, call(0, '')],
      [start, call(0, '', '')],
      [start, call(1, '', 'f')],
      [start, call(0, '', 'f'), call(2, '', 'g')],
    ]
    for (const events of broken) assert.equal(await failureOf(events), 'protocol', JSON.stringify(events))
    assert.equal(await failureOf([start, finish(), text('late')], 2), 'protocol')
    assert.equal(await failureOf([start, call(0, '', 'f'), call(1, '', 'g'), call(0, '{}'), called]), 'none')
  })

  it('is complete with its last finish, whatever an engine does behind it', async () => {
    for (const behind of [[text('late')], [finish()], [usage, usage]]) {
      const engine = scriptedEngine('e', [{ events: [start, text('a'), finish(), ...behind] }])
      const { events, route } = routed([engine], request())
      const seen = await collectEvents(events)
      assert.deepEqual(
        seen.map(({ type }) => type),
        ['start', 'text', 'finish', 'usage'],
      )
      assert.equal(route.targets[0]?.replicas[0]?.running, 0)
    }
  })

  it('is counted here when the engine does not count, also when it fails', async () => {
    const complete = routed([scriptedEngine('e', [{ events: [start, text('1234'), finish()] }])], request())
    const seen = await collectEvents(complete.events)
    assert.deepEqual(seen.at(-1), { type: 'usage', usage: { prompt: 100, cached: 0, completion: 4, reasoning: 0 } })
    const told = { prompt: 7, completion: 9, cached: 3 }
    const thinking = [start, thought('12'), text('3'), finish(), { type: 'usage', usage: told } as const]
    const untold = routed([scriptedEngine('e', [{ events: thinking }])], request())
    assert.deepEqual((await collectEvents(untold.events)).at(-1), { type: 'usage', usage: { ...told, reasoning: 2 } })
    const cut = routed([scriptedEngine('e', [{ events: [start, text('123')], failure: failed('cut') }])], request(), {
      policy: SCRIPTED_POLICY,
    })
    await assert.rejects(collectEvents(cut.events), { kind: 'cut' })
    assert.equal(cut.meter.usage().completion, 3)
  })

  it('has the usage that the engine tells', async () => {
    const { events, meter } = routed([scriptedEngine('e', [good])], request())
    assert.equal((await collectEvents(events)).filter(({ type }) => type === 'usage').length, 1)
    assert.equal(meter.usage().prompt, 7)
  })

  it('fails with an engine error, whatever the engine throws, and when it throws before it is asked', async () => {
    assert.equal(await failureOf([start, text('a')], 1, new TypeError('x is not a function')), 'protocol')
    const engine = scriptedEngine('e', [good])
    const broken = { ...engine, generate: () => { throw new TypeError('no') } } // prettier-ignore
    const { events, route } = routed([broken], request(), { policy: SCRIPTED_POLICY })
    await assert.rejects(collectEvents(events), { kind: 'protocol' })
    assert.equal(route.targets[0]?.replicas[0]?.running, 0)
  })

  it('is nothing for a client that has left already', async () => {
    const engine = scriptedEngine('e', [good])
    const { events } = routed([engine], request(), { signal: AbortSignal.abort() })
    await assert.rejects(collectEvents(events), { kind: 'aborted' })
    assert.equal(engine.asked.length, 0)
  })

  it('is given out in the batches that it came in', async () => {
    const whole = [start, text('a'), finish(), usage]
    const source = {
      async *[Symbol.asyncIterator]() {
        yield* whole
      },
      async *batches() {
        yield whole.slice(0, 2)
        yield whole.slice(2)
        return undefined
      },
    }
    const engine = { ...scriptedEngine('e', []), generate: () => source }
    const batches = await Array.fromAsync(batchesOf(routed([engine], request()).events))
    assert.deepEqual(batches, [whole.slice(0, 2), whole.slice(2)])
    assert.deepEqual(await collectEvents(routed([engine], request()).events), whole)
  })

  it('is told to whoever pays for it from its first batch on, also where that one waited for him', async () => {
    for (const onStart of [() => Promise.resolve(), () => undefined]) {
      const told: GenerationEvent[] = []
      let wasGiven = false
      const hooks = {
        onStart,
        onBatch: (batch: readonly GenerationEvent[]) => void told.push(...batch),
        onEnd: ({ given }: { readonly given: boolean }) => void (wasGiven = given),
      }
      const seen = await collectEvents(routed([scriptedEngine('e', [good])], request(), { hooks }).events)
      assert.deepEqual([told, wasGiven], [seen, true])
    }
  })

  it('has been left where its reader went away, and given out where he had something of it', async () => {
    for (const [steps, waits] of [
      [0, false],
      [1, false],
      [1, true],
    ] as const) {
      const ends: unknown[] = []
      const hooks = {
        onStart: () => (waits ? Promise.resolve() : undefined),
        onEnd: ({ how, given }: { readonly how: string; readonly given: boolean }) => void ends.push([how, given]),
      }
      const { events } = routed([scriptedEngine('e', [good])], request(), { hooks })
      if (steps > 0) await events.next()
      await events.return()
      assert.deepEqual(ends, [['left', steps > 0]])
    }
  })

  it('is one reply for a client that wants it whole', async () => {
    const engines = [
      scriptedEngine('a', [{ events: [start, text('Hello ')], failure: failed('cut') }]),
      scriptedEngine('b', [{ events: [start, text('world'), finish()] }]),
    ]
    const reply = await foldReply(routed(engines, request({ whole: true })).events)
    assert.equal(reply.choices[0]?.text, 'Hello world')
  })
})

describe('before anything was given out', () => {
  it('the next engine is asked, and the client sees only its answer', async () => {
    const second = scriptedEngine('b', [
      { events: [{ type: 'start', engine: 'b', model: 'm' }, text('b'), finish(), usage] },
    ])
    for (const script of [
      { failure: failed('unavailable') },
      { events: [start], failure: failed('cut') },
      { events: [start, text('')], failure: failed('cut') },
      { events: [start, text('a', 3)] },
      { failure: failed('overloaded') },
      { failure: failed('misconfigured') },
    ]) {
      const { events, trace } = routed([scriptedEngine('a', [script]), second], request())
      const seen = await collectEvents(events)
      assert.deepEqual(seen[0], { type: 'start', engine: 'b', model: 'm' })
      assert.equal(seen.length, 4)
      assert.equal(trace.engine, second)
      assert.equal(trace.attempts, 2)
      assert.deepEqual(trace.seams, [])
    }
  })

  it('a refusal of the request is the answer, and nobody else is asked', async () => {
    for (const kind of ['refused', 'content-filter', 'limit'] as const) {
      const second = scriptedEngine('b', [good])
      const { events } = routed([scriptedEngine('a', [{ failure: failed(kind) }]), second], request())
      await assert.rejects(collectEvents(events), { kind })
      assert.equal(second.asked.length, 0)
    }
  })

  it('the only engine is asked again after a pause, up to the limit of the policy', async () => {
    const flaky = scriptedEngine('a', [{ failure: failed('unavailable') }, good])
    const { events, clock } = routed([flaky], request())
    assert.equal(onlyChoice(await collectEvents(events)).text, 'Hello world')
    assert.equal(flaky.asked.length, 2)
    assert.ok(clock.slept.includes(125))
    const dead = scriptedEngine('a', [{ failure: failed('unavailable') }])
    await assert.rejects(collectEvents(routed([dead], request()).events), { kind: 'unavailable' })
    assert.equal(dead.asked.length, 4)
  })

  it('an engine that is badly configured is not asked twice, nor are its other replicas', async () => {
    const bad = scriptedEngine('a', [{ failure: failed('misconfigured') }])
    await assert.rejects(collectEvents(routed([bad], request()).events), { kind: 'misconfigured' })
    assert.equal(bad.asked.length, 1)
  })

  it('Retry-After is waited for where it is short, and told where it is long', async () => {
    const short = scriptedEngine('a', [{ failure: failed('overloaded', { retryAfterMs: 2000 }) }, good])
    const one = routed([short], request())
    const before = one.clock.now()
    await collectEvents(one.events)
    assert.ok(one.clock.now() - before >= 2000)
    const long = scriptedEngine('a', [{ failure: failed('overloaded', { retryAfterMs: 50_000 }) }, good])
    await assert.rejects(collectEvents(routed([long], request()).events), {
      kind: 'overloaded',
      details: { engine: 'e', retryAfterMs: 50_000 },
    })
    assert.equal(long.asked.length, 1)
  })

  it('one engine that wants to be left alone for long does not keep another from being asked again', async () => {
    const flaky = scriptedEngine('a', [{ failure: failed('unavailable') }, good])
    const full = scriptedEngine('b', [{ failure: failed('overloaded', { retryAfterMs: 50_000 }) }])
    assert.equal(onlyChoice(await collectEvents(routed([flaky, full], request()).events)).text, 'Hello world')
    assert.equal(full.asked.length, 1)
  })

  it('the most telling failure is the answer when nobody helps', async () => {
    const engines = [
      scriptedEngine('a', [{ failure: failed('overloaded', { retryAfterMs: 40_000 }) }]),
      scriptedEngine('b', [{ failure: failed('misconfigured') }]),
    ]
    await assert.rejects(collectEvents(routed(engines, request()).events), { kind: 'overloaded' })
  })

  it('a request that comes while everybody is full waits for a moment, or hears how long it would have to', async () => {
    const engine = scriptedEngine('a', [good])
    const route = routeTo([engine])
    const one = routed([], request(), { route })
    route.targets[0]?.replicas[0]?.coolDown(3000, 0, 60_000, one.clock.now())
    const before = one.clock.now()
    await collectEvents(one.events)
    assert.ok(one.clock.now() - before >= 3000)
    const two = routed([], request(), { route, clock: one.clock })
    route.targets[0]?.replicas[0]?.coolDown(50_000, 0, 60_000, one.clock.now())
    await assert.rejects(collectEvents(two.events), {
      kind: 'overloaded',
      details: { engine: 'kimi-k2.5', retryAfterMs: 50_000 },
    })
    assert.equal(engine.asked.length, 1)
  })

  it('an engine whose breaker is open is waited for once, and not when it has failed its trial', async () => {
    const dead = scriptedEngine('a', [{ failure: failed('unavailable') }])
    const breaker = { failures: 2, windowMs: 60_000, openMs: 5000, longestOpenMs: 60_000 }
    const route = routeTo([dead], { breaker, attempts: 1 })
    const one = routed([], request(), { route })
    for (const asked of [1, 2, 3, 3]) {
      const { events } = routed([], request(), { route, clock: one.clock })
      await assert.rejects(collectEvents(events), { kind: 'unavailable' })
      assert.equal(dead.asked.length, asked)
    }
  })

  it('a 503 cools a replica down and trips nothing', async () => {
    const full = scriptedEngine('a', [{ failure: failed('unavailable', { status: 503 }) }])
    const { events, route, clock } = routed([full, scriptedEngine('b', [good])], request())
    await collectEvents(events)
    const replica = route.targets[0]?.replicas[0]
    assert.equal(replica?.isCooling(clock.now()), true)
    assert.equal(replica?.breaker.waitMs(clock.now()), 0)
  })

  it('retries end with their budget', async () => {
    const dead = scriptedEngine('a', [{ failure: failed('unavailable') }])
    const route = routeTo([dead], { budget: { share: 0, reserve: 2 }, breaker: { ...SCRIPTED_POLICY.breaker } })
    await assert.rejects(collectEvents(routed([], request(), { route }).events), { kind: 'unavailable' })
    await assert.rejects(collectEvents(routed([], request(), { route }).events), { kind: 'unavailable' })
    assert.equal(dead.asked.length, 4)
  })

  it('what no engine can do is refused with the name of the ability', async () => {
    const { events } = routed([scriptedEngine('a', [good], { tools: false })], request({ tools: [tool('f')] }))
    await assert.rejects(collectEvents(events), /tools/)
  })
})

/** An answer that is cut behind `events`, and what the next engine says. */
async function joined(
  before: readonly GenerationEvent[],
  after: readonly GenerationEvent[],
  more: Partial<GenerationRequest> = {},
  can: Parameters<typeof scriptedEngine>[2] = {},
) {
  const first = scriptedEngine('a', [{ events: [start, ...before], failure: failed('cut') }])
  const second = scriptedEngine('b', [{ events: [{ type: 'start', engine: 'b', model: 'm' }, ...after] }], can)
  const tried = routed([first, second], request({ tools: [tool('f'), tool('g')], ...more }))
  const { events, failure } = await collectUntilFailure(tried.events)
  return { ...tried, seen: events, failure, first, second, asked: second.asked[0] }
}

describe('an answer that was begun', () => {
  it('goes on in its text, and the seam is told before the first event behind it', async () => {
    const { seen, trace, asked, meter } = await joined(
      [text('Hello ')],
      [text('world'), finish(), { type: 'usage', usage: { prompt: 107, completion: 5, cached: 90, reasoning: 0 } }],
    )
    assert.deepEqual(seen, [
      start,
      text('Hello '),
      text('world'),
      finish(),
      { type: 'usage', usage: { prompt: 100, cached: 90, completion: 11, reasoning: 0 } },
    ])
    assert.deepEqual(trace.seams, [{ from: 'e', to: 'b', reason: 'cut', at: 1_000_000 }])
    assert.equal(asked?.maxCompletionTokens, 994)
    assert.equal(meter.usage().prompt, 100)
    const last = asked?.messages.at(-1)
    assert.ok(last?.role === 'assistant' && last.partial && textOf(last.content) === 'Hello ')
  })

  it('goes on inside a thought, and between the thought and the text', async () => {
    const inside = await joined([thought('I sho')], [thought('uld.'), text('Yes'), finish()], { thinking: true })
    assert.deepEqual(onlyChoice(inside.seen), { reasoning: 'I should.', text: 'Yes', calls: [], finish: 'stop' })
    assert.equal(inside.meter.usage().reasoning, 9)
    const part: GenerationEvent = { type: 'usage', usage: { prompt: 105, completion: 7, cached: 0 } }
    const untold = await joined([thought('I sho')], [thought('uld.'), text('Yes'), finish(), part], { thinking: true })
    assert.deepEqual(untold.seen.at(-1), {
      type: 'usage',
      usage: { prompt: 100, completion: 12, cached: 0, reasoning: 9 },
    })
    const between = await joined([thought('I should.')], [text('Yes'), finish()], { thinking: true })
    assert.deepEqual(onlyChoice(between.seen), { reasoning: 'I should.', text: 'Yes', calls: [], finish: 'stop' })
  })

  it('goes on inside arguments, behind them, and with the next call', async () => {
    const half = [call(0, '{"city": "Par', 'f')]
    const calls = async (before: GenerationEvent[], after: GenerationEvent[]) => {
      const { seen, failure } = await joined(before, after)
      assert.equal(failure, undefined)
      const { calls: made, finish: reason } = onlyChoice(seen)
      assert.equal(reason, 'tool_calls')
      return made.map(({ name, arguments: given }) => `${name}${given}`)
    }
    assert.deepEqual(await calls(half, [call(0, 'is"}'), called]), ['f{"city": "Paris"}'])
    assert.deepEqual(await calls(half, [call(0, 'is"}'), finish()]), ['f{"city": "Paris"}'])
    const whole = [call(0, '{}', 'f')]
    assert.deepEqual(await calls(whole, [called]), ['f{}'])
    assert.deepEqual(await calls(whole, [call(1, '{"a":1}', 'g'), called]), ['f{}', 'g{"a":1}'])
    assert.deepEqual(await calls([call(0, '', 'f')], [call(0, '{"a":'), call(0, '1}'), called]), ['f{"a":1}'])
    // Given again, with its name and all arguments: short ones, and ones that are certain.
    assert.deepEqual(await calls(half, [call(0, '{"city": "Paris"}', 'f'), called]), ['f{"city": "Paris"}'])
    assert.deepEqual(await calls([call(0, '{"', 'f')], [call(0, '{"a":1}', 'f'), called]), ['f{"a":1}'])
    assert.deepEqual(await calls([...whole, call(1, '{"b"', 'g')], [call(0, '{}', 'f'), call(1, '{"b":2}', 'g'), called]), ['f{}', 'g{"b":2}']) // prettier-ignore
    assert.deepEqual(await calls([text('Let me look. '), ...half], [text('Let me look. '), call(0, '{"city": "Paris"}', 'f'), called]), ['f{"city": "Paris"}']) // prettier-ignore
  })

  it('does not go on with what leaves a call open, goes back, or makes another call of it', async () => {
    const half = [call(0, '{}', 'f'), call(1, '{"city": "Par', 'f')]
    for (const after of [
      [called],
      [text('Paris is nice.'), finish()],
      [thought('Hm.'), call(1, 'is"}'), called],
      [call(0, '{"other": 1}'), called],
      [call(1, '{"town": "London"}', 'f'), called],
      [call(1, 'is"}', 'g'), called],
      [call(1, 'is"}'), call(0, '{}'), called],
      [call(2, '{}', 'g'), called],
    ]) {
      const { seen, failure, trace } = await joined(half, after, {}, {})
      assert.ok(failure instanceof EngineError && failure.kind === 'cut', JSON.stringify(after))
      assert.deepEqual(seen, [start, ...half].concat(seen.slice(3)), 'nothing of it is given out')
      assert.ok(trace.attempts > 1)
    }
  })

  it('has what the next engine says again taken away, at the beginning and at the end of it', async () => {
    const given = 'The capital of France is Paris, which lies on the Seine. '
    for (const again of [given, given.slice(20), given.slice(-30)]) {
      const { seen, meter } = await joined(
        [text(given)],
        Array.from(`${again}It is old.`, (letter) => text(letter)).concat(finish(), usage),
      )
      assert.equal(onlyChoice(seen).text, `${given}It is old.`)
      assert.equal(meter.usage().completion, given.length + 10, 'what was said again costs nothing')
    }
  })

  it('refuses an engine that starts over with other words, and asks the next', async () => {
    const given = 'The capital of France is Paris, which lies on the Seine.'
    const other = 'The capital of France is Lyon, and always was.'
    const thirds = scriptedEngine('c', [{ events: [start, text(' It is old.'), finish()] }])
    const { events } = routed(
      [
        scriptedEngine('a', [{ events: [start, text(given)], failure: failed('cut') }]),
        scriptedEngine('b', [{ events: [start, text(other), finish()] }]),
        thirds,
      ],
      request(),
    )
    assert.equal(onlyChoice(await collectEvents(events)).text, `${given} It is old.`)
  })

  it('goes on three times, and no more often than the policy says', async () => {
    const piece = (name: string, said: string): ReturnType<typeof scriptedEngine> =>
      scriptedEngine(name, [{ events: [start, text(said)], failure: failed('cut') }])
    const last = scriptedEngine('d', [{ events: [start, text('four'), finish()] }])
    const engines = [piece('a', 'one '), piece('b', 'two '), piece('c', 'three '), last]
    const { events, trace, meter } = routed(engines, request())
    const seen = await collectEvents(events)
    assert.equal(onlyChoice(seen).text, 'one two three four')
    assert.equal(seen.filter(({ type }) => type === 'start').length, 1)
    assert.equal(trace.seams.length, 3)
    assert.equal(meter.usage().completion, 18)
    await assert.rejects(collectEvents(routed(engines, request(), { policy: { seams: 2 } }).events), { kind: 'cut' })
  })

  it('ends with the failure that broke it when nobody goes on, and what was given stays countable', async () => {
    for (const kind of ['refused', 'unavailable', 'overloaded', 'misconfigured'] as const) {
      const { events, meter } = routed(
        [
          scriptedEngine('a', [{ events: [start, text('abc')], failure: failed('cut') }, { failure: failed(kind) }]),
          scriptedEngine('b', [{ failure: failed(kind) }]),
        ],
        request(),
      )
      const { failure } = await collectUntilFailure(events)
      assert.ok(failure instanceof EngineError && failure.kind === 'cut', kind)
      assert.equal(meter.usage().completion, 3)
    }
  })

  it('is passed on when the next engine refuses to go on', async () => {
    const engines = [
      scriptedEngine('a', [{ events: [start, text('abc')], failure: failed('cut') }]),
      scriptedEngine('b', [{ failure: failed('refused') }]),
      scriptedEngine('c', [{ events: [start, text('def'), finish()] }]),
    ]
    assert.equal(onlyChoice(await collectEvents(routed(engines, request()).events)).text, 'abcdef')
  })

  it('goes on only where the engine can, and with the same one again when it alone can', async () => {
    const able = scriptedEngine('a', [
      { events: [start, thought('I sho')], failure: failed('cut') },
      { events: [start, thought('uld'), text('a'), finish()] },
    ])
    const unable = scriptedEngine('b', [good], { resumes: { reasoning: false, toolCalls: false } })
    const { events } = routed([able, unable], request({ thinking: true }))
    assert.equal(onlyChoice(await collectEvents(events)).reasoning, 'I should')
    assert.equal(unable.asked.length, 0)
  })

  it('ends with length when nothing is left of the budget', async () => {
    const { seen, second } = await joined([text('12345')], [text('6')], { maxCompletionTokens: 5 })
    assert.deepEqual(seen.slice(2), [
      { type: 'finish', choice: 0, reason: 'length' },
      { type: 'usage', usage: { prompt: 100, cached: 0, completion: 5, reasoning: 0 } },
    ])
    assert.equal(second.asked.length, 0)
  })

  it('ends at a stop string across the seam: what might begin one was not given out, and is said again', async () => {
    const { seen, asked, second, meter } = await joined(
      [text('one E')],
      [text('EN'), text('D two'), text('x'), finish()],
      { stop: ['END'] },
    )
    const answer = onlyChoice(seen)
    assert.equal(answer.finish, 'stop')
    assert.equal(answer.text, 'one ')
    assert.equal(textOf(asked?.messages.at(-1)?.content ?? ''), 'one ')
    assert.deepEqual(
      seen.find(({ type }) => type === 'finish'),
      { type: 'finish', choice: 0, reason: 'stop', stop: 'END' },
    )
    assert.equal(second.returned, 1)
    assert.equal(meter.usage().completion, 4)
  })

  it('ends at a stop string that began in the prefix of the client', async () => {
    const prefix = { role: 'assistant', content: 'A EN', toolCalls: [], partial: true } as const
    const { seen } = await joined([], [text('D and more'), finish()], {
      stop: ['END'],
      messages: [{ role: 'user', content: 'hi' }, prefix],
    })
    assert.deepEqual(seen.slice(1), [
      { type: 'finish', choice: 0, reason: 'stop', stop: 'END' },
      { type: 'usage', usage: { prompt: 100, cached: 0, completion: 0, reasoning: 0 } },
    ])
  })

  it('goes on behind the prefix that the client sent, also when the engine begins with it', async () => {
    const prefix = { role: 'assistant', content: 'Dear Mr. Smith, ', toolCalls: [], partial: true } as const
    const messages = [{ role: 'user', content: 'hi' }, prefix] as const
    for (const again of ['', 'Dear Mr. Smith, thank you ', 'thank you ']) {
      const { seen, asked } = await joined([text('thank you ')], [text(`${again}for all.`), finish()], { messages })
      assert.equal(onlyChoice(seen).text, 'thank you for all.')
      const last = asked?.messages.at(-1)
      assert.equal(asked?.messages.length, 2)
      assert.ok(last?.role === 'assistant' && textOf(last.content) === 'Dear Mr. Smith, thank you ')
    }
  })

  it('stays one JSON text in JSON mode', async () => {
    const responseFormat = { type: 'json_object' } as const
    const ok = async (before: string, after: string) => {
      const { seen, failure } = await joined([text(before)], [text(after), finish()], { responseFormat })
      return failure === undefined ? onlyChoice(seen).text : 'failed'
    }
    assert.equal(await ok('{"a": "hel', 'lo"}'), '{"a": "hello"}')
    assert.equal(await ok('{"a": "hel', '{"a": "hello"}'), '{"a": "hello"}')
    assert.equal(await ok('{"', '{"a": "hello"}'), '{"a": "hello"}')
    assert.equal(await ok('{"a": "hel', '{"b": "hello"}'), 'failed')
    assert.equal(await ok('{"a": "hel', 'lo"'), 'failed')
    assert.equal(await ok('{"a": "hello"}', ''), '{"a": "hello"}')
  })

  it('is no JSON where none was asked for, though it looks like it', async () => {
    const { seen } = await joined([text('[1] ')], [text('says so, and [2] does not.'), finish()])
    assert.equal(onlyChoice(seen).text, '[1] says so, and [2] does not.')
  })

  it('is not gone on with by another replica of an engine that refuses to', async () => {
    const refusing = scriptedEngine('b', [{ failure: failed('refused') }])
    const third = scriptedEngine('c', [{ events: [start, text('b'), finish()] }])
    const first = scriptedEngine('a', [{ events: [start, text('a')], failure: failed('cut') }])
    const plain = routeTo([first, refusing, third], { attempts: 5 })
    const targets = plain.targets.map((target) => {
      const another = new Replica(refusing, 1, plain.policy.breaker)
      return target.name === 'b' ? { ...target, replicas: [...target.replicas, another] } : target
    })
    const { events } = routed([], request(), { route: { ...plain, targets } })
    assert.equal(onlyChoice(await collectEvents(events)).text, 'ab')
    assert.equal(refusing.asked.length, 1)
  })

  it('of several choices is never gone on with', async () => {
    const sampling = { ...sampleRequest().sampling, n: 2 }
    for (const given of [[text('a')], [finish(0)]]) {
      const { failure, second } = await joined(given, [text('b'), finish()], { sampling })
      assert.ok(failure instanceof EngineError && failure.kind === 'cut')
      assert.equal(second.asked.length, 0)
    }
  })
})

describe('an engine that hangs', () => {
  it('is given up when no first token comes, or when it falls silent, and another goes on', async () => {
    for (const deaf of [false, true]) {
      const hangs = [{ silent: true, deaf }, { events: [start], silent: true, deaf }, { events: [start, text('Hello ')], silent: true, deaf }] // prettier-ignore
      for (const [index, script] of hangs.entries()) {
        const first = scriptedEngine('a', [script])
        const after = index === 2 ? [start, text('world'), finish()] : good.events
        const { events, route } = routed([first, scriptedEngine('b', [{ events: after ?? [] }])], request())
        assert.equal(onlyChoice(await collectEvents(events)).text, 'Hello world')
        assert.equal(first.stopped, 1)
        assert.equal(route.targets[0]?.replicas[0]?.running, 0)
      }
    }
  })

  it('is a timeout when nobody else is there', async () => {
    const { events } = routed([scriptedEngine('a', [{ silent: true, deaf: true }])], request(), {
      policy: SCRIPTED_POLICY,
    })
    await assert.rejects(collectEvents(events), { kind: 'timeout' })
  })

  it('does not keep a client that leaves, whether it aborts or just returns', async () => {
    for (const deaf of [false, true]) {
      const engine = scriptedEngine('a', [{ events: [start, text('a')], silent: true, deaf }])
      const abort = new AbortController()
      const policy = { watchdog: { ...SCRIPTED_POLICY.watchdog, silenceMs: 1e12 } }
      const aborted = routed([engine], request(), { signal: abort.signal, policy })
      const iterator = aborted.events[Symbol.asyncIterator]()
      await iterator.next()
      await iterator.next()
      const pending = iterator.next()
      abort.abort()
      await assert.rejects(pending, { kind: 'aborted' })
      const returned = routed([engine], request(), { policy })
      await returned.events.next()
      await returned.events.next()
      const waiting = returned.events.next().catch((error: unknown) => error)
      await returned.events.return?.()
      await waiting
      assert.equal(engine.stopped, 2)
      for (const { route } of [aborted, returned]) {
        const replica = route.targets[0]?.replicas[0]
        assert.equal(replica?.running, 0)
        assert.equal(replica?.breaker.state, 'closed')
      }
    }
  })

  it('is not what a slow reader makes of it', async () => {
    const { events, clock } = routed([scriptedEngine('a', [good])], request())
    await events.next()
    await events.next()
    for (let turn = 0; turn < 400; turn += 1) await clock.sleep(1000, new AbortController().signal)
    assert.deepEqual((await events.next()).value, text('world'))
    await events.return?.()
  })
})

describe('a client that leaves', () => {
  it('during a pause ends it', async () => {
    const engine = scriptedEngine('a', [{ failure: failed('overloaded', { retryAfterMs: 20_000 }) }])
    const abort = new AbortController()
    const one = routed([engine], request(), { signal: abort.signal })
    one.clock.sleep = (_ms, signal) =>
      new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
    const pending = one.events.next()
    for (let turn = 0; turn < 20; turn += 1) await Promise.resolve()
    abort.abort()
    await assert.rejects(pending, { kind: 'aborted' })
    const two = routed([engine], request())
    two.clock.sleep = one.clock.sleep
    const left = two.events.next().catch((error: unknown) => error)
    for (let turn = 0; turn < 20; turn += 1) await Promise.resolve()
    await two.events.return?.()
    assert.ok((await left) instanceof EngineError)
    one.watchdog.close()
    two.watchdog.close()
  })

  it('during a seam stops the engine that was to go on', async () => {
    const second = scriptedEngine('b', [{ silent: true }])
    const abort = new AbortController()
    const { events, trace } = routed(
      [scriptedEngine('a', [{ events: [start, text('a')], failure: failed('cut') }]), second],
      request(),
      { signal: abort.signal },
    )
    await events.next()
    await events.next()
    const pending = events.next()
    await eventually(
      () => second.asked.length,
      (asked) => asked > 0,
    )
    abort.abort()
    await assert.rejects(pending, { kind: 'aborted' })
    assert.equal(second.stopped, 1)
    assert.deepEqual(trace.seams, [])
  })

  it('while it reads whole batches lets go of the engine too', async () => {
    const engine = scriptedEngine('a', [good])
    const { events, route } = routed([engine], request())
    for await (const batch of batchesOf(events)) if (batch.length > 0) break
    assert.deepEqual([engine.returned, route.targets[0]?.replicas[0]?.running], [1, 0])
  })

  it('lets go of the engine once', async () => {
    const engine = scriptedEngine('a', [good])
    const { events, route } = routed([engine], request())
    for await (const event of events) if (event.type === 'text') break
    await events.return?.()
    assert.equal(engine.returned, 1)
    assert.equal(route.targets[0]?.replicas[0]?.running, 0)
    assert.equal((await events.next()).done, true)
  })
})
