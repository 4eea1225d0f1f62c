import assert from 'node:assert/strict'
import { test } from 'node:test'
import { EngineError, type GenerationRequest, type Message } from '../../generation/index.ts'
import { encodeRequest } from './encode-request.ts'
import { FLAVOURS } from './flavours.ts'
import { fieldOf } from './json-object.ts'
import { jsonOf } from './testing/json-of.ts'
import { sampleRequest } from './testing/sample-request.ts'

/** One of each kind; what every flavour sends stands in `fixtures/requests`. */
type Kind = 'generic' | 'vllm' | 'moonshot'

const UPSTREAM_MODEL = { generic: 'kimi-k2.5', vllm: 'moonshotai/Kimi-K2.5', moonshot: 'kimi-k2.6' } as const

function bodyFor(flavour: Kind, request: GenerationRequest, model: string = UPSTREAM_MODEL[flavour]): unknown {
  const body = encodeRequest(request, { engine: 'test', flavour: FLAVOURS[flavour], can: FLAVOURS[flavour].can, model })
  return jsonOf(body)
}

const STREAMED = { stream: true, stream_options: { include_usage: true } }
const EXPLICIT = { max_tokens: 32768, temperature: 1, top_p: 0.95, presence_penalty: 0, frequency_penalty: 0 }

/** The body of a request that asks for nothing special, by flavour. */
const PLAIN: Readonly<Record<Kind, Readonly<Record<string, unknown>>>> = {
  generic: { model: 'kimi-k2.5', messages: [{ role: 'user', content: 'hi' }], ...STREAMED, ...EXPLICIT },
  vllm: {
    model: 'moonshotai/Kimi-K2.5',
    messages: [{ role: 'user', content: 'hi' }],
    ...STREAMED,
    ...EXPLICIT,
    chat_template_kwargs: { thinking: true },
  },
  moonshot: {
    model: 'kimi-k2.6',
    messages: [{ role: 'user', content: 'hi' }],
    ...STREAMED,
    max_completion_tokens: 32768,
    thinking: { type: 'enabled' },
  },
}

/** The same with what a case adds to it. */
function plain(flavour: Kind, more: object = {}): Readonly<Record<string, unknown>> {
  return { ...PLAIN[flavour], ...more }
}

/** One case for every flavour: what each sends beside the plain body. */
function sends(name: string, request: Partial<GenerationRequest>, expected: Record<Kind, object>): void {
  for (const flavour of ['generic', 'vllm', 'moonshot'] as const) {
    test(`${flavour} sends ${name}`, () => {
      assert.deepEqual(bodyFor(flavour, sampleRequest(request)), plain(flavour, expected[flavour]))
    })
  }
}

function refuses(flavour: Kind, name: string, request: Partial<GenerationRequest>, ability: string): void {
  test(`${flavour} refuses ${name} and names the ability`, () => {
    assert.throws(
      () => bodyFor(flavour, sampleRequest(request)),
      (error) => {
        assert.ok(error instanceof EngineError)
        assert.equal(error.kind, 'refused')
        assert.equal(
          error.toApiError('kimi-k2.5').publicMessage,
          `Invalid request: the engine that serves kimi-k2.5 does not support ${ability}`,
        )
        return true
      },
    )
  })
}

sends('a plain text request', {}, { generic: {}, vllm: {}, moonshot: {} })

const INSTANT = { temperature: 0.6, topP: 0.95, n: 1, presencePenalty: 0, frequencyPenalty: 0 }
sends(
  'a request with thinking off',
  { thinking: false, sampling: INSTANT },
  {
    generic: { temperature: 0.6, chat_template_kwargs: { thinking: false } },
    vllm: { temperature: 0.6, chat_template_kwargs: { thinking: false } },
    moonshot: { thinking: { type: 'disabled' } },
  },
)

const TOOL = {
  type: 'function',
  name: 'get_weather',
  description: 'Get the weather.',
  parameters: { type: 'object', properties: { city: { type: 'string' } } },
  strict: true,
} as const
const WIRE_TOOL = {
  type: 'function',
  function: {
    name: 'get_weather',
    description: 'Get the weather.',
    parameters: { type: 'object', properties: { city: { type: 'string' } } },
    strict: true,
  },
}

