import assert from 'node:assert/strict'
import { hash } from 'node:crypto'
import { describe, test } from 'node:test'
import {
  askedFor,
  assistant,
  getWeather,
  instantClock,
  manualClock,
  offlineWith,
  user,
} from '../../../../../test/support/ask-offline.ts'
import { collectEvents, collectUntilFailure } from '../../../../../test/support/collect-events.ts'
import {
  type Clock,
  type ContentPart,
  type Engine,
  EngineError,
  type GenerationEvent,
  type GenerationRequest,
  mediaFromUrl,
} from '../../generation/index.ts'
import { type ContractSubject, engineContract } from '../testing/engine-contract.ts'
import { Recorder, type ReplayEngineOptions, readCassette, replayEngine } from './index.ts'

const sha256 = async (text: string): Promise<string> => hash('sha256', text)
const live = (): AbortSignal => new AbortController().signal
const noNotes = (problem: string): void => assert.fail(problem)

const PIXEL =
  'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='

/** Asks the engine one request after the other, and gives the text of the cassette. */
async function recorded(
  engine: Engine,
  requests: readonly GenerationRequest[],
  { clock = instantClock(), secrets = [] }: { clock?: Clock; secrets?: readonly string[] } = {},
): Promise<string> {
  let cassette = ''
  const write = (lines: string): void => void (cassette += lines)
  const recorder = new Recorder({ sink: { write }, clock, sha256, secrets, note: noNotes })
  const recording = recorder.record(engine)
  for (const request of requests) await collectUntilFailure(recording.generate(request, live()))
  await recorder.idle()
  return cassette
}

async function replaying(text: string, options: Partial<ReplayEngineOptions> = {}): Promise<Engine> {
  const cassette = await readCassette('a.jsonl', linesOf(text), sha256)
  return replayEngine({ name: 'tape', cassettes: [cassette], clock: instantClock(), sha256, ...options })
}

function linesOf(text: string): string[] {
  return text.split('\n').slice(0, -1)
}

const FAULTS = [
  ['be silent', { silence_after_chunks: 2 }],
  ['be overloaded', { status: 429, retry_after: 7, message: 'busy' }],
  ['be refused', { status: 400, message: 'the key sk-upstream-secret is not for this' }],
  ['be cut', { cut_after_chunks: 3 }],
  ['be garbled', { malformed_after_chunks: 1 }],
  ['break late', { missing_done: true }],
].map(([says, fault]) => ({ name: says, match: { last_user: says }, reply: { fault } }))

const image = mediaFromUrl('image', PIXEL)
assert.ok(typeof image === 'object')

/** One of each kind. */
const KINDS: Readonly<Record<string, GenerationRequest>> = {
  'a text': askedFor('Why is the sky blue?'),
  thinking: askedFor('Why is the sky blue?', { thinking: true }),
  'several choices': askedFor('Why is the sky blue?', { sampling: { ...askedFor('').sampling, n: 3 } }),
  'a tool call': askedFor('What is the weather in Oslo?', { tools: [getWeather] }),
  'tool results': askedFor('', {
    tools: [getWeather],
    messages: [
      user('What is the weather in Oslo?'),
      assistant('', {
        reasoning: 'I look it up.',
        toolCalls: [{ id: 'get_weather:0', builtin: false, name: 'get_weather', arguments: '{"city":"Oslo"}' }],
      }),
      { role: 'tool', content: 'rain', toolCallId: 'get_weather:0' },
    ],
  }),
  'a JSON object': askedFor('Give me a JSON object with name and age', { responseFormat: { type: 'json_object' } }),
  'a JSON schema': askedFor('A person', {
    responseFormat: {
      type: 'json_schema',
      name: 'person',
      strict: true,
      schema: { type: 'object', properties: { age: { type: 'integer' } }, required: ['age'] },
    },
  }),
  'an image': askedFor('', { messages: [{ role: 'user', content: [{ type: 'text', text: 'What is it?' }, image] }] }),
  'a prefix': askedFor('', { messages: [user('Count to 5'), assistant('1, 2', { partial: true })] }),
  'a cut by budget': askedFor('Why is the sky blue?', { maxCompletionTokens: 3 }),
  'a refusal': askedFor('Please be refused.'),
  'a rush': askedFor('Please be overloaded.'),
  'a cut': askedFor('Please be cut.'),
  garbage: askedFor('Please be garbled.'),
  'a break behind the finish': askedFor('Please break late.'),
}

