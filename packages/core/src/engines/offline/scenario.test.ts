import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { parse as parseYaml } from 'yaml'
import {
  answerTo,
  askedFor,
  assistant,
  eventsFor,
  getWeather,
  instantClock,
  isObject,
  manualClock,
  offlineWith,
  user,
} from '../../../../../test/support/ask-offline.ts'
import { collectUntilFailure, joinEvents, onlyChoice } from '../../../../../test/support/collect-events.ts'
import {
  type Clock,
  type Engine,
  EngineError,
  type GenerationEvent,
  type GenerationRequest,
} from '../../generation/index.ts'
import { SCENARIO_SCHEMA, ScenarioError, parseScenarios } from './scenario.ts'

const repository = new URL('../../../../../', import.meta.url)

describe('scenario files', () => {
  const mistakes: readonly (readonly [scenario: unknown, message: string | RegExp])[] = [
    [7, 'scenarios[0]: must be an object'],
    [{ name: 'x', match: {} }, 'scenarios[0].reply: is missing'],
    [{ name: '', match: {}, reply: {} }, 'scenarios[0].name: must not be empty'],
    [
      { name: 'x', match: {}, reply: {}, time: 1 },
      'scenarios[0].time: is not known; the fields here are name, match, reply, times',
    ],
    [{ name: 'x', match: {}, reply: {}, times: 0 }, 'scenarios[0].times: must be a whole number from 1 to 1000000'],
    [{ name: 'x', match: { thinking: 'yes' }, reply: {} }, 'scenarios[0].match.thinking: must be true or false'],
    [
      { name: 'x', match: { last_user: { regex: '(' } }, reply: {} },
      /^scenarios\[0\]\.match\.last_user\.regex: Invalid regular expression/,
    ],
    [
      { name: 'x', match: { last_user: { regex: 'a', flags: 'g' } }, reply: {} },
      'scenarios[0].match.last_user.flags: may hold the flags i, m, s and u',
    ],
    [
      { name: 'x', match: { response_format: 'xml' }, reply: {} },
      'scenarios[0].match.response_format: must be one of text, json_object, json_schema',
    ],
    [
      { name: 'x', match: {}, reply: { text: 'a', json: {} } },
      'scenarios[0].reply.json: cannot stand beside text: both are the text',
    ],
    [
      { name: 'x', match: {}, reply: { tool_calls: [{ name: 'f', arguments: 3 }] } },
      'scenarios[0].reply.tool_calls[0].arguments: must be an object',
    ],
    [{ name: 'x', match: {}, reply: { chunks: 'a' } }, 'scenarios[0].reply.chunks: must be a list'],
    [
      { name: 'x', match: {}, reply: { fault: { status: 200 } } },
      'scenarios[0].reply.fault.status: must be a whole number from 400 to 599',
    ],
    [
      { name: 'x', match: {}, reply: { fault: { retry_after: 3 } } },
      'scenarios[0].reply.fault.retry_after: needs status beside it',
    ],
    [
      { name: 'x', match: {}, reply: { fault: { for_ms: 3 } } },
      'scenarios[0].reply.fault.for_ms: needs silence_after_chunks beside it',
    ],
  ]
  for (const [scenario, message] of mistakes) {
    test(`name the mistake: ${String(message)}`, () => {
      assert.throws(
        () => parsed(scenario),
        (error) => {
          assert.ok(error instanceof ScenarioError)
          if (typeof message === 'string') assert.equal(error.message, message)
          else assert.match(error.message, message)
          assert.ok(error.path.length > 0)
          return true
        },
      )
    })
  }

  test('have a version, and nothing beside the scenarios', () => {
    assert.throws(() => parseScenarios(null), /the document: must be an object/)
    assert.throws(() => parseScenarios({ scenarios: [] }), /version: is missing/)
    assert.throws(() => parseScenarios({ version: 2, scenarios: [] }), /version: must be a whole number from 1 to 1/)
    assert.deepEqual(parseScenarios({ version: 1, scenarios: [] }), [])
  })

  test('have a published schema that is the one they are read by', () => {
    const published = JSON.parse(
      readFileSync(new URL('docs/schemas/scenario.schema.json', repository), 'utf8'),
    ) as unknown
    assert.deepEqual(published, JSON.parse(JSON.stringify(SCENARIO_SCHEMA)))
  })

  test('of the guide can be read and do what the guide says', async () => {
    const guide = readFileSync(new URL('docs/offline-engine.md', repository), 'utf8')
    const examples = [...guide.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, yaml = '']) => scenariosIn(parseYaml(yaml)))
    assert.ok(examples.length > 1)
    for (const scenarios of examples) assert.ok(parseScenarios({ version: 1, scenarios }).length > 0)
    const first = offlineWith({ scenarios: examples[0] ?? [] })
    const { failure } = await collectUntilFailure(first.generate(askedFor('What is the capital of France?'), live()))
    assert.ok(failure instanceof EngineError && failure.kind === 'overloaded' && failure.details.retryAfterMs === 2_000)
    assert.equal((await answerTo(askedFor('What is the capital of France?', { thinking: true }), first)).text, 'Paris.')
  })
})

