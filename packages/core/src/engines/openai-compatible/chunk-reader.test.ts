import assert from 'node:assert/strict'
import { test } from 'node:test'
import { seededRandom } from '../../../../../test/support/every-split.ts'
import { EngineError, type EngineErrorKind, type GenerationEvent } from '../../generation/index.ts'
import { ChunkReader } from './chunk-reader.ts'
import { LearnedTemplate } from './chunk-template.ts'
import { UpstreamFailures } from './upstream-failures.ts'

const LIMITS = { calls: 3, heldCharacters: 20, argumentCharacters: 100 }
const KEY = 'key-of-the-upstream'
const failures = new UpstreamFailures({
  engine: 'test',
  url: new URL('http://upstream.test/v1'),
  key: KEY,
  now: () => 0,
})

function reader(choices = 1): ChunkReader {
  return new ChunkReader({
    engine: 'test',
    model: 'asked',
    choices,
    limits: LIMITS,
    failures,
    quickChunks: () => new LearnedTemplate(),
  })
}

/** Events of chunks given as objects, without `start`. */
function read(chunks: readonly (object | string)[], choices = 1): GenerationEvent[] {
  const out: GenerationEvent[] = []
  const state = reader(choices)
  for (const chunk of chunks) state.push(undefined, typeof chunk === 'string' ? chunk : JSON.stringify(chunk), out)
  assert.ok(state.complete, 'the answer is complete')
  assert.equal(out.shift()?.type, 'start')
  return out
}

function delta(fields: object, beside: object = {}, index = 0): object {
  return { choices: [{ index, delta: fields, ...beside }] }
}

function finish(reason: string, index = 0): object {
  return delta({}, { finish_reason: reason }, index)
}

function calls(...pieces: readonly object[]): object {
  return delta({ tool_calls: pieces })
}

const DONE = '[DONE]'

function call(number: number, name: string, text: string): GenerationEvent {
  return { type: 'tool-call', choice: 0, call: number, name, arguments: text }
}

function more(number: number, text: string): GenerationEvent {
  return { type: 'tool-call', choice: 0, call: number, arguments: text }
}

const CALLED: GenerationEvent = { type: 'finish', choice: 0, reason: 'tool_calls' }
const STOPPED: GenerationEvent = { type: 'finish', choice: 0, reason: 'stop' }

function failsWith(kind: EngineErrorKind, words: RegExp, run: () => unknown): void {
  assert.throws(run, (error) => {
    assert.ok(error instanceof EngineError, String(error))
    assert.equal(error.kind, kind, error.message)
    assert.match(error.message, words)
    return true
  })
}

// Starting and ending.

test('nothing is given out before the first real output, and start says which model answers', () => {
  const state = reader()
  const out: GenerationEvent[] = []
  state.push(undefined, JSON.stringify({ model: 'answering', ...delta({ role: 'assistant', content: '' }) }), out)
  state.push(undefined, JSON.stringify(delta({ tool_calls: [] })), out)
  assert.deepEqual(out, [])
  state.push(undefined, JSON.stringify(delta({ content: 'a' })), out)
  assert.deepEqual(out, [
    { type: 'start', engine: 'test', model: 'answering' },
    { type: 'text', choice: 0, text: 'a' },
  ])
})

test('what an upstream says in the place of a name and is none is not told further', () => {
  for (const model of ['You asked: where is the biopsy?', 'a'.repeat(129), 'two\nlines', KEY, 7]) {
    const out: GenerationEvent[] = []
    reader().push(undefined, JSON.stringify({ model, ...delta({ content: 'x' }) }), out)
    assert.deepEqual(out[0], { type: 'start', engine: 'test', model: 'asked' })
  }
  const out: GenerationEvent[] = []
  reader().push(undefined, JSON.stringify({ model: '@cf/moonshotai/kimi-k2.5:int4', ...delta({ content: 'x' }) }), out)
  assert.deepEqual(out[0], { type: 'start', engine: 'test', model: '@cf/moonshotai/kimi-k2.5:int4' })
})

test('an upstream that names no model is taken to be the one that was asked', () => {
  const out: GenerationEvent[] = []
  reader().push(undefined, JSON.stringify(delta({ content: 'a' })), out)
  assert.deepEqual(out[0], { type: 'start', engine: 'test', model: 'asked' })
})

