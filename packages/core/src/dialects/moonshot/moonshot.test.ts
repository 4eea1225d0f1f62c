import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ApiError, apiError } from '@moonbase/protocol/errors'
import { type GenerationEvent, ReplyFold, foldReply, mediaFromUrl } from '../../generation/index.ts'
import { decodeChat } from '../chat-completions/index.ts'
import { wireOf } from '../testing/wire-of.ts'
import { moonshot as moonshotWith } from './index.ts'

const moonshot = moonshotWith(mediaFromUrl)
const strict = new Set<never>()
const hello = [{ role: 'user', content: 'Hi' }]

function refusal(fields: Record<string, unknown>): string {
  try {
    decodeChat({ model: 'kimi-k2.5', messages: hello, ...fields }, strict, mediaFromUrl)
  } catch (error) {
    assert.ok(error instanceof ApiError, String(error))
    assert.equal(error.status, 400)
    return error.publicMessage
  }
  return 'accepted'
}

const decoded = (fields: Record<string, unknown>) =>
  decodeChat({ model: 'kimi-k2.5', messages: hello, ...fields }, strict, mediaFromUrl).draft

const PNG = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='
const withPart = (part: unknown) => ({ messages: [{ role: 'user', content: [part] }] })

describe('decoding', () => {
  it('takes no images and videos where nothing reads them', () => {
    const part = { type: 'image_url', image_url: `data:image/png;base64,${PNG}` }
    const wire = wireOf({ model: 'kimi-k2.5', ...withPart(part) })
    assert.equal(moonshot.decode(wire, strict).draft.messages.length, 1)
    assert.throws(() => moonshotWith().decode(wire, strict), /unsupported image url: data:image\/png/)
  })

  it('names the field whose shape is wrong', () => {
    const cases: [Record<string, unknown>, string][] = [
      [{ model: undefined }, 'model is required'],
      [{ model: 7 }, 'model must be a string'],
      [{ messages: undefined }, 'messages is required'],
      [{ messages: {} }, 'messages must be an array'],
      [{ messages: [] }, 'messages must not be empty'],
      [{ messages: ['x'] }, 'messages[0] must be an object'],
      [
        { messages: [{ role: 'robot', content: 'x' }] },
        'unsupported role ROLE_UNSPECIFIED, messages[0].role must be one of system, user, assistant, tool, but got "robot"',
      ],
      [{ messages: [{ role: 'user' }] }, 'messages[0].content is required'],
      [
        { messages: [{ role: 'user', content: 5 }] },
        'messages[0].content must be a string or an array of content parts',
      ],
      [
        { messages: [{ role: 'user', content: 'x', partial: true }] },
        'messages[0].partial is only allowed in an assistant message',
      ],
      [{ messages: [{ role: 'tool', content: 'x' }] }, 'messages[0].tool_call_id is required'],
      [
        withPart({ type: 'input_audio' }),
        "the message at position 0 with role 'user' contains an invalid part type: input_audio",
      ],
      [
        withPart({ text: 'x' }),
        'messages[0].content[0].type must be "text", "image_url" or "video_url", but got nothing',
      ],
      [withPart({ type: 'image_url' }), 'messages[0].content[0].image_url.url is required and must be a string'],
      [{ max_tokens: 0 }, 'max_tokens must be a positive integer'],
      [{ max_completion_tokens: 1.5 }, 'max_completion_tokens must be a positive integer'],
      [{ temperature: '1' }, 'temperature must be a number'],
      [{ stream: 'yes' }, 'stream must be a boolean'],
      [{ stop: [1] }, 'stop[0] must be a string'],
      [{ thinking: true }, 'thinking must be an object such as {"type":"enabled"}'],
      [{ thinking: { type: 'auto' } }, 'thinking.type must be "enabled" or "disabled", but got "auto"'],
      [
        { reasoning_effort: 'huge' },
        'reasoning_effort must be one of none, minimal, low, medium, high, xhigh, max, but got "huge"',
      ],
      [
        { response_format: { type: 'xml' } },
        'response_format.type must be "text", "json_object" or "json_schema", but got "xml"',
      ],
      [
        { response_format: { type: 'json_schema' } },
        'response_format.json_schema is required when response_format.type is "json_schema"',
      ],
      [{ tools: {} }, 'tools must be an array'],
      [
        { tools: [{ type: 'retrieval' }] },
        'tools[0].type must be "function" or "builtin_function", but got "retrieval"',
      ],
      [{ tool_choice: 'any' }, 'tool_choice must be "auto", "none", "required" or an object, but got "any"'],
      [{ functions: [] }, 'functions is not supported, use tools'],
      [{ logprobs: true }, 'logprobs is not supported by this model'],
      [{ partial: true }, 'partial belongs in the last message, not beside messages'],
      [{ temprature: 1 }, "unknown field 'temprature'"],
      [{ thinking: { type: 'enabled', keep: 'all' } }, "unknown field 'thinking.keep'"],
    ]
    for (const [fields, details] of cases) assert.equal(refusal(fields), `Invalid request: ${details}`)
    assert.throws(() => decodeChat([], strict, mediaFromUrl), /the body must be a JSON object/)
  })

  it('takes null for absent, and what OpenAI clients send unasked', () => {
    assert.equal(
      refusal({ stop: null, tools: null, temperature: null, response_format: null, stream: null }),
      'accepted',
    )
    assert.deepEqual(decoded({ seed: 7, user: 'u', store: false, logprobs: false }).extra, {
      seed: 7,
      user: 'u',
      store: false,
    })
  })

  it('never drops a prefix in silence: not beside the messages, and not for a key that may send what nobody knows', () => {
    const body = { model: 'kimi-k2.5', messages: hello, partial: true }
    assert.throws(
      () => decodeChat(body, new Set(['ignore-unknown-fields'] as const), mediaFromUrl),
      /partial belongs in the last/,
    )
    assert.equal(refusal({ partial: false }), 'accepted')
  })

  it('takes a tool without parameters for one without arguments, and an empty type of a call for none', () => {
    const tool = (fields: object) => ({ type: 'function', function: { name: 'f', ...fields } })
    const parameters = { type: 'object', properties: {} }
    for (const fields of [{}, { parameters: null }]) {
      const [read] = decoded({ tools: [tool(fields)] }).tools
      assert.deepEqual(read?.type === 'function' && read.parameters, parameters)
    }
    const [odd] = decoded({ tools: [tool({ parameters: {} })] }).tools
    assert.deepEqual(odd?.type === 'function' && odd.parameters, {})
    const call = { id: 'a', type: '', function: { name: 'f', arguments: '{}' } }
    const messages = [...hello, { role: 'assistant', tool_calls: [call] }]
    const [, said] = decoded({ messages }).messages
    assert.deepEqual(said?.role === 'assistant' && said.toolCalls[0]?.builtin, false)
  })

  it('drops unknown fields for a key that may, and lists them', () => {
    const body = { model: 'kimi-k2.5', messages: hello, temprature: 1, thinking: { type: 'enabled', budget_tokens: 5 } }
    assert.deepEqual(decodeChat(body, new Set(['ignore-unknown-fields'] as const), mediaFromUrl).leniency, [
      { switch: 'ignore-unknown-fields', field: 'temprature' },
      { switch: 'ignore-unknown-fields', field: 'thinking.budget_tokens' },
    ])
  })

  it('reads the role developer as system for a key that may, and lists where it stood', () => {
    const messages = [{ role: 'developer', content: 'Be short.', name: 'd' }, ...hello]
    const body = { model: 'kimi-k2.5', messages }
    assert.match(refusal(body), /role must be one of system, user, assistant, tool, but got "developer"$/)
    const { draft, leniency } = decodeChat(body, new Set(['developer-as-system'] as const), mediaFromUrl)
    assert.deepEqual(draft.messages[0], { role: 'system', content: 'Be short.', name: 'd' })
    assert.deepEqual(leniency, [{ switch: 'developer-as-system', field: 'messages.0.role' }])
    assert.equal(body.messages[0]?.role, 'developer', 'what was sent is left as it is')
  })

  it('reads partial beside the messages as the last one’s for a key that may', () => {
    const may = new Set(['partial-at-top'] as const)
    const prefix = { role: 'assistant', content: 'It is' }
    const decode = (messages: readonly object[], partial: unknown) =>
      decodeChat({ model: 'kimi-k2.5', messages, partial }, may, mediaFromUrl)
    const { draft, leniency } = decode([...hello, prefix], true)
    assert.deepEqual(draft.messages.at(-1), { role: 'assistant', content: 'It is', toolCalls: [], partial: true })
    assert.deepEqual(leniency, [{ switch: 'partial-at-top', field: 'partial' }])
    assert.deepEqual(decode([...hello, prefix], false).leniency, [])
    // It is never dropped: the answer would begin anew.
    const refused = { publicMessage: 'Invalid request: partial belongs in the last message, not beside messages' }
    assert.throws(() => decode(hello, true), refused)
    assert.throws(() => decode([...hello, { ...prefix, partial: false }], true), refused)
    assert.throws(() => decode([...hello, prefix], 'yes'), refused)
  })

  it('reads the thinking switch in its four spellings, which must agree', () => {
    assert.equal(decoded({}).thinking, undefined)
    assert.equal(decoded({ thinking: { type: 'disabled' } }).thinking, false)
    assert.equal(decoded({ chat_template_kwargs: { thinking: false } }).thinking, false)
    assert.equal(decoded({ chat_template_kwargs: { enable_thinking: true } }).thinking, true)
    assert.equal(decoded({ reasoning_effort: 'none' }).thinking, false)
    assert.equal(decoded({ reasoning_effort: 'high' }).thinking, true)
    // Moonshot's own client sent both in this era.
    assert.equal(decoded({ thinking: { type: 'enabled' }, reasoning_effort: 'high' }).thinking, true)
    const both = (one: string, other: string): string => `cannot specify both '${one}' and '${other}'`
    const refused = refusal({ thinking: { type: 'enabled' }, reasoning_effort: 'none' })
    assert.equal(refused, both('thinking', 'reasoning_effort'))
    assert.equal(
      refusal({ chat_template_kwargs: { thinking: false }, reasoning_effort: 'low' }),
      both('chat_template_kwargs.thinking', 'reasoning_effort'),
    )
  })

  it('prefers max_completion_tokens to max_tokens', () => {
    assert.equal(decoded({ max_tokens: 5 }).maxCompletionTokens, 5)
    assert.equal(decoded({ max_tokens: 5, max_completion_tokens: 7 }).maxCompletionTokens, 7)
  })

  it('reads data URLs leniently and believes the bytes', () => {
    const urls = [
      `data:image/png;base64,${PNG}`,
      `data:image/.png;base64, ${PNG}`,
      `data:video/mp4;base64,\n${PNG.slice(0, 20)}\n${PNG.slice(20)}`,
      `DATA:;BASE64,${PNG}`,
      `data:image/png;base64,${PNG.replaceAll('=', '')}`,
      `data:image/png;base64,${PNG.replaceAll('+', '-').replaceAll('/', '_')}`,
    ]
    for (const url of urls) {
      for (const image of [url, { url }, { url, detail: 'high' }]) {
        const [message] = decoded(withPart({ type: 'image_url', image_url: image })).messages
        const part = { type: 'image', mime: 'image/png', base64: PNG, measured: { width: 1, height: 1 } }
        assert.deepEqual(message?.content, [part], url)
      }
    }
  })

  it('refuses addresses, and bytes that are no image or video', () => {
    const image = (url: string) => refusal(withPart({ type: 'image_url', image_url: { url } }))
    const video = (url: string) => refusal(withPart({ type: 'video_url', video_url: url }))
    assert.equal(
      image('https://example.com/a.png'),
      'Invalid request: unsupported image url: https://example.com/a.png',
    )
    assert.equal(image(`data:image/png,${PNG}`), `Invalid request: unsupported image url: data:image/png,${PNG}`)
    assert.equal(video('http://x/y.mp4'), 'Invalid request: unsupported video url: http://x/y.mp4')
    assert.equal(image('data:image/png;base64,AAAAAAAAAAAAAAAA'), 'unsupported image format')
    assert.equal(image('data:image/png;base64,not base64!'), 'unsupported image format')
    assert.equal(image('data:image/png;base64,'), 'unsupported image format')
    assert.equal(video(`data:video/mp4;base64,${PNG}`), 'unsupported video format')
    const mp4 = Buffer.from('\0\0\0\x18ftypisom\0\0\0\0isomiso2', 'latin1').toString('base64')
    assert.equal(video(`data:image/png;base64,${mp4}`), 'accepted')
    assert.equal(image(`data:image/png;base64,${mp4}`), 'unsupported image format')
    assert.ok(image(`https://x/${'a'.repeat(5000)}`).length < 300)
  })

  it('keeps whatever ids and reasoning a client sends', () => {
    const messages = [
      ...hello,
      {
        role: 'assistant',
        content: null,
        reasoning_content: '',
        tool_calls: [{ id: 'call_1', type: 'function', function: { name: 'f', arguments: '{}' } }],
        refusal: null,
      },
      { role: 'tool', tool_call_id: 'call_1', content: 'ok', name: 'f' },
    ]
    assert.deepEqual(decoded({ messages }).messages.slice(1), [
      {
        role: 'assistant',
        content: '',
        reasoning: '',
        partial: false,
        toolCalls: [{ id: 'call_1', builtin: false, name: 'f', arguments: '{}' }],
      },
      { role: 'tool', toolCallId: 'call_1', content: 'ok', name: 'f' },
    ])
  })
})

