import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { collectEvents, collectUntilFailure, joinEvents } from '../../../../../test/support/collect-events.ts'
import { everySplit, randomSplits, seededRandom } from '../../../../../test/support/every-split.ts'
import {
  type Engine,
  EngineError,
  type EngineErrorKind,
  type EventBatch,
  type GenerationEvent,
  batchesOf,
} from '../../generation/index.ts'
import { assertProtocol } from '../testing/engine-contract.ts'
import { openaiCompatibleEngine } from './engine.ts'
import type { OpenAiCompatibleOptions } from './options.ts'
import { fieldOf } from './json-object.ts'
import { HANDED_IN } from './testing/handed-in.ts'
import { MemoryTransport, type ScriptedReply } from './testing/memory-transport.ts'
import { sampleRequest } from './testing/sample-request.ts'

const NEVER = new AbortController().signal
const JSON_TYPE = { 'content-type': 'application/json' }

function fixture(name: string): Uint8Array {
  return readFileSync(new URL(`fixtures/${name}`, import.meta.url))
}

function open(script: ScriptedReply | ((count: number) => ScriptedReply), more: Partial<OpenAiCompatibleOptions> = {}) {
  const transport = new MemoryTransport((_request, count) => (typeof script === 'function' ? script(count) : script))
  const engine = openaiCompatibleEngine({
    name: 'test',
    url: 'https://upstream.test/v1',
    flavour: 'vllm',
    transport,
    clock: { now: () => 0 },
    ...HANDED_IN,
    ...more,
  })
  return { engine, transport }
}

const TOOLS = ['get_weather', 'get_time'].map((name) => ({
  type: 'function' as const,
  name,
  parameters: { type: 'object' },
  strict: false,
}))

async function answerOf(engine: Engine, whole = false): Promise<GenerationEvent[]> {
  return collectEvents(engine.generate(sampleRequest({ whole, tools: TOOLS }), NEVER))
}

function assertFails(failure: unknown, kind: EngineErrorKind): asserts failure is EngineError {
  assert.ok(failure instanceof EngineError, String(failure))
  assert.equal(failure.kind, kind, failure.message)
}

test('an engine tells where it is asked, without its path', () => {
  const where = (url: string): unknown => open({}, { url }).engine.server
  assert.deepEqual(where('http://10.0.0.5:8000/v1'), { address: '10.0.0.5', port: 8000 })
  assert.deepEqual(where('https://host.test/account/v1'), { address: 'host.test', port: 443 })
  assert.deepEqual(where('http://host.test/v1'), { address: 'host.test', port: 80 })
  assert.deepEqual(where('http://[::1]:8000/v1'), { address: '::1', port: 8000 })
})

const CHUNK = 'data: {"model":"m","choices":[{"index":0,"delta":{"content":"a"}}]}\n\n'
const FINISH = 'data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\n'
const DONE = 'data: [DONE]\n\n'

// The recorded answer of each flavour.

const ANSWER: readonly GenerationEvent[] = [
  { type: 'reasoning', choice: 0, text: 'The user asks about ' },
  { type: 'reasoning', choice: 0, text: '北京. Two lookups,\n' },
  { type: 'reasoning', choice: 0, text: 'one for each "tool".' },
  { type: 'text', choice: 0, text: 'Let me check — ' },
  { type: 'text', choice: 0, text: 'the weather in 北京 🌤' },
  { type: 'text', choice: 0, text: ' and the time.' },
  { type: 'tool-call', choice: 0, call: 0, name: 'get_weather', arguments: '' },
  { type: 'tool-call', choice: 0, call: 0, arguments: '{"city": ' },
  { type: 'tool-call', choice: 0, call: 0, arguments: '"北京", ' },
  { type: 'tool-call', choice: 0, call: 0, arguments: '"unit": "c"}' },
  { type: 'tool-call', choice: 0, call: 1, name: 'get_time', arguments: '' },
  { type: 'tool-call', choice: 0, call: 1, arguments: '{"zone":"Asia/' },
  { type: 'tool-call', choice: 0, call: 1, arguments: 'Shanghai"}' },
  { type: 'finish', choice: 0, reason: 'tool_calls' },
]