test('the last finish waits for the proof that the answer is complete', () => {
  const state = reader()
  const out: GenerationEvent[] = []
  state.push(undefined, JSON.stringify(delta({ content: 'a' }, { finish_reason: 'stop' })), out)
  assert.equal(out.length, 2)
  assert.equal(state.complete, false)
  state.push(undefined, DONE, out)
  assert.deepEqual(out.slice(2), [STOPPED])
  assert.equal(state.complete, true)
  state.end()
})

test('of several choices only the last finish waits', () => {
  assert.deepEqual(
    read(
      [
        delta({ content: 'a' }),
        delta({ content: 'b' }, {}, 1),
        finish('stop', 1),
        delta({ content: 'c' }),
        finish('length'),
        DONE,
      ],
      2,
    ),
    [
      { type: 'text', choice: 0, text: 'a' },
      { type: 'text', choice: 1, text: 'b' },
      { type: 'finish', choice: 1, reason: 'stop' },
      { type: 'text', choice: 0, text: 'c' },
      { type: 'finish', choice: 0, reason: 'length' },
    ],
  )
})

test('[DONE] before a finish, or the end before [DONE], is a cut', () => {
  failsWith('cut', /before a finish/, () => read([delta({ content: 'a' }), DONE]))
  failsWith('cut', /before a finish/, () => read([finish('stop'), DONE], 2))
  const state = reader()
  state.push(undefined, JSON.stringify(finish('stop')), [])
  failsWith('cut', /ended/, () => state.end())
})

test('an empty answer is an answer', () => {
  assert.deepEqual(read([finish('length'), DONE]), [{ type: 'finish', choice: 0, reason: 'length' }])
})

test('what follows [DONE] is not read', () => {
  assert.deepEqual(read([delta({ content: 'a' }), finish('stop'), DONE, 'nonsense']), [
    { type: 'text', choice: 0, text: 'a' },
    STOPPED,
  ])
})

test('a finish that is repeated counts once, output after a finish is a fault', () => {
  assert.deepEqual(read([finish('stop'), delta({ content: '' }), finish('stop'), DONE]), [STOPPED])
  failsWith('protocol', /after a finish/, () => read([finish('stop'), delta({ content: 'x' })]))
  failsWith('protocol', /after a finish/, () => read([finish('stop'), calls({ index: 0, function: { name: 'f' } })]))
})

// Words for the end.

test('foreign words for the end are understood', () => {
  for (const [word, reason] of [
    ['eos', 'stop'],
    ['end_turn', 'stop'],
    ['max_tokens', 'length'],
    ['content_filter', 'content_filter'],
  ] as const) {
    assert.deepEqual(read([finish(word), DONE]), [{ type: 'finish', choice: 0, reason }])
  }
})

test('a choice that called tools finishes with tool_calls, one that did not never does', () => {
  const called = calls({ index: 0, function: { name: 'f', arguments: '{}' } })
  for (const word of ['stop', 'tool_use', 'function_call', 'tool_calls']) {
    assert.deepEqual(read([called, finish(word), DONE]), [call(0, 'f', '{}'), CALLED], word)
  }
  assert.deepEqual(read([called, finish('length'), DONE]).at(-1), { type: 'finish', choice: 0, reason: 'length' })
  assert.deepEqual(read([delta({ content: 'a' }), finish('tool_calls'), DONE]).at(-1), STOPPED)
})

test('a word that says the answer broke off is a cut, one that nobody knows may not pass for an end', () => {
  failsWith('cut', /abort/, () => read([delta({ content: 'a' }), finish('abort')]))
  failsWith('protocol', /unexpected_state/, () => read([delta({ content: 'a' }), finish('unexpected_state')]))
  failsWith('protocol', /unknown reason/, () => read([delta({}, { finish_reason: 7 })]))
})

test('an empty finish reason means not yet', () => {
  assert.deepEqual(read([delta({ content: 'a' }, { finish_reason: '' }), finish('stop'), DONE]), [
    { type: 'text', choice: 0, text: 'a' },
    STOPPED,
  ])
})

test('the finishing chunk may carry the last piece of everything', () => {
  const last = delta(
    { reasoning: 'r', content: 'c', tool_calls: [{ index: 0, function: { name: 'f', arguments: '{}' } }] },
    { finish_reason: 'tool_calls' },
  )
  assert.deepEqual(read([last, DONE]), [
    { type: 'reasoning', choice: 0, text: 'r' },
    { type: 'text', choice: 0, text: 'c' },
    call(0, 'f', '{}'),
    CALLED,
  ])
})