const head = {
  requestId: '11111111-2222-4333-8444-555566667777',
  created: 7,
  model: 'kimi-k2.5',
  fingerprint: 'fpv0_00000000',
  promptTokens: undefined,
}
const usage = { prompt: 9, completion: 5, cached: 4, reasoning: 2 }
const wireUsage = {
  prompt_tokens: 9,
  completion_tokens: 5,
  total_tokens: 14,
  cached_tokens: 4,
  prompt_tokens_details: { cached_tokens: 4 },
  completion_tokens_details: { reasoning_tokens: 2 },
}

const EVENTS: readonly GenerationEvent[] = [
  { type: 'start', engine: 'e', model: 'm' },
  { type: 'reasoning', choice: 0, text: 'Hm "quoted"\n' },
  { type: 'text', choice: 0, text: 'Let me look. ' },
  { type: 'tool-call', choice: 0, call: 0, name: 'get_weather', arguments: '' },
  { type: 'tool-call', choice: 0, call: 0, arguments: '{"city":' },
  { type: 'tool-call', choice: 0, call: 1, name: '$web_search', id: 't-web_search-69e395879d68', arguments: '{}' },
  { type: 'tool-call', choice: 0, call: 0, arguments: '"Oslo"}' },
  { type: 'finish', choice: 0, reason: 'tool_calls' },
  { type: 'usage', usage },
]