/** Who answered, and what each upstream is able to report; a thought that nobody counted is counted by routing. */
const FLAVOURS = [
  { flavour: 'vllm', model: 'moonshotai/Kimi-K2.5', reasoning: undefined, cached: 128 },
  { flavour: 'moonshot', model: 'kimi-k2.6', reasoning: 17, cached: 128 },
  { flavour: 'generic', model: 'kimi-k2.5-fp4', reasoning: 17, cached: 128 },
  { flavour: 'sglang', model: 'moonshotai/Kimi-K2.5', reasoning: 17, cached: 128 },
  { flavour: 'llama-server', model: 'Kimi-K2.5-UD-Q2_K_XL-00001-of-00008.gguf', reasoning: undefined, cached: 128 },
  { flavour: 'cloudflare', model: '@cf/moonshotai/kimi-k2.5', reasoning: 17, cached: 128 },
  { flavour: 'oxen', model: 'moonshotai-kimi-k2-5', reasoning: undefined, cached: 0 },
  // It says 0, of a thought that it did not see.
  { flavour: 'ktransformers', model: 'Kimi-K2.5', reasoning: undefined, cached: 0 },
] as const

for (const { flavour, model, reasoning, cached } of FLAVOURS) {
  const start: GenerationEvent = { type: 'start', engine: 'test', model }
  const told = reasoning === undefined ? {} : { reasoning }
  const usage: GenerationEvent = { type: 'usage', usage: { prompt: 182, completion: 64, cached, ...told } }
  const stream = fixture(`${flavour}.sse`)

  test(`the recorded stream of ${flavour} gives the one answer`, async () => {
    const { engine, transport } = open({ reads: [stream] }, { flavour })
    assert.deepEqual(await answerOf(engine), [start, ...ANSWER, usage])
    assert.equal(transport.seen[0]?.left, 'released')
  })

  test(`the recorded whole reply of ${flavour} gives the same answer, each text in one piece`, async () => {
    const { engine, transport } = open({ headers: JSON_TYPE, reads: [fixture(`${flavour}.json`)] }, { flavour })
    const events = await answerOf(engine, true)
    assert.deepEqual(events[0], start)
    assert.deepEqual(events.at(-1), usage)
    assert.deepEqual(joinEvents(events), joinEvents(ANSWER))
    // Without parsers each call comes as its name and its arguments.
    assert.equal(events.length, flavour === 'ktransformers' ? 9 : 7)
    assert.equal(transport.seen[0]?.left, 'ended')
  })

  test(`however the stream of ${flavour} is cut into reads, the events are the same`, async () => {
    const seed = 20260520
    for (const reads of [[...stream].map((byte) => Uint8Array.of(byte)), ...randomSplits(stream, seed, 100)]) {
      const { engine } = open({ reads }, { flavour })
      assert.deepEqual(await answerOf(engine), [start, ...ANSWER, usage], `seed ${seed}`)
    }
  })
}

test('an engine without parsers leaks calls, and that is told', async () => {
  const repairs: string[] = []
  const onRepair = (kind: string): unknown => repairs.push(kind)
  await answerOf(open({ reads: [fixture('ktransformers.sse')] }, { flavour: 'ktransformers', onRepair }).engine)
  assert.deepEqual(repairs, ['leaked-call', 'leaked-call'])
})

test('markers that leak through the parser of an engine are mended, and those of a host without leaks are text', async () => {
  const leaking = [
    'data: {"choices":[{"delta":{"content":"Look.<|tool_calls_section_begin|><|tool_call_begin|>functions.a:0"}}]}\n\n',
    'data: {"choices":[{"delta":{"content":"<|tool_call_argument_begin|>{}<|tool_call_end|>"},"finish_reason":"stop"}]}\n\n',
    DONE,
  ]
  const tools = [{ type: 'function', name: 'a', parameters: {}, strict: false }] as const
  for (const [flavour, calls, reason] of [
    ['vllm', 1, 'tool_calls'],
    ['generic', 1, 'tool_calls'],
    ['moonshot', 0, 'stop'],
  ] as const) {
    const { engine } = open({ reads: leaking }, { flavour })
    const events = await collectEvents(engine.generate(sampleRequest({ tools, thinking: false }), NEVER))
    const [choice] = joinEvents(events)
    assert.equal(choice?.calls.length, calls, flavour)
    assert.equal(choice?.finish, reason, flavour)
  }
})

test('what came before a failure is given out also where it passes a repair', async () => {
  const { engine } = open({ reads: [`${CHUNK}data: {oh no\n\n`] })
  const { events, failure } = await collectUntilFailure(engine.generate(sampleRequest(), NEVER))
  assertFails(failure, 'protocol')
  assert.deepEqual(events.at(-1), { type: 'text', choice: 0, text: 'a' })
})