describe('matching', () => {
  const plain = askedFor('What is the Weather?')
  const image = { type: 'image', mime: 'image/png', base64: 'AAAA', measured: { width: 1, height: 1 } } as const
  const looped = askedFor('', {
    messages: [
      user('go'),
      assistant('', { toolCalls: [{ id: 'a', name: 'get_weather', arguments: '{}', builtin: false }] }),
      { role: 'tool', toolCallId: 'a', content: 'rain' },
    ],
  })
  const cases: readonly (readonly [match: unknown, request: GenerationRequest, matches: boolean])[] = [
    [{}, plain, true],
    [{ last_user: 'Weather' }, plain, true],
    [{ last_user: 'weather' }, plain, false],
    [{ last_user: { regex: 'weather', flags: 'i' } }, plain, true],
    [{ last_user: 'go' }, askedFor('', { messages: [user('go'), assistant('ok'), user('stop')] }), false],
    [{ any_message: 'go' }, askedFor('', { messages: [user('go'), assistant('ok'), user('stop')] }), true],
    [{ turn: 2 }, askedFor('', { messages: [user('go'), assistant('ok'), user('stop')] }), true],
    [{ turn: 1 }, askedFor('', { messages: [user('go'), assistant('ok'), user('stop')] }), false],
    [{ system: 'pirate' }, askedFor('', { messages: [{ role: 'system', content: 'Be a pirate.' }, user('hi')] }), true],
    [{ system: 'pirate' }, askedFor('pirate'), false],
    [{ model: 'kimi-k2.5' }, plain, true],
    [{ model: 'kimi' }, plain, false],
    [{ model: { regex: '^kimi' } }, plain, true],
    [{ has_tool: 'get_weather' }, askedFor('hi', { tools: [getWeather] }), true],
    [{ has_tool: 'get_weather' }, plain, false],
    [{ thinking: false }, plain, true],
    [{ thinking: true }, plain, false],
    [{ has_image: true }, askedFor('', { messages: [{ role: 'user', content: [image] }] }), true],
    [{ has_image: true }, plain, false],
    [{ partial: true }, askedFor('', { messages: [user('go'), assistant('so', { partial: true })] }), true],
    [{ stream: false }, { ...plain, whole: true }, true],
    [{ response_format: 'json_object' }, plain, false],
    [{ after_tool: true }, looped, true],
    [{ after_tool: 'get_weather' }, looped, true],
    [{ after_tool: 'get_time' }, looped, false],
    [{ after_tool: false }, plain, true],
    [{ last_user: 'Weather', thinking: true }, plain, false],
  ]
  for (const [index, [match, request, matches]] of cases.entries()) {
    test(`${index + 1}: ${JSON.stringify(match)} ${matches ? 'matches' : 'does not match'}`, async () => {
      assert.equal(await isMatched(match, request), matches)
    })
  }

  test('the first that matches answers, as often as it may', async () => {
    const engine = offlineWith({
      scenarios: [
        { name: 'twice', match: { last_user: 'go' }, times: 2, reply: { text: 'first' } },
        { name: 'always', match: {}, reply: { text: 'second' } },
      ],
    })
    const said: string[] = []
    for (const message of ['go', 'no', 'go', 'go']) said.push((await answerTo(askedFor(message), engine)).text)
    assert.deepEqual(said, ['first', 'second', 'first', 'second'])
  })

  test('a generation that nobody reads does not count', async () => {
    const engine = offlineWith({ scenarios: [{ name: 'once', match: {}, times: 1, reply: { text: 'once' } }] })
    engine.generate(askedFor('go'), live())
    assert.equal((await answerTo(askedFor('go'), engine)).text, 'once')
  })
})