engineContract('replay', async (): Promise<ContractSubject> => {
  const source = offlineWith({ clock: manualClock(), scenarios: FAULTS })
  const request = (overrides?: Partial<GenerationRequest>): GenerationRequest =>
    askedFor('Why is the sky blue?', overrides)
  const several = request({ sampling: { ...request().sampling, n: 3 } })
  const other = request({ messages: [user('Something else entirely, please.')] })
  const cassette = await recorded(source, [request(), several, other, ...Object.values(KINDS)])
  return {
    engine: await replaying(cassette),
    request,
    close: () => source.close(),
    deterministic: true,
    toolCall: KINDS['a tool call'] ?? request(),
    thinking: KINDS['thinking'] ?? request(),
    failures: [
      { request: askedFor('Please be overloaded.'), kind: 'overloaded' },
      { request: askedFor('Please be cut.'), kind: 'cut' },
      { request: askedFor('Please be garbled.'), kind: 'protocol' },
      { request: askedFor('Nobody asked this.'), kind: 'refused' },
    ],
    honours: { choices: true },
    recorded: true,
  }
})

engineContract('replay in its own time', async (): Promise<ContractSubject> => {
  const request = (overrides?: Partial<GenerationRequest>): GenerationRequest =>
    askedFor('Why is the sky blue?', overrides)
  const stalled = askedFor('wait', { stop: ['x'] })
  // Recorded with a pause behind the third event; the clock of the replay never reaches its end.
  const clock = instantClock()
  const paused = await recorded(
    offlineWith({ clock, scenarios: [{ name: 'waits', match: {}, reply: { pace: { per_chunk_ms: 5 } } }] }),
    [stalled],
    { clock },
  )
  const [, ...lines] = linesOf(paused)
  const quick = await recorded(offlineWith(), [
    request(),
    request({ messages: [user('Something else entirely, please.')] }),
  ])
  return {
    engine: await replaying(`${quick}${lines.join('\n')}\n`, { speed: 1, clock: manualClock() }),
    request,
    close: () => Promise.resolve(),
    deterministic: true,
    recorded: true,
    stalled: { request: stalled, events: 2 },
  }
})