// Reasoning.

test('reasoning is read under both names, and once where both are sent', () => {
  const expected = [{ type: 'reasoning', choice: 0, text: 'r' }, STOPPED]
  for (const fields of [
    { reasoning: 'r' },
    { reasoning_content: 'r' },
    { reasoning: 'r', reasoning_content: 'r' },
    { reasoning: 'r', reasoning_content: null },
    { reasoning: 'r', reasoning_content: '' },
  ]) {
    assert.deepEqual(read([delta(fields), finish('stop'), DONE]), expected, JSON.stringify(fields))
    const whole: GenerationEvent[] = []
    const choices = [{ index: 0, message: fields, finish_reason: 'stop' }]
    reader().whole(JSON.stringify({ choices }), whole)
    assert.deepEqual(whole.slice(1), expected, JSON.stringify(fields))
  }
})

// Tool calls.

test('calls that interleave are kept apart by their index', () => {
  assert.deepEqual(
    read([
      calls(
        { index: 0, id: 'a', function: { name: 'f', arguments: '' } },
        { index: 1, id: 'b', function: { name: 'g' } },
      ),
      calls({ index: 1, function: { arguments: '1' } }),
      calls({ index: 0, function: { arguments: '0' } }, { index: 1, function: { arguments: '1' } }),
      finish('tool_calls'),
      DONE,
    ]),
    [call(0, 'f', ''), call(1, 'g', ''), more(1, '1'), more(0, '0'), more(1, '1'), CALLED],
  )
})

test('without an index a new id is the next call and a known one is the same call', () => {
  assert.deepEqual(
    read([
      calls({ id: 'a', function: { name: 'f', arguments: '0' } }),
      calls({ id: 'b', function: { name: 'g', arguments: '1' } }),
      calls({ id: 'a', function: { arguments: '0' } }),
      calls({ function: { arguments: 'last' } }),
      finish('tool_calls'),
      DONE,
    ]),
    [call(0, 'f', '0'), call(1, 'g', '1'), more(0, '0'), more(1, 'last'), CALLED],
  )
})

test('with neither index nor id, arguments belong to the last call and a second name begins a second call', () => {
  assert.deepEqual(
    read([
      calls({ function: { name: 'f' } }),
      calls({ function: { arguments: '{}' } }),
      calls({ function: { name: 'g', arguments: '[]' } }),
      finish('stop'),
      DONE,
    ]),
    [call(0, 'f', ''), more(0, '{}'), call(1, 'g', '[]'), CALLED],
  )
})

test('a host that numbers every call 0 is understood by its ids, one that changes ids by its index', () => {
  assert.deepEqual(
    read([
      calls({ index: 0, id: 'a', function: { name: 'f', arguments: '{}' } }),
      calls({ index: 0, id: 'b', function: { name: 'f', arguments: '[' } }),
      calls({ index: 0, function: { arguments: ']' } }),
      finish('tool_calls'),
      DONE,
    ]),
    [call(0, 'f', '{}'), call(1, 'f', '['), more(1, ']'), CALLED],
  )
  assert.deepEqual(
    read([
      calls({ index: 0, id: 'r1', function: { name: 'f', arguments: '{' } }),
      calls({ index: 0, id: 'r2', function: { arguments: '}' } }),
      finish('tool_calls'),
      DONE,
    ]),
    [call(0, 'f', '{'), more(0, '}'), CALLED],
  )
})

test('calls are numbered from 0 without gaps, whatever the upstream counts', () => {
  assert.deepEqual(
    read([
      calls({ index: 4, function: { name: 'f', arguments: '{}' } }),
      calls({ index: 7, function: { name: 'g', arguments: '{}' } }),
      finish('tool_calls'),
      DONE,
    ]),
    [call(0, 'f', '{}'), call(1, 'g', '{}'), CALLED],
  )
})

test('arguments before the name wait for it, and a call that begins later but is named first goes first', () => {
  assert.deepEqual(
    read([
      calls({ index: 0, function: { arguments: '{"a"' } }),
      calls({ index: 1, function: { name: 'g', arguments: '{}' } }),
      calls({ index: 0, function: { arguments: ':1}' } }),
      calls({ index: 0, function: { name: 'f' } }),
      finish('tool_calls'),
      DONE,
    ]),
    [call(0, 'g', '{}'), call(1, 'f', '{"a":1}'), CALLED],
  )
})