/** Ids as clients really send them: repeated in the next turn, and of another form. */
const HISTORY: readonly Message[] = [
  { role: 'system', content: 'Be brief.' },
  { role: 'user', content: 'Weather?' },
  {
    role: 'assistant',
    content: '',
    reasoning: 'I ask twice.',
    toolCalls: [
      { id: 'get_weather:0', builtin: false, name: 'get_weather', arguments: '{"city":"A"}' },
      { id: 'call_x1', builtin: false, name: 'get_weather', arguments: '{"city":"B"}' },
    ],
    partial: false,
  },
  { role: 'tool', toolCallId: 'call_x1', content: 'rain', name: 'get_weather' },
  { role: 'tool', toolCallId: 'get_weather:0', content: [{ type: 'text', text: 'sun' }] },
  {
    role: 'assistant',
    content: 'One more.',
    reasoning: '',
    toolCalls: [{ id: 'get_weather:0', builtin: false, name: 'get_weather', arguments: '{"city":"C"}' }],
    partial: false,
  },
  { role: 'tool', toolCallId: 'get_weather:0', content: 'snow' },
]

function wireCall(id: string, city: string): object {
  return { id, type: 'function', function: { name: 'get_weather', arguments: `{"city":"${city}"}` } }
}

sends(
  'tools and a history of calls and results',
  { messages: HISTORY, tools: [TOOL] },
  {
    generic: {
      tools: [WIRE_TOOL],
      messages: [
        { role: 'system', content: 'Be brief.' },
        { role: 'user', content: 'Weather?' },
        {
          role: 'assistant',
          content: null,
          reasoning_content: 'I ask twice.',
          tool_calls: [wireCall('get_weather:0', 'A'), wireCall('call_x1', 'B')],
        },
        { role: 'tool', tool_call_id: 'call_x1', content: 'rain', name: 'get_weather' },
        { role: 'tool', tool_call_id: 'get_weather:0', content: 'sun' },
        {
          role: 'assistant',
          content: 'One more.',
          reasoning_content: '',
          tool_calls: [wireCall('get_weather:0', 'C')],
        },
        { role: 'tool', tool_call_id: 'get_weather:0', content: 'snow' },
      ],
    },
    vllm: {
      tools: [WIRE_TOOL],
      messages: [
        { role: 'system', content: 'Be brief.' },
        { role: 'user', content: 'Weather?' },
        {
          role: 'assistant',
          content: null,
          reasoning_content: 'I ask twice.',
          reasoning: 'I ask twice.',
          tool_calls: [wireCall('functions.get_weather:0', 'A'), wireCall('functions.get_weather:1', 'B')],
        },
        { role: 'tool', tool_call_id: 'functions.get_weather:1', content: 'rain', name: 'get_weather' },
        { role: 'tool', tool_call_id: 'functions.get_weather:0', content: 'sun' },
        {
          role: 'assistant',
          content: 'One more.',
          reasoning_content: '',
          reasoning: '',
          tool_calls: [wireCall('functions.get_weather:2', 'C')],
        },
        { role: 'tool', tool_call_id: 'functions.get_weather:2', content: 'snow' },
      ],
    },
    moonshot: {
      tools: [WIRE_TOOL],
      messages: [
        { role: 'system', content: 'Be brief.' },
        { role: 'user', content: 'Weather?' },
        {
          role: 'assistant',
          reasoning_content: 'I ask twice.',
          tool_calls: [wireCall('get_weather:0', 'A'), wireCall('call_x1', 'B')],
        },
        { role: 'tool', tool_call_id: 'call_x1', content: 'rain', name: 'get_weather' },
        { role: 'tool', tool_call_id: 'get_weather:0', content: [{ type: 'text', text: 'sun' }] },
        {
          role: 'assistant',
          content: 'One more.',
          reasoning_content: '',
          tool_calls: [wireCall('get_weather:0', 'C')],
        },
        { role: 'tool', tool_call_id: 'get_weather:0', content: 'snow' },
      ],
    },
  },
)

const PREFIX: readonly Message[] = [
  { role: 'user', content: 'Reply in JSON.' },
  { role: 'assistant', content: '{', name: 'Dr. Kelsier', toolCalls: [], partial: true },
]
const WIRE_PREFIX = { role: 'assistant', content: '{', name: 'Dr. Kelsier' }

test('vllm goes on from a prefix without a new header, and does not think before it', () => {
  assert.deepEqual(
    bodyFor('vllm', sampleRequest({ messages: PREFIX })),
    plain('vllm', {
      messages: [{ role: 'user', content: 'Reply in JSON.' }, WIRE_PREFIX],
      continue_final_message: true,
      add_generation_prompt: false,
      chat_template_kwargs: { thinking: false },
    }),
  )
})