describe('a recording and its replay', () => {
  for (const [kind, request] of Object.entries(KINDS)) {
    test(`say the same: ${kind}`, async () => {
      const engine = offlineWith({ clock: manualClock(), scenarios: FAULTS })
      const replay = await replaying(await recorded(engine, [request]))
      const original = await collectUntilFailure(engine.generate(request, live()))
      const played = await collectUntilFailure(replay.generate(request, live()))
      const renamed = original.events.map((event) => (event.type === 'start' ? { ...event, engine: 'tape' } : event))
      assert.ok(renamed.length > 0 || original.failure !== undefined)
      assert.deepEqual(played.events, renamed)
      if (original.failure === undefined) return assert.equal(played.failure, undefined)
      assert.ok(played.failure instanceof EngineError && original.failure instanceof EngineError)
      assert.equal(played.failure.kind, original.failure.kind)
      assert.equal(played.failure.details.status, original.failure.details.status)
      assert.equal(played.failure.details.retryAfterMs, original.failure.details.retryAfterMs)
      if (played.failure.kind === 'refused')
        assert.equal(played.failure.details.publicMessage, original.failure.details.publicMessage)
    })
  }

  test('being recorded changes no event, and the same failure is thrown', async () => {
    const engine = offlineWith({ clock: manualClock(), scenarios: FAULTS })
    const recorder = new Recorder({
      sink: { write: () => {} },
      clock: instantClock(),
      sha256,
      secrets: [],
      note: noNotes,
    })
    for (const request of Object.values(KINDS)) {
      const plain = await collectUntilFailure(engine.generate(request, live()))
      const seen = await collectUntilFailure(recorder.record(engine).generate(request, live()))
      assert.deepEqual(seen.events, plain.events)
      assert.equal(String(seen.failure), String(plain.failure))
    }
  })

  test('an image that is stored elsewhere is the same image, for the recorder and for the replay', async () => {
    const { base64, ...seen } = image
    const { type, mime, measured } = seen
    assert.ok(type === 'image')
    const stored = { type, mime, measured, size: 70, key: 'digest', load: () => Promise.resolve(base64) } as const
    const asking = (part: ContentPart): GenerationRequest =>
      askedFor('', { messages: [{ role: 'user', content: [part] }] })
    const [here, elsewhere] = [asking(image), asking(stored)]
    const engine = offlineWith()
    assert.equal(await recorded(engine, [here]), await recorded(engine, [elsewhere]))
    const replay = await replaying(await recorded(engine, [here]))
    const { failure } = await collectUntilFailure(replay.generate(elsewhere, live()))
    assert.equal(failure, undefined)
    const gone = asking({ ...stored, load: () => Promise.reject(new Error('gone')) })
    const missing = await collectUntilFailure(replay.generate(gone, live()))
    assert.ok(missing.failure instanceof EngineError && missing.failure.kind === 'refused')
  })

  test('the same request several times is played in order, and then the last again', async () => {
    const request = askedFor('flaky')
    const engine = offlineWith({
      scenarios: [
        { name: 'first', times: 1, match: {}, reply: { fault: { status: 503 } } },
        { name: 'second', times: 1, match: {}, reply: { text: 'two' } },
        { name: 'third', match: {}, reply: { text: 'three' } },
      ],
    })
    const replay = await replaying(await recorded(engine, [request, request, request]))
    const said: string[] = []
    for (let time = 0; time < 5; time += 1) {
      const { events, failure } = await collectUntilFailure(replay.generate(request, live()))
      said.push(failure instanceof EngineError ? failure.kind : textOf(events))
    }
    assert.deepEqual(said, ['unavailable', 'two', 'three', 'three', 'three'])
  })

  test('an answer whose reader left is kept and never played, unless it had finished', async () => {
    let cassette = ''
    const write = (lines: string): void => void (cassette += lines)
    const recorder = new Recorder({ sink: { write }, clock: instantClock(), sha256, secrets: [], note: noNotes })
    const recording = recorder.record(offlineWith())
    const left = askedFor('Why is the sky blue?')
    const finished = askedFor('Say yes')
    for (const [request, isLast] of [
      [left, (event: GenerationEvent) => event.type === 'text'],
      [finished, (event: GenerationEvent) => event.type === 'finish'],
    ] as const) {
      for await (const event of recording.generate(request, live())) if (isLast(event)) break
    }
    const abort = new AbortController()
    const aborted = askedFor('Count to 9')
    await collectUntilFailure(abortingAt(2, recording.generate(aborted, abort.signal), abort))
    await recorder.idle()
    assert.deepEqual(recorder.counts, { complete: 1, failed: 0, left: 2, dropped: 0 })
    const replay = await replaying(cassette)
    assert.equal((await collectEvents(replay.generate(finished, live()))).at(-1)?.type, 'finish')
    for (const request of [left, aborted]) {
      const { failure } = await collectUntilFailure(replay.generate(request, live()))
      assert.ok(failure instanceof EngineError)
      assert.equal(failure.kind, 'refused')
      assert.match(failure.details.publicMessage ?? '', /recorded only in part, because its client left/)
      assert.match(failure.message, /a\.jsonl:\d, whose client left before its end/)
    }
  })
})