test('a missing name is read from an id of the model’s own form', () => {
  assert.deepEqual(
    read([calls({ index: 0, id: 'functions.get-weather:12', function: { arguments: '{}' } }), finish('stop'), DONE]),
    [call(0, 'get-weather', '{}'), CALLED],
  )
})

test('a name that is repeated is the same name, one that changes is a fault', () => {
  assert.deepEqual(
    read([
      calls({ index: 0, function: { name: 'f', arguments: '1' } }),
      calls({ index: 0, function: { name: 'f', arguments: '2' } }),
      finish('tool_calls'),
      DONE,
    ]),
    [call(0, 'f', '1'), more(0, '2'), CALLED],
  )
  failsWith('protocol', /changed the name/, () =>
    read([calls({ index: 0, function: { name: 'get_' } }), calls({ index: 0, function: { name: 'weather' } })]),
  )
})

test('a call that never gets a name is a fault at the finish', () => {
  failsWith('protocol', /no name/, () => read([calls({ index: 0, function: { arguments: '{}' } }), finish('stop')]))
})

test('arguments given as an object are written as the text they stand for', () => {
  assert.deepEqual(
    read([calls({ index: 0, function: { name: 'f', arguments: { a: [1, null] } } }), finish('tool_calls'), DONE])[0],
    call(0, 'f', '{"a":[1,null]}'),
  )
})

test('in a whole reply the place in the list is what tells calls apart', () => {
  const out: GenerationEvent[] = []
  const tool_calls = [
    { id: 'same', function: { name: 'f', arguments: '{}' } },
    { id: 'same', function: { name: 'f', arguments: '[]' } },
  ]
  const choices = [{ message: { content: null, tool_calls }, finish_reason: 'tool_calls' }]
  reader().whole(JSON.stringify({ choices }), out)
  assert.deepEqual(out.slice(1), [call(0, 'f', '{}'), call(1, 'f', '[]'), CALLED])
})

// Limits.

function named(index: number, text = ''): object {
  return calls({ index, function: { name: 'f', arguments: text } })
}

function nameless(text: string): object {
  return calls({ index: 0, function: { arguments: text } })
}

test('each limit is kept exactly and named when it is passed', () => {
  read([named(0), named(1), named(2), finish('tool_calls'), DONE])
  failsWith('limit', /3 tool calls/, () => read([named(0), named(1), named(2), named(3)]))
  read([nameless('x'.repeat(20)), named(0), finish('tool_calls'), DONE])
  failsWith('limit', /before the name of a tool call passed 20/, () => read([nameless('x'.repeat(21))]))
  read([named(0, 'x'.repeat(60)), named(1, 'x'.repeat(40)), finish('tool_calls'), DONE])
  failsWith('limit', /tool arguments passed 100/, () => read([named(0, 'x'.repeat(60)), named(1, 'x'.repeat(41))]))
})

// What is no answer.

test('what is not a chunk is a fault', () => {
  failsWith('protocol', /not JSON/, () => read(['{"choices":[']))
  failsWith('protocol', /no object/, () => read(['7']))
  failsWith('protocol', /no list/, () => read([{ choices: {} }]))
  failsWith('protocol', /no object/, () => read([{ choices: [null] }]))
  failsWith('protocol', /not asked for/, () => read([delta({ content: 'a' }, {}, 1)]))
  failsWith('protocol', /not asked for/, () => read([delta({ content: 'a' }, {}, -1)]))
  failsWith('protocol', /index is no number/, () => read([{ choices: [{ index: '0', delta: {} }] }]))
  failsWith('protocol', /text that is no text/, () => read([delta({ content: 7 })]))
  failsWith('protocol', /no list/, () => read([delta({ tool_calls: {} })]))
  failsWith('protocol', /no object/, () => read([delta({ tool_calls: [1] })]))
})