test('moonshot marks the prefix', () => {
  assert.deepEqual(
    bodyFor('moonshot', sampleRequest({ messages: PREFIX })),
    plain('moonshot', {
      messages: [
        { role: 'user', content: 'Reply in JSON.' },
        { ...WIRE_PREFIX, partial: true },
      ],
    }),
  )
})

refuses('generic', 'a prefix', { messages: PREFIX }, 'partial mode')

test('a generic host whose operator vouches for it goes on from a prefix as the open engines do', () => {
  const can = { ...FLAVOURS.generic.can, partial: true }
  const request = sampleRequest({ messages: PREFIX })
  const body = jsonOf(encodeRequest(request, { engine: 'test', flavour: FLAVOURS.generic, can, model: 'kimi-k2.5' }))
  assert.deepEqual(
    body,
    plain('generic', {
      messages: [{ role: 'user', content: 'Reply in JSON.' }, WIRE_PREFIX],
      continue_final_message: true,
      add_generation_prompt: false,
      chat_template_kwargs: { thinking: false },
    }),
  )
})

const IMAGE = { type: 'image', mime: 'image/png', base64: 'iVBORw0KGgo=', measured: { width: 1, height: 1 } } as const
const VIDEO = { type: 'video', mime: 'video/mp4', base64: 'AAAAGGZ0eXA=' } as const
const WIRE_IMAGE = { type: 'image_url', image_url: { url: 'data:image/png;base64,iVBORw0KGgo=' } }
const WITH_IMAGE = { messages: [{ role: 'user', content: [WIRE_IMAGE, { type: 'text', text: 'What is it?' }] }] }

sends(
  'an image as a data URL of what the bytes are',
  { messages: [{ role: 'user', content: [IMAGE, { type: 'text', text: 'What is it?' }] }] },
  { generic: WITH_IMAGE, vllm: WITH_IMAGE, moonshot: WITH_IMAGE },
)

const WATCH: Partial<GenerationRequest> = { messages: [{ role: 'user', content: [VIDEO] }] }
refuses('generic', 'a video', WATCH, 'video input')
refuses('vllm', 'a video', WATCH, 'video input')

test('moonshot gets a video as a data URL', () => {
  const url = 'data:video/mp4;base64,AAAAGGZ0eXA='
  assert.deepEqual(
    bodyFor('moonshot', sampleRequest(WATCH)),
    plain('moonshot', { messages: [{ role: 'user', content: [{ type: 'video_url', video_url: { url } }] }] }),
  )
})

test('text parts reach the open engines as one string and moonshot as they are', () => {
  const content = [
    { type: 'text', text: 'one ' },
    { type: 'text', text: 'two' },
  ] as const
  const request = { messages: [{ role: 'user', content }] as const }
  const joined = { messages: [{ role: 'user', content: 'one two' }] }
  assert.deepEqual(bodyFor('generic', sampleRequest(request)), plain('generic', joined))
  assert.deepEqual(bodyFor('vllm', sampleRequest(request)), plain('vllm', joined))
  assert.deepEqual(bodyFor('moonshot', sampleRequest(request)), plain('moonshot', request))
})

const SCHEMA = { type: 'object', properties: { a: { type: 'number' } }, required: ['a'] }
const FORMAT = { response_format: { type: 'json_schema', json_schema: { name: 'out', strict: true, schema: SCHEMA } } }
sends(
  'a JSON schema',
  { responseFormat: { type: 'json_schema', name: 'out', strict: true, schema: SCHEMA } },
  { generic: FORMAT, vllm: FORMAT, moonshot: FORMAT },
)

const OBJECT = { response_format: { type: 'json_object' } }
sends(
  'the wish for a JSON object',
  { responseFormat: { type: 'json_object' } },
  { generic: OBJECT, vllm: OBJECT, moonshot: OBJECT },
)

const FORCED = { tools: [WIRE_TOOL], tool_choice: { type: 'function', function: { name: 'get_weather' } } }
sends(
  'a forced tool',
  { tools: [TOOL], toolChoice: { name: 'get_weather' } },
  { generic: FORCED, vllm: FORCED, moonshot: FORCED },
)

sends('no tool choice where there are no tools', { toolChoice: 'none' }, { generic: {}, vllm: {}, moonshot: {} })

const STOP = { stop: ['\n\n', 'END'] }
sends('stop strings', STOP, { generic: STOP, vllm: STOP, moonshot: STOP })