test('a small stream gives the same events for every way to cut it into three reads', async () => {
  const small = new TextEncoder().encode(
    'data: {"choices":[{"delta":{"content":"é🌤"},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n',
  )
  for (const reads of everySplit(small, 3)) {
    const { engine } = open({ reads })
    assert.deepEqual(await answerOf(engine), [
      { type: 'start', engine: 'test', model: 'moonshotai/Kimi-K2.5' },
      { type: 'text', choice: 0, text: 'é🌤' },
      { type: 'finish', choice: 0, reason: 'stop' },
    ])
  }
})

test('a damaged stream fails as an engine fails, or gives an answer that keeps the protocol', async () => {
  const { engine: probe } = open({})
  for (let seed = 1; seed <= 600; seed += 1) {
    const random = seededRandom(seed)
    const { flavour } = FLAVOURS[seed % 3] ?? FLAVOURS[0]
    const { engine } = open({ reads: [damaged(fixture(`${flavour}.sse`), random)] }, { flavour })
    const { events, failure } = await collectUntilFailure(engine.generate(sampleRequest(), NEVER))
    if (failure === undefined) assertProtocol(events, probe, sampleRequest())
    else assert.ok(failure instanceof EngineError, `seed ${seed}`)
    assert.ok(failure === undefined || events.every(({ type }) => type !== 'finish'), `seed ${seed}`)
  }
})

/** Bytes changed, lost, repeated or moved at a few random places. */
function damaged(stream: Uint8Array, random: () => number): Uint8Array {
  let bytes = [...stream]
  for (let times = 1 + Math.floor(random() * 4); times > 0; times -= 1) {
    const at = Math.floor(random() * bytes.length)
    const length = 1 + Math.floor(random() * 40)
    const piece = bytes.slice(at, at + length)
    const kind = Math.floor(random() * 4)
    if (kind === 0) bytes[at] = Math.floor(random() * 256)
    else if (kind === 1) bytes = [...bytes.slice(0, at), ...bytes.slice(at + length)]
    else if (kind === 2) bytes = [...bytes.slice(0, at), ...piece, ...bytes.slice(at)]
    else bytes = [...bytes.slice(0, at), ...piece.toReversed(), ...bytes.slice(at + length)]
  }
  return Uint8Array.from(bytes)
}

// Asking.

test('the request goes to the chat address with the key, and asks for the model by its upstream id', async () => {
  const { engine, transport } = open(
    { reads: [CHUNK, FINISH, DONE] },
    {
      url: 'https://upstream.test/api/v1/',
      key: 'sk-test',
      headers: { 'x-title': 'moonbase' },
      model: 'any-model',
      models: { 'kimi-k2.5': 'kimi-k2.6' },
    },
  )
  await answerOf(engine)
  const [seen] = transport.seen
  assert.equal(seen?.request.url, 'https://upstream.test/api/v1/chat/completions')
  assert.deepEqual(seen?.request.headers, {
    'x-title': 'moonbase',
    authorization: 'Bearer sk-test',
    'content-type': 'application/json',
    accept: 'text/event-stream',
  })
  assert.equal(fieldOf(seen?.json, 'model'), 'kimi-k2.6')
})

test('nothing is asked before the first step', async () => {
  const { engine, transport } = open({ reads: [CHUNK, FINISH, DONE] })
  const events = engine.generate(sampleRequest(), NEVER)
  await Promise.resolve()
  assert.equal(transport.seen.length, 0)
  await collectEvents(events)
  assert.equal(transport.seen.length, 1)
})

test('a host that answers a stream whole, or a whole request as a stream, is understood', async () => {
  const whole = open({ headers: JSON_TYPE, reads: [fixture('vllm.json')] })
  assert.deepEqual(joinEvents(await answerOf(whole.engine)), joinEvents(ANSWER))
  const streamed = open({ reads: [fixture('vllm.sse')] })
  assert.deepEqual(joinEvents(await answerOf(streamed.engine, true)), joinEvents(ANSWER))
  const untyped = open({ headers: {}, reads: [fixture('vllm.sse')] })
  assert.deepEqual(joinEvents(await answerOf(untyped.engine)), joinEvents(ANSWER))
})