test('an error in the stream is the failure it names, and a cut where a server breaks off its answer', () => {
  const begun = delta({ content: 'a' })
  failsWith('overloaded', /slow down/, () => read([{ error: { message: 'slow down', type: 'rate_limit_error' } }]))
  failsWith('unavailable', /boom/, () => read([{ error: { message: 'boom', type: 'server_error' } }]))
  failsWith('cut', /boom/, () => read([begun, { error: { message: 'boom', type: 'server_error' } }]))
  failsWith('cut', /odd/, () => read([begun, { error: 'odd' }]))
  failsWith('refused', /answered 400/, () => read([begun, { error: { message: 'bad', code: 400 } }]))
  failsWith('content-filter', /answered 400 content_filter$/, () =>
    read([begun, { error: { message: 'high risk', code: 'content_filter' } }]),
  )
  failsWith('unavailable', /dead/, () =>
    read([{ object: 'error', message: 'dead', type: 'InternalServerError', code: 500 }]),
  )
  failsWith('timeout', /late/, () => read([{ error: { message: 'late', code: 504 } }]))
})

test('an error event may hold words instead of JSON', () => {
  failsWith('cut', /engine died/, () => {
    const state = reader()
    const out: GenerationEvent[] = []
    state.push(undefined, JSON.stringify(delta({ content: 'a' })), out)
    state.push('error', 'engine died', out)
  })
})

test('null fields and chunks without choices are nothing', () => {
  assert.deepEqual(
    read([
      { choices: null, usage: null, error: null },
      {},
      delta({ content: null, reasoning: null, tool_calls: null }),
      { choices: [{ index: 0 }] },
      finish('stop'),
      DONE,
    ]),
    [STOPPED],
  )
})

// Usage.

const WIRE_USAGE = { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 }

test('usage is read from every place where upstreams put it', () => {
  const expected = { type: 'usage', usage: { prompt: 10, completion: 5, cached: 4, reasoning: 3 } }
  const details = { prompt_tokens_details: { cached_tokens: 4 }, completion_tokens_details: { reasoning_tokens: 3 } }
  const places = [
    [finish('stop'), { choices: [], usage: { ...WIRE_USAGE, ...details } }],
    [{ ...finish('stop'), usage: { ...WIRE_USAGE, cached_tokens: 4, reasoning_tokens: 3 } }],
    [delta({}, { finish_reason: 'stop', usage: { ...WIRE_USAGE, ...details, cached_tokens: 4 } })],
    // Both places; each knows a detail that the other does not.
    [
      delta({}, { finish_reason: 'stop', usage: { ...WIRE_USAGE, cached_tokens: 4 } }),
      { choices: [], usage: { ...WIRE_USAGE, completion_tokens_details: { reasoning_tokens: 3 } } },
    ],
    // Counted all the way, with a detail that the last report leaves out.
    [
      { ...delta({ content: '' }), usage: { prompt_tokens: 10, completion_tokens: 1, ...details } },
      { ...delta({ content: '' }), usage: { prompt_tokens: 10, completion_tokens: 4 } },
      finish('stop'),
      { choices: [], usage: WIRE_USAGE },
    ],
    // Opened on the chunk, finished on the choice.
    [
      { ...delta({ content: '' }), usage: { prompt_tokens: 10, completion_tokens: 0 } },
      delta({}, { finish_reason: 'stop', usage: { ...WIRE_USAGE, ...details } }),
    ],
  ]
  for (const chunks of places) assert.deepEqual(read([...chunks, DONE]), [STOPPED, expected], JSON.stringify(chunks))
})

test('choices that report for themselves share the prompt and add up', () => {
  const beside = { finish_reason: 'stop', usage: { ...WIRE_USAGE, cached_tokens: 4 } }
  assert.deepEqual(read([delta({}, beside, 0), delta({}, beside, 1), DONE], 2).at(-1), {
    type: 'usage',
    usage: { prompt: 10, completion: 10, cached: 4 },
  })
})

test('a thought of no tokens was not counted, and neither was one that is not told', () => {
  const untold = { prompt: 10, completion: 5, cached: 0 }
  for (const details of [{}, { reasoning_tokens: 0 }, { completion_tokens_details: { reasoning_tokens: 0 } }]) {
    const usage = { ...WIRE_USAGE, ...details }
    assert.deepEqual(read([{ ...finish('stop'), usage }, DONE]).at(-1), { type: 'usage', usage: untold })
  }
  const told = (reasoning: number) => ({
    finish_reason: 'stop',
    usage: { ...WIRE_USAGE, completion_tokens_details: { reasoning_tokens: reasoning } },
  })
  assert.deepEqual(read([delta({}, told(3), 0), delta({}, told(0), 1), DONE], 2).at(-1), {
    type: 'usage',
    usage: { prompt: 10, completion: 10, cached: 0, reasoning: 3 },
  })
})