function streamOf(events: readonly GenerationEvent[], fields: Record<string, unknown> = {}): string {
  const encoder = moonshot
    .decode(wireOf({ model: 'kimi-k2.5', messages: hello, stream: true, ...fields }), strict)
    .events(head)
  return events.map((event) => encoder.push(event)).join('') + encoder.end()
}

const chunksOf = (text: string) =>
  text
    .split('\n\n')
    .filter((event) => event !== '' && event !== 'data: [DONE]')
    .map((event) => JSON.parse(event.replace(/^data: /, '')))

describe('encoding a stream', () => {
  it('writes role, reasoning, content, tool calls, finish with usage, and [DONE], in this order', () => {
    const text = streamOf(EVENTS)
    assert.ok(text.endsWith('data: [DONE]\n\n'))
    const chunks = chunksOf(text)
    for (const chunk of chunks) {
      const { id, object, created, model, system_fingerprint: fingerprint } = chunk
      assert.equal(id, 'chatcmpl-000000071111111166667777')
      assert.deepEqual({ ...head, created, model, fingerprint }, head)
      assert.equal(object, 'chat.completion.chunk')
      assert.ok(!('usage' in chunk))
    }
    assert.deepEqual(
      chunks.map((chunk) => chunk.choices[0].delta),
      [
        { role: 'assistant', content: '' },
        { reasoning_content: 'Hm "quoted"\n' },
        { content: 'Let me look. ' },
        {
          tool_calls: [
            { index: 0, id: 'get_weather:0', type: 'function', function: { name: 'get_weather', arguments: '' } },
          ],
        },
        { tool_calls: [{ index: 0, function: { arguments: '{"city":' } }] },
        {
          tool_calls: [
            {
              index: 1,
              id: 't-web_search-69e395879d68',
              type: 'builtin_function',
              function: { name: '$web_search', arguments: '{}' },
            },
          ],
        },
        { tool_calls: [{ index: 0, function: { arguments: '"Oslo"}' } }] },
        {},
      ],
    )
    assert.deepEqual(chunks.at(-1).choices[0], { index: 0, delta: {}, finish_reason: 'tool_calls', usage: wireUsage })
    assert.ok(chunks.slice(0, -1).every((chunk) => chunk.choices[0].finish_reason === null))
  })

  it('gives calls ids that come once in a conversation to a key that may, whole and streamed, and says so', () => {
    const may = new Set(['unique-call-ids'] as const)
    const tools = [{ type: 'function', function: { name: 'get_weather' } }]
    const idsOf = (requestId: string): string[][] => {
      const body = { model: 'kimi-k2.5', messages: hello, tools }
      const { whole, events, leniency } = moonshot.decode(wireOf(body), may)
      assert.deepEqual(leniency, [{ switch: 'unique-call-ids', field: 'tool_calls.id' }])
      const fold = new ReplyFold()
      const encoder = events({ ...head, requestId })
      let text = ''
      for (const event of EVENTS) {
        fold.push(event)
        text += encoder.push(event)
      }
      const calls = (whole({ ...head, requestId }, fold.reply()) as Completion).choices[0].message.tool_calls
      const streamed = chunksOf(text).flatMap((chunk) => chunk.choices[0].delta.tool_calls ?? [])
      return [calls.map(({ id }) => id), streamed.flatMap(({ id }: { id?: string }) => id ?? [])]
    }
    const [whole, streamed] = idsOf(head.requestId)
    // An engine's own id reaches the client as it is.
    assert.deepEqual(whole, ['call_000000071111111166667777_0', 't-web_search-69e395879d68'])
    assert.deepEqual(streamed, whole)
    assert.notDeepEqual(idsOf('21111111-2222-4333-8444-555566667777'), [whole, streamed])
    // Where nothing can be called there is nothing to say.
    assert.deepEqual(moonshot.decode(wireOf({ model: 'kimi-k2.5', messages: hello }), may).leniency, [])
  })

  it('adds a chunk without choices when the usage is asked for, and says null in all others', () => {
    const chunks = chunksOf(streamOf(EVENTS, { stream_options: { include_usage: true } }))
    assert.deepEqual(chunks.at(-1).choices, [])
    assert.deepEqual(chunks.at(-1).usage, wireUsage)
    assert.deepEqual(chunks.at(-2).choices[0].usage, wireUsage)
    assert.ok(chunks.slice(0, -1).every((chunk) => chunk.usage === null))
  })

  it('gives each choice its role and its finish', () => {
    const chunks = chunksOf(
      streamOf([
        { type: 'start', engine: 'e', model: 'm' },
        { type: 'text', choice: 1, text: 'b' },
        { type: 'text', choice: 0, text: 'a' },
        { type: 'finish', choice: 1, reason: 'stop' },
        { type: 'finish', choice: 2, reason: 'length' },
        { type: 'finish', choice: 0, reason: 'stop' },
        { type: 'usage', usage },
      ]),
    )
    const roles = chunks.filter((chunk) => chunk.choices[0].delta.role).map((chunk) => chunk.choices[0].index)
    assert.deepEqual(roles, [0, 1, 2])
    const finishes = chunks.filter((chunk) => chunk.choices[0].finish_reason).map((chunk) => chunk.choices[0].index)
    assert.deepEqual(finishes, [1, 2, 0])
  })

  it('has no place for the stop string that ended it, nor for tools of the server: no byte of them', () => {
    const tool = { type: 'server-tool', choice: 0, name: 'search', id: 's', state: 'done' } as const
    const told: GenerationEvent[] = EVENTS.flatMap((event): GenerationEvent[] => {
      if (event.type === 'finish') return [{ ...event, stop: 'END' }]
      return event.type === 'text' ? [{ ...tool, input: '{}', output: '[]' }, event] : [event]
    })
    assert.equal(streamOf(told), streamOf(EVENTS))
  })

  it('fails in the stream with the words that a client may see', () => {
    const encoder = moonshot.decode(wireOf({ model: 'kimi-k2.5', messages: hello, stream: true }), strict).events(head)
    assert.equal(
      encoder.fail(apiError('engine_cut')),
      'data: {"error":{"message":"Provider returned error: the answer was cut off before it was complete","type":"server_error"}}\n\n',
    )
  })
})