describe('scripted replies', () => {
  test('are said as they are written', async () => {
    const reply = {
      reasoning: 'Hm.',
      text: 'So be it.',
      tool_calls: [{ name: 'f', arguments: { a: 1 } }, { name: 'g', arguments: '{broken', id: 'mine' }, { name: 'h' }],
    }
    const answer = await answerTo(askedFor('go', { thinking: true }), engineSaying(reply))
    assert.deepEqual(answer, {
      reasoning: 'Hm.',
      text: 'So be it.',
      calls: [
        { name: 'f', id: undefined, arguments: '{"a":1}' },
        { name: 'g', id: 'mine', arguments: '{broken' },
        { name: 'h', id: undefined, arguments: '{}' },
      ],
      finish: 'tool_calls',
    })
    assert.equal((await answerTo(askedFor('go'), engineSaying(reply))).reasoning, '')
  })

  test('may be JSON, may end otherwise, and may report any usage', async () => {
    const events = await eventsFor(
      askedFor('go'),
      engineSaying({ json: { a: [1, null] }, finish_reason: 'content_filter', usage: { prompt: 1000, cached: 900 } }),
    )
    assert.deepEqual(joinEvents(events), [
      { reasoning: '', text: '{"a":[1,null]}', calls: [], finish: 'content_filter' },
    ])
    const last = events.at(-1)
    assert.ok(last?.type === 'usage')
    assert.deepEqual({ ...last.usage, completion: 0 }, { prompt: 1000, completion: 0, cached: 900, reasoning: 0 })
  })

  test('come in the pieces and at the pace that is wanted', async () => {
    const clock = instantClock()
    const chunks = ['one ', 'two ', 'three']
    const events = await eventsFor(
      askedFor('go'),
      engineSaying({ chunks, pace: { first_token_ms: 250, per_chunk_ms: 40 } }, clock),
    )
    assert.deepEqual(chunksOf(events), chunks)
    assert.deepEqual(clock.slept, [250, 40, 40])
    const sized = await eventsFor(
      askedFor('go', { thinking: true }),
      engineSaying({ reasoning: 'abcde', text: 'fghij', chunk_size: 2 }),
    )
    assert.deepEqual(chunksOf(sized), ['ab', 'cd', 'e', 'fg', 'hi', 'j'])
  })

  test('still obey stop strings, budgets and prefixes', async () => {
    const engine = engineSaying({ text: 'one two three four' })
    assert.equal((await answerTo(askedFor('go', { stop: [' three'] }), engine)).text, 'one two')
    const cut = await answerTo(askedFor('go', { maxCompletionTokens: 2 }), engine)
    assert.equal(cut.finish, 'length')
    assert.equal(cut.text, 'one two')
    const messages = [user('go'), assistant('one tw', { partial: true })]
    assert.equal((await answerTo(askedFor('', { messages }), engine)).text, 'o three four')
  })

  test('with nothing to say leave the answer to the engine', async () => {
    assert.equal((await answerTo(askedFor('say hello'), engineSaying({ pace: { per_chunk_ms: 5 } }))).text, 'hello')
    const thought = await answerTo(
      askedFor('say hello', { thinking: true }),
      engineSaying({ reasoning: 'Scripted thought.' }),
    )
    assert.deepEqual([thought.reasoning, thought.text], ['Scripted thought.', 'hello'])
  })
})