test('a page, and an encoding that was not asked for, are no answers and are not read', async () => {
  for (const headers of [
    { 'content-type': 'text/html; charset=utf-8' },
    { 'content-type': 'text/event-stream', 'content-encoding': 'gzip' },
  ]) {
    const { engine, transport } = open({ headers, reads: ['<html>'] })
    const { failure } = await collectUntilFailure(engine.generate(sampleRequest(), NEVER))
    assertFails(failure, 'protocol')
    assert.equal(transport.seen[0]?.left, 'destroyed')
  }
})

// Failing.

test('an error status fails with its meaning before anything was given out', async () => {
  const { engine } = open({
    status: 429,
    headers: { ...JSON_TYPE, 'retry-after': '2' },
    reads: ['{"error":{"message":"slow","type":"engine_overloaded_error"}}'],
  })
  const { events, failure } = await collectUntilFailure(engine.generate(sampleRequest(), NEVER))
  assert.deepEqual(events, [])
  assertFails(failure, 'overloaded')
  assert.equal(failure.details.retryAfterMs, 2000)
})

test('no more than the beginning of an error is read, and a broken one still has its status', async () => {
  const endless = (function* () {
    for (;;) yield 'x'.repeat(1024)
  })()
  const long = open({ status: 500, reads: endless })
  assertFails((await collectUntilFailure(long.engine.generate(sampleRequest(), NEVER))).failure, 'unavailable')
  assert.equal(long.transport.seen[0]?.left, 'destroyed')
  const broken = open({ status: 400, headers: JSON_TYPE, reads: ['{"err'], ending: 'reset' })
  assertFails((await collectUntilFailure(broken.engine.generate(sampleRequest(), NEVER))).failure, 'refused')
})

test('a failure before the head, and one in the body, mean different things', async () => {
  const kinds = [
    ['connect', 'unavailable', undefined],
    ['reset', 'unavailable', 'cut'],
    ['timeout', 'timeout', 'timeout'],
    ['malformed', 'protocol', 'protocol'],
  ] as const
  for (const [kind, before, after] of kinds) {
    const unreached = open({ refuse: kind })
    assertFails((await collectUntilFailure(unreached.engine.generate(sampleRequest(), NEVER))).failure, before)
    if (after === undefined) continue
    const broken = open({ reads: [CHUNK], ending: kind })
    const { events, failure } = await collectUntilFailure(broken.engine.generate(sampleRequest(), NEVER))
    assertFails(failure, after)
    assert.equal(events.length, 2)
  }
})

test('events that came in one read with a fault are given out before it, and the request is stopped', async () => {
  const { engine, transport } = open({ reads: [`${CHUNK}${CHUNK}data: {broken\n\n${CHUNK}`], ending: 'stall' })
  const { events, failure } = await collectUntilFailure(engine.generate(sampleRequest(), NEVER))
  assertFails(failure, 'protocol')
  assert.deepEqual(
    events.map(({ type }) => type),
    ['start', 'text', 'text'],
  )
  assert.equal(transport.seen[0]?.left, 'destroyed')
})

test('a clean end without [DONE] is a cut, however much was finished', async () => {
  for (const reads of [
    [],
    [CHUNK],
    [CHUNK, FINISH],
    [CHUNK, FINISH, 'data: [DONE]\n'],
    [CHUNK, FINISH, 'data: [DON'],
  ]) {
    const { engine } = open({ reads })
    const { events, failure } = await collectUntilFailure(engine.generate(sampleRequest(), NEVER))
    assertFails(failure, 'cut')
    assert.ok(events.every(({ type }) => type !== 'finish'))
  }
})

test('a whole reply that is cut or has no finish is no answer', async () => {
  const json = new TextDecoder().decode(fixture('moonshot.json')).trimEnd()
  const cut = open({ headers: JSON_TYPE, reads: [json.slice(0, -1)] })
  assertFails(
    (await collectUntilFailure(cut.engine.generate(sampleRequest({ whole: true }), NEVER))).failure,
    'protocol',
  )
  const unfinished = open({
    headers: JSON_TYPE,
    reads: ['{"choices":[{"message":{"content":"a"},"finish_reason":null}]}'],
  })
  const { failure } = await collectUntilFailure(unfinished.engine.generate(sampleRequest({ whole: true }), NEVER))
  assertFails(failure, 'cut')
})

test('an error with status 200 is an error, streamed or whole', async () => {
  const error = '{"error":{"message":"no room","type":"engine_overloaded_error"}}'
  for (const script of [{ headers: JSON_TYPE, reads: [error] }, { reads: [`data: ${error}\n\n`] }]) {
    const { engine } = open(script)
    assertFails((await collectUntilFailure(engine.generate(sampleRequest(), NEVER))).failure, 'overloaded')
  }
})