describe('matching', () => {
  const base = askedFor('Why is the sky blue?', {
    tools: [getWeather],
    responseFormat: { type: 'json_schema', name: 'a', strict: true, schema: { type: 'object', properties: {} } },
    stop: ['END'],
  })
  const answers = async (request: GenerationRequest, match?: 'exact' | 'messages'): Promise<boolean> => {
    const replay = await replaying(await recorded(offlineWith(), [base]), match && { match })
    const { failure } = await collectUntilFailure(replay.generate(request, live()))
    assert.ok(failure === undefined || (failure instanceof EngineError && failure.kind === 'refused'))
    return failure === undefined
  }

  const same: Readonly<Record<string, Partial<GenerationRequest>>> = {
    'streamed or whole': { whole: true },
    'who asks': { safetyIdentifier: 'someone', promptCacheKey: 'else', extra: { user: 'u', metadata: { a: 'b' } } },
    'the order of keys': {
      responseFormat: { schema: { properties: {}, type: 'object' }, strict: true, name: 'a', type: 'json_schema' },
    },
    'one part or several': {
      messages: [
        {
          role: 'user',
          content: [
            { type: 'text', text: 'Why is ' },
            { type: 'text', text: 'the sky blue?' },
          ],
        },
      ],
    },
  }
  for (const [what, overrides] of Object.entries(same)) {
    test(`does not mind ${what}`, async () => assert.ok(await answers({ ...base, ...overrides })))
  }

  const settings: Readonly<Record<string, Partial<GenerationRequest>>> = {
    'a budget': { maxCompletionTokens: 17 },
    'a stop string': { stop: [] },
    'a seed': { extra: { seed: 4 } },
    'the form of the answer': { responseFormat: { type: 'json_object' } },
    sampling: { sampling: { ...base.sampling, temperature: 1 } },
    'the choice of a tool': { toolChoice: 'required' },
  }
  for (const [what, overrides] of Object.entries(settings)) {
    test(`minds ${what}, but not when only the messages have to match`, async () => {
      assert.equal(await answers({ ...base, ...overrides }), false)
      assert.equal(await answers({ ...base, ...overrides }, 'messages'), true)
    })
  }

  const read: Readonly<Record<string, Partial<GenerationRequest>>> = {
    model: { model: 'kimi-k2.6' },
    'a message': { messages: [user('Why is the sky blue')] },
    'a name': { messages: [{ role: 'user', content: 'Why is the sky blue?', name: 'Ann' }] },
    'an image': { messages: [{ role: 'user', content: [{ type: 'text', text: 'Why is the sky blue?' }, image] }] },
    tools: { tools: [] },
    thinking: { thinking: true },
  }
  for (const [what, overrides] of Object.entries(read)) {
    test(`always minds what the model reads: ${what}`, async () => {
      assert.equal(await answers({ ...base, ...overrides }, 'messages'), false)
    })
  }
})

describe('a refusal', () => {
  test("tells the client its own request's key and how many there are, and the log where to look", async () => {
    const secret = 'the other organisation plans a merger'
    const near = [user('Hello'), assistant('Hi'), user('What is new?')]
    const replay = await replaying(
      await recorded(offlineWith(), [askedFor(secret), askedFor('', { messages: near }), askedFor(secret)]),
    )
    const asked = askedFor('', { messages: [...near.slice(0, 2), user('What is old?')], maxCompletionTokens: 5 })
    const { events, failure } = await collectUntilFailure(replay.generate(asked, live()))
    assert.deepEqual(events, [])
    assert.ok(failure instanceof EngineError)
    assert.equal(failure.kind, 'refused')
    assert.match(
      failure.details.publicMessage ?? '',
      /^This server replays recorded answers, and this request \([0-9a-f]{16}\) is not among its 3 recordings\.$/,
    )
    assert.match(
      failure.message,
      /^tape: has no recording of the request [0-9a-f]{16}; the nearest is a\.jsonl:3, which differs in messages\[2\], max_completion_tokens$/,
    )
    assert.ok(!failure.message.includes('merger') && !failure.message.includes('What is'))
  })
})