test('without a readable report there is no usage', () => {
  const unreadable = [
    null,
    {},
    'ten',
    { prompt_tokens: 0, completion_tokens: 0 },
    { prompt_tokens: 10 },
    { prompt_tokens: -1, completion_tokens: 5 },
    { prompt_tokens: 1.5, completion_tokens: 5 },
    { prompt_tokens: '10', completion_tokens: 5 },
  ]
  for (const usage of unreadable) {
    assert.deepEqual(read([{ ...finish('stop'), usage }, DONE]), [STOPPED], JSON.stringify(usage))
  }
})

test('details never exceed what they are details of', () => {
  const usage = { ...WIRE_USAGE, cached_tokens: 99, reasoning_tokens: 99 }
  assert.deepEqual(read([{ ...finish('stop'), usage }, DONE]).at(-1), {
    type: 'usage',
    usage: { prompt: 10, completion: 5, cached: 10, reasoning: 5 },
  })
})

// The fast way is the same way.

const TEXTS = [
  'a',
  'content',
  '"',
  '\\',
  ' \n',
  '北京 🌤',
  '\u0007',
  'stop',
  '","x":"',
  '',
  '}]}',
  'the text of a chunk',
] as const

/** Chunks of random shape around random text, most of them like the one before. */
function* randomChunks(seed: number, count: number): Generator<string> {
  const random = seededRandom(seed)
  const pick = (): string => TEXTS[Math.floor(random() * TEXTS.length)] ?? ''
  let shape = 0
  let tier = 'a'
  let text = 'a'
  for (let at = 0; at < count; at += 1) {
    if (random() < 0.1) shape = Math.floor(random() * 10)
    // A field behind the text that may look just like it, and may change while the text does not.
    if (random() < 0.2) tier = pick()
    if (random() < 0.8) text = pick()
    const shapes = [
      delta({ content: text }, { finish_reason: null }),
      delta({ reasoning_content: text }),
      delta({ reasoning: text, reasoning_content: text }),
      delta({ role: 'assistant', content: text, tool_calls: [] }, { logprobs: null, finish_reason: '' }),
      calls({ index: 0, function: { arguments: text } }),
      calls({ index: 1, id: 'functions.g:1', function: { name: 'g', arguments: text } }),
      { ...delta({ content: text }), usage: { prompt_tokens: 3, completion_tokens: at } },
      delta({ content: text }, {}, 1),
      delta({ content: 'a', reasoning: text }),
      { choices: [{ index: 0, message: { content: text }, delta: { content: 'a' } }] },
    ]
    const chunk = { id: random() < 0.05 ? `changing-${at}` : 'same', ...shapes[shape], tier }
    yield random() < 0.05 ? JSON.stringify(chunk, null, 1) : JSON.stringify(chunk)
  }
}

test('a learned template changes nothing: whole streams read as if each chunk came alone', () => {
  const limits = { calls: 9, heldCharacters: 1e6, argumentCharacters: 1e6 }
  for (let seed = 1; seed <= 200; seed += 1) {
    const together: GenerationEvent[] = []
    const one = new ChunkReader({ engine: 'test', model: 'm', choices: 2, limits, failures })
    const first = JSON.stringify(calls({ index: 0, id: 'a', function: { name: 'f', arguments: '' } }))
    one.push(undefined, first, together)
    const alone: GenerationEvent[] = [...together]
    for (const data of randomChunks(seed, 60)) {
      one.push(undefined, data, together)
      // A reader that has seen nothing but the calls' names has learned nothing that fits.
      const fresh = new ChunkReader({ engine: 'test', model: 'm', choices: 2, limits, failures })
      const begun = calls({ index: 0, function: { name: 'f' } }, { index: 1, function: { name: 'g' } })
      fresh.push(undefined, JSON.stringify(begun), [])
      const events: GenerationEvent[] = []
      fresh.push(undefined, data, events)
      alone.push(...events)
    }
    assert.deepEqual(joined(together), joined(alone), `seed ${seed}`)
  }
})

/** Without the moment at which the second call got its name, which a fresh reader does not know. */
function joined(events: readonly GenerationEvent[]): unknown {
  return events.flatMap((event): unknown[] => {
    if (event.type === 'start') return []
    if (event.type !== 'tool-call') return [event]
    return event.arguments === '' ? [] : [{ ...event, name: undefined }]
  })
}