describe('encoding a whole reply', () => {
  it('has no place for the stop string that ended it, nor for tools of the server', () => {
    const tool = { type: 'server-tool', choice: 0, name: 'search', id: 's', state: 'done' } as const
    const { whole: encodeReply } = moonshot.decode(wireOf({ model: 'kimi-k2.5', messages: hello }), strict)
    const encoded = (events: readonly GenerationEvent[]): string => {
      const fold = new ReplyFold()
      for (const event of events) fold.push(event)
      return JSON.stringify(encodeReply(head, fold.reply()))
    }
    const told = EVENTS.map((event) => (event.type === 'finish' ? { ...event, stop: 'END' } : event))
    const [start, ...rest] = told
    assert.ok(start)
    assert.equal(encoded([start, { ...tool, input: '{}', output: '[]' }, ...rest]), encoded(EVENTS))
  })

  it('is the fold of the same events', async () => {
    async function* source() {
      yield* EVENTS
    }
    const request = moonshot.decode(wireOf({ model: 'kimi-k2.5', messages: hello }), strict)
    assert.deepEqual(request.whole(head, await foldReply(source())), {
      id: 'chatcmpl-000000071111111166667777',
      object: 'chat.completion',
      created: 7,
      model: 'kimi-k2.5',
      choices: [
        {
          index: 0,
          message: {
            role: 'assistant',
            content: 'Let me look. ',
            reasoning_content: 'Hm "quoted"\n',
            tool_calls: [
              {
                id: 'get_weather:0',
                type: 'function',
                function: { name: 'get_weather', arguments: '{"city":"Oslo"}' },
              },
              {
                id: 't-web_search-69e395879d68',
                type: 'builtin_function',
                function: { name: '$web_search', arguments: '{}' },
              },
            ],
          },
          finish_reason: 'tool_calls',
        },
      ],
      usage: wireUsage,
    })
  })
})

interface Completion {
  readonly choices: readonly [{ readonly message: { readonly tool_calls: readonly { readonly id: string }[] } }]
}