describe('pacing', () => {
  const paced = async (): Promise<string> => {
    const clock = instantClock()
    const scenarios = [
      {
        name: 'slow',
        match: {},
        reply: { text: 'abcd', chunk_size: 1, pace: { first_token_ms: 400, per_chunk_ms: 100 } },
      },
    ]
    return recorded(offlineWith({ clock, scenarios }), [askedFor('x')], { clock })
  }
  const waits = async (speed?: number): Promise<readonly number[]> => {
    const clock = instantClock()
    const replay = await replaying(await paced(), { clock, ...(speed === undefined ? {} : { speed }) })
    await collectEvents(replay.generate(askedFor('x'), live()))
    return clock.slept
  }

  test('without a speed nobody waits', async () => assert.deepEqual(await waits(), []))
  test('speed 1 is the original time', async () => assert.deepEqual(await waits(1), [400, 100, 100, 100]))
  test('speed 4 is four times as fast', async () => assert.deepEqual(await waits(4), [100, 25, 25, 25]))

  test('a reader who was slow is caught up with', async () => {
    const clock = instantClock()
    const replay = await replaying(await paced(), { clock, speed: 1 })
    for await (const event of replay.generate(askedFor('x'), live())) {
      if (event.type === 'start') await clock.sleep(250, live())
    }
    assert.deepEqual(clock.slept, [400, 250, 50])
  })

  test('a clock that is set back records no time that runs backwards', async () => {
    const times = [1000, 1500, 900, 400, 2000]
    const clock: Clock = { now: () => times.shift() ?? 2000, sleep: () => Promise.resolve() }
    const text = await recorded(offlineWith(), [askedFor('Say yes')], { clock })
    await replaying(text)
  })
})

describe('what a cassette holds', () => {
  test('no identifiers of people or accounts, no media, no key of an upstream, no whole prompt', async () => {
    const tail = 'the end of a long prompt'
    const engine = offlineWith({ scenarios: FAULTS })
    const text = await recorded(
      engine,
      [
        askedFor(`${'long '.repeat(100)}${tail}`, {
          safetyIdentifier: 'person-8841',
          promptCacheKey: 'session-8842',
          extra: {
            user: 'ann-8843@example.com',
            metadata: { customer: 'customer-8844' },
            'x-8845': 'value-8846',
            verbosity: 'secret-8847',
            logit_bias: { 'word-8848': 1 },
            seed: 12,
          },
        }),
        KINDS['an image'] ?? askedFor(''),
        askedFor('Please be refused.'),
      ],
      { secrets: ['sk-upstream-secret'] },
    )
    assert.ok(!/-884\d/.test(text), text)
    assert.ok(!text.includes(tail))
    assert.ok(!text.includes('iVBORw0KGgo'))
    assert.ok(!text.includes('sk-upstream-secret') && text.includes('the key [removed] is not for this'))
    assert.match(text, /"extra":\{"seed":12\}/)
    assert.match(text, /"media":\[\{"type":"image","mime":"image\/png","bytes":70,"sha256":"[0-9a-f]{64}"\}\]/)
  })

  test('nothing of an answer that is too long, and that is noted once', async () => {
    const notes: string[] = []
    let lines = 0
    const piece = 'x'.repeat(1024 * 1024)
    const engine: Engine = {
      ...offlineWith(),
      async *generate() {
        yield { type: 'start', engine: 'e', model: 'm' }
        for (let count = 0; count < 20; count += 1) yield { type: 'text', choice: 0, text: piece }
        yield { type: 'finish', choice: 0, reason: 'stop' }
      },
    }
    const sink = { write: () => void (lines += 1) }
    const recorder = new Recorder({
      sink,
      clock: instantClock(),
      sha256,
      secrets: [],
      note: (note) => notes.push(note),
    })
    for (let time = 0; time < 2; time += 1) {
      assert.equal((await collectEvents(recorder.record(engine).generate(askedFor('x'), live()))).length, 22)
    }
    await recorder.idle()
    assert.deepEqual(recorder.counts, { complete: 0, failed: 0, left: 0, dropped: 2 })
    assert.equal(lines, 0)
    assert.deepEqual(notes, ['an answer is longer than a recording may be (16777216 characters); it is not recorded'])
  })
})

function textOf(events: readonly GenerationEvent[]): string {
  return events.map((event) => (event.type === 'text' ? event.text : '')).join('')
}

async function* abortingAt(place: number, source: AsyncIterable<GenerationEvent>, abort: AbortController) {
  let seen = 0
  for await (const event of source) {
    yield event
    seen += 1
    if (seen === place) abort.abort(new Error('the client left'))
  }
}