test('after its failure an answer is over', async () => {
  const { engine } = open({ reads: [CHUNK] })
  const events = engine.generate(sampleRequest(), NEVER)[Symbol.asyncIterator]()
  await events.next()
  await events.next()
  await assert.rejects(async () => events.next())
  assert.deepEqual(await events.next(), { done: true, value: undefined })
})

// Limits.

test('an event and a whole reply have their limits, kept exactly and named', async () => {
  const event = new TextEncoder().encode(CHUNK.trimEnd()).length
  const fits = open({ reads: [CHUNK, FINISH, DONE] }, { limits: { eventBytes: event } })
  await answerOf(fits.engine)
  const long = open({ reads: [CHUNK, FINISH, DONE] }, { limits: { eventBytes: event - 1 } })
  const streamed = await collectUntilFailure(long.engine.generate(sampleRequest(), NEVER))
  assertFails(streamed.failure, 'limit')
  assert.deepEqual(streamed.failure.details.limit, { size: event - 1, unit: 'bytes' })

  const reply = fixture('vllm.json')
  const whole = sampleRequest({ whole: true })
  const exact = open({ headers: JSON_TYPE, reads: [reply] }, { limits: { replyBytes: reply.length } })
  await collectEvents(exact.engine.generate(whole, NEVER))
  const large = open(
    { headers: JSON_TYPE, reads: [reply], ending: 'stall' },
    { limits: { replyBytes: reply.length - 1 } },
  )
  assertFails((await collectUntilFailure(large.engine.generate(whole, NEVER))).failure, 'limit')
  assert.equal(large.transport.seen[0]?.left, 'destroyed')
})

// Stopping.

test('an abort before the first step asks nothing', async () => {
  const { engine, transport } = open({ reads: [CHUNK, FINISH, DONE] })
  const { failure } = await collectUntilFailure(engine.generate(sampleRequest(), AbortSignal.abort()))
  assertFails(failure, 'aborted')
  assert.equal(transport.seen.length, 0)
})

test('an abort rejects the pending step and destroys the request', async () => {
  const { engine, transport } = open({ reads: [CHUNK], ending: 'stall' })
  const stop = new AbortController()
  const events = engine.generate(sampleRequest(), stop.signal)[Symbol.asyncIterator]()
  await events.next()
  await events.next()
  const pending = assert.rejects(
    async () => events.next(),
    (error) => {
      assertFails(error, 'aborted')
      return true
    },
  )
  stop.abort()
  await pending
  assert.equal(transport.seen[0]?.left, 'destroyed')
})

test('an abort wins over events that are ready', async () => {
  const { engine, transport } = open({ reads: [CHUNK + CHUNK + CHUNK], ending: 'stall' })
  const stop = new AbortController()
  const events = engine.generate(sampleRequest(), stop.signal)[Symbol.asyncIterator]()
  await events.next()
  stop.abort()
  await assert.rejects(
    async () => events.next(),
    (error) => {
      assertFails(error, 'aborted')
      return true
    },
  )
  assert.equal(transport.seen[0]?.left, 'destroyed')
})

test('a reader that leaves destroys the request, between steps and during one', async () => {
  const between = open({ reads: [CHUNK], ending: 'stall' })
  for await (const event of between.engine.generate(sampleRequest(), NEVER)) if (event.type === 'text') break
  assert.equal(between.transport.seen[0]?.left, 'destroyed')

  const during = open({ reads: [CHUNK], ending: 'stall' })
  const events = during.engine.generate(sampleRequest(), NEVER)[Symbol.asyncIterator]()
  await events.next()
  await events.next()
  const pending = events.next()
  await events.return?.()
  assert.equal(during.transport.seen[0]?.left, 'destroyed')
  assert.deepEqual(await pending, { done: true, value: undefined })
})

test('a reader that leaves before the head has come destroys the reply when it comes', async () => {
  const { engine, transport } = open({ reads: [CHUNK], ending: 'stall' })
  const events = engine.generate(sampleRequest(), NEVER)[Symbol.asyncIterator]()
  const pending = events.next()
  await events.return?.()
  assert.deepEqual(await pending, { done: true, value: undefined })
  assert.equal(transport.seen[0]?.left, 'destroyed')
})