const HINTS = { prompt_cache_key: 'session-1', safety_identifier: 'user-1' }
sends(
  'the hints to hosts that read them',
  { promptCacheKey: 'session-1', safetyIdentifier: 'user-1' },
  { generic: HINTS, vllm: {}, moonshot: HINTS },
)

for (const flavour of ['generic', 'vllm', 'moonshot'] as const) {
  test(`${flavour} asks for a whole answer in one piece and says nothing about streaming`, () => {
    const { stream_options: _, ...expected } = plain(flavour, { stream: false })
    assert.deepEqual(bodyFor(flavour, sampleRequest({ whole: true })), expected)
  })

  test(`${flavour} passes fields that are not ours, and ours win over strays`, () => {
    const extra = {
      seed: 7,
      logit_bias: { '1': 2 },
      model: 'other',
      stream: false,
      max_tokens: 1,
      temperature: 0,
      n: 4,
    }
    assert.deepEqual(bodyFor(flavour, sampleRequest({ extra })), plain(flavour, { seed: 7, logit_bias: { '1': 2 } }))
  })
}

test('variables of the chat template that a client sent travel along, and our switch wins', () => {
  const extra = { chat_template_kwargs: { custom: 1, thinking: true } }
  assert.deepEqual(
    bodyFor('vllm', sampleRequest({ extra, thinking: false })),
    plain('vllm', { chat_template_kwargs: { custom: 1, thinking: false } }),
  )
})

test('moonshot gets the sampling that a model leaves free, and no switch for a model that has none', () => {
  const sampling = { temperature: 0.3, topP: 0.9, n: 2, presencePenalty: 0.5, frequencyPenalty: 0 }
  const request = sampleRequest({ model: 'moonshot-v1-8k', thinking: false, sampling })
  const { thinking: _, ...expected } = plain('moonshot', {
    model: 'moonshot-v1-8k',
    temperature: 0.3,
    top_p: 0.9,
    n: 2,
    presence_penalty: 0.5,
    frequency_penalty: 0,
  })
  assert.deepEqual(bodyFor('moonshot', request, 'moonshot-v1-8k'), expected)
})

test('moonshot runs its own tools, and keeps their type in the history', () => {
  const request = sampleRequest({
    tools: [{ type: 'builtin', name: '$web_search' }],
    messages: [
      { role: 'user', content: 'News?' },
      {
        role: 'assistant',
        content: '',
        toolCalls: [{ id: '$web_search:0', builtin: true, name: '$web_search', arguments: '{}' }],
        partial: false,
      },
      { role: 'tool', toolCallId: '$web_search:0', content: '{}' },
    ],
  })
  const body = bodyFor('moonshot', request)
  assert.deepEqual(fieldOf(body, 'tools'), [{ type: 'builtin_function', function: { name: '$web_search' } }])
  assert.deepEqual(fieldOf(fieldOf(fieldOf(body, 'messages'), '1'), 'tool_calls'), [
    { id: '$web_search:0', type: 'builtin_function', function: { name: '$web_search', arguments: '{}' } },
  ])
})

const BUILTIN: Partial<GenerationRequest> = { tools: [{ type: 'builtin', name: '$web_search' }] }
refuses('generic', 'a builtin tool', BUILTIN, 'the builtin tool $web_search')
refuses('vllm', 'a builtin tool', BUILTIN, 'the builtin tool $web_search')

test('a long conversation comes in pieces that say the same', () => {
  const messages = Array.from({ length: 40 }, (_, index): Message => ({ role: 'user', content: `${index} "世界"` }))
  const tools = [{ type: 'function', name: 'f', parameters: { type: 'object' }, strict: true }] as const
  for (const more of [{}, { tools }, { extra: { messages: 'theirs', tools: 'theirs', top_k: 3 } }]) {
    const request = sampleRequest({ messages, ...more })
    const { can } = FLAVOURS.generic
    const body = encodeRequest(request, { engine: 'test', flavour: FLAVOURS.generic, can, model: 'kimi-k2.5' })
    assert.ok(typeof body !== 'string' && body.length > 40)
    const short = encodeRequest(
      { ...request, messages: messages.slice(0, 1) },
      {
        engine: 'test',
        flavour: FLAVOURS.generic,
        can,
        model: 'kimi-k2.5',
      },
    )
    assert.equal(typeof short, 'string')
    const wire = messages.map(({ content }) => ({ role: 'user', content }))
    assert.deepEqual(jsonOf(body), { ...Object(jsonOf(short)), messages: wire })
  }
})