describe('scripted faults', () => {
  const CHUNKS = ['a', 'b', 'c', 'd']

  async function play(fault: unknown, overrides: Partial<GenerationRequest> = {}, clock = instantClock()) {
    const engine = offlineWith({ clock, scenarios: [{ name: 'x', match: {}, reply: { chunks: CHUNKS, fault } }] })
    const { events, failure } = await collectUntilFailure(engine.generate(askedFor('go', overrides), live()))
    return { events, text: events.length > 1 ? onlyChoice(events).text : '', failure, clock }
  }

  test('a status fails before anything is said, with its words', async () => {
    const { events, failure, clock } = await play({
      status: 429,
      retry_after: 3,
      message: 'slow down',
      delay_first_token_ms: 500,
    })
    assert.deepEqual(events, [])
    assert.deepEqual(clock.slept, [500])
    assert.ok(failure instanceof EngineError)
    assert.deepEqual([failure.kind, failure.details.status, failure.details.retryAfterMs], ['overloaded', 429, 3_000])
    assert.match(failure.message, /slow down/)
    const quota = await play({ status: 429, type: 'exceeded_current_quota_error' })
    assert.equal(quota.failure instanceof EngineError && quota.failure.kind, 'misconfigured')
  })

  for (const [field, kind] of [
    ['cut_after_chunks', 'cut'],
    ['reset_after_chunks', 'cut'],
    ['malformed_after_chunks', 'protocol'],
  ] as const) {
    test(`${field} strikes behind the chunk it names`, async () => {
      for (const after of [0, 1, 3, 4, 99]) {
        const { events, text, failure } = await play({ [field]: after })
        assert.equal(text, CHUNKS.slice(0, after).join(''))
        assert.equal(events.length, after === 0 ? 0 : 1 + Math.min(after, CHUNKS.length))
        assert.ok(failure instanceof EngineError)
        assert.equal(failure.kind, kind)
        assert.match(failure.message, /as scripted/)
      }
    })
  }

  test('missing_done gives everything, and then fails', async () => {
    const { events, text, failure } = await play({ missing_done: true })
    assert.equal(text, 'abcd')
    assert.equal(events.at(-1)?.type, 'finish')
    assert.ok(failure instanceof EngineError && failure.kind === 'cut')
  })

  test('no_finish ends as if that were an end', async () => {
    const { events, text, failure } = await play({ no_finish: true })
    assert.equal(failure, undefined)
    assert.equal(text, 'abcd')
    assert.equal(
      events.some(({ type }) => type === 'finish' || type === 'usage'),
      false,
    )
  })

  test('a silence passes when it has an end', async () => {
    const { text, failure, clock } = await play({ silence_after_chunks: 2, for_ms: 30_000 })
    assert.equal(failure, undefined)
    assert.equal(text, 'abcd')
    assert.deepEqual(clock.slept, [30_000])
  })

  test('a silence without an end is ended by the reader', async () => {
    const engine = offlineWith({
      clock: manualClock(),
      scenarios: [{ name: 'x', match: {}, reply: { chunks: CHUNKS, fault: { silence_after_chunks: 1 } } }],
    })
    const abort = new AbortController()
    const iterator = engine.generate(askedFor('go'), abort.signal)[Symbol.asyncIterator]()
    await iterator.next()
    await iterator.next()
    const pending = iterator.next()
    abort.abort()
    await assert.rejects(pending, (error) => error instanceof EngineError && error.kind === 'aborted')
  })

  test('faults count what the client sees, and strike even when a stop string ends the answer first', async () => {
    const { text, failure } = await play({ cut_after_chunks: 3 }, { stop: ['bc'] })
    assert.equal(text, 'a')
    assert.ok(failure instanceof EngineError && failure.kind === 'cut')
  })

  test('two faults strike in their order', async () => {
    const { text, failure, clock } = await play({ silence_after_chunks: 1, for_ms: 10, cut_after_chunks: 2 })
    assert.equal(text, 'ab')
    assert.deepEqual(clock.slept, [10])
    assert.ok(failure instanceof EngineError && failure.kind === 'cut')
  })
})

function live(): AbortSignal {
  return new AbortController().signal
}

function parsed(scenario: unknown): unknown {
  return parseScenarios({ version: 1, scenarios: [scenario] })
}

async function isMatched(match: unknown, request: GenerationRequest): Promise<boolean> {
  const engine = offlineWith({ scenarios: [{ name: 'x', match, reply: { text: 'matched' } }] })
  return (await answerTo(request, engine)).text === 'matched'
}

function engineSaying(reply: unknown, clock: Clock = instantClock()): Engine {
  return offlineWith({ clock, scenarios: [{ name: 'x', match: {}, reply }] })
}

function chunksOf(events: readonly GenerationEvent[]): string[] {
  return events.flatMap((event) => (event.type === 'text' || event.type === 'reasoning' ? [event.text] : []))
}

function scenariosIn(file: unknown): readonly unknown[] {
  assert.ok(isObject(file) && file['version'] === 1 && Array.isArray(file['scenarios']))
  return file['scenarios']
}