test('steps that are taken without waiting come in order', async () => {
  const { engine } = open({ reads: [CHUNK, CHUNK, FINISH, DONE] })
  const events = engine.generate(sampleRequest(), NEVER)[Symbol.asyncIterator]()
  const steps = await Promise.all(Array.from({ length: 6 }, async () => events.next()))
  assert.deepEqual(
    steps.map(({ value }) => value?.type),
    ['start', 'text', 'text', 'finish', undefined, undefined],
  )
})

// Health, and options.

test('health is the list of models, and says why not', async () => {
  const statuses = [
    [200, true],
    [400, true],
    [429, true],
    [401, false],
    [403, false],
    [404, false],
    [301, false],
    [500, false],
    [503, false],
  ] as const
  for (const [status, ok] of statuses) {
    const { engine, transport } = open({ status, headers: JSON_TYPE, reads: ['{"data":[]}'] }, { key: 'sk-test' })
    assert.equal((await engine.health(NEVER)).ok, ok, String(status))
    assert.equal(transport.seen[0]?.method, 'GET')
    assert.equal(transport.seen[0]?.request.url, 'https://upstream.test/v1/models')
    assert.equal(transport.seen[0]?.request.headers['authorization'], 'Bearer sk-test')
  }
  const { engine } = open({ refuse: 'connect' })
  assert.deepEqual(await engine.health(NEVER), { ok: false, reason: 'test: scripted: connect' })
})

function refused(more: Partial<OpenAiCompatibleOptions>, words: RegExp): void {
  assert.throws(() => open({}, more), words)
}

test('options that can not work are refused in plain words', () => {
  refused({ url: 'upstream' }, /http or https/)
  refused({ url: 'ftp://upstream.test' }, /http or https/)
  refused({ url: 'https://user:secret@upstream.test/v1' }, /credentials/)
  refused({ url: 'https://upstream.test/v1?a=b' }, /path/)
  refused({ key: 'two words' }, /printable/)
  refused({ key: 'line\nbreak' }, /printable/)
  refused({ key: '' }, /printable/)
})

test('an operator corrects what an upstream is able to do', () => {
  assert.equal(open({}, { flavour: 'vllm' }).engine.can.video, false)
  assert.equal(open({}, { flavour: 'vllm', can: { video: true } }).engine.can.video, true)
})

// Batches: what one read brought, at once.

async function batchesFrom(engine: Engine, signal = NEVER): Promise<EventBatch[]> {
  const batches: EventBatch[] = []
  for await (const batch of batchesOf(engine.generate(sampleRequest(), signal))) batches.push(batch)
  return batches
}

test('every event of one read comes in one batch, and the batches joined are the events', async () => {
  const script = { reads: [CHUNK + CHUNK, CHUNK, FINISH + DONE] }
  const batches = await batchesFrom(open(script).engine)
  assert.deepEqual(
    batches.map(({ length }) => length),
    [3, 1, 1],
  )
  assert.deepEqual(batches.flat(), await answerOf(open(script).engine))
})

test('a failure comes behind the batch that was good, and an abort before the next one', async () => {
  const { engine } = open({ reads: [CHUNK, `${CHUNK}data: no JSON\n\n`] })
  const batches = batchesOf(engine.generate(sampleRequest(), NEVER))[Symbol.asyncIterator]()
  assert.equal((await batches.next()).value?.length, 2)
  assert.equal((await batches.next()).value?.length, 1)
  await assert.rejects(batches.next(), { kind: 'protocol' })
  assert.deepEqual(await batches.next(), { done: true, value: undefined })

  const abort = new AbortController()
  const { engine: other, transport } = open({ reads: [CHUNK, CHUNK], ending: 'stall' })
  const stopped = batchesOf(other.generate(sampleRequest(), abort.signal))[Symbol.asyncIterator]()
  await stopped.next()
  abort.abort()
  await assert.rejects(stopped.next(), { kind: 'aborted' })
  assert.equal(transport.seen[0]?.left, 'destroyed')
})

test('batches that are asked for without waiting come in order, and leaving destroys the request', async () => {
  const { engine, transport } = open({ reads: [CHUNK, CHUNK + CHUNK], ending: 'stall' })
  const batches = batchesOf(engine.generate(sampleRequest(), NEVER))[Symbol.asyncIterator]()
  const [first, second] = await Promise.all([batches.next(), batches.next()])
  assert.equal(first.value?.length, 2)
  assert.equal(second.value?.length, 2)
  await batches.return?.()
  assert.deepEqual(await batches.next(), { done: true, value: undefined })
  assert.equal(transport.seen[0]?.left, 'destroyed')
})
