import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as fc from 'fast-check'
import { ApiError, ERRORS, apiError } from '@moonbase/protocol'
import {
  type DraftMessage,
  type GenerationEvent,
  type ReplyChoice,
  ReplyFold,
  mediaFromUrl,
  textOf,
} from '../../generation/index.ts'
import { wireOf } from '../testing/wire-of.ts'
import { oxen as oxenWith, oxenFault } from './index.ts'

const oxen = oxenWith(mediaFromUrl)
const NAME = 'moonshotai-kimi-k2-5'
const hello = [{ role: 'user', content: 'Hi' }]
const decode = (fields: Record<string, unknown> = {}) =>
  oxen.decode(wireOf({ model: NAME, messages: hello, ...fields }), oxen.lenient)
const head = {
  requestId: '6f1c2d3e-4b5a-4c6d-8e7f-901234567890',
  created: 1_775_090_332,
  model: 'kimi-k2.5',
  fingerprint: 'fpv0_0123abcd',
  promptTokens: undefined,
}
const PNG = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='

describe('Oxen’s requests', () => {
  it('name the model as Oxen does, as we do, or as nobody does', () => {
    assert.equal(decode().draft.model, 'kimi-k2.5')
    assert.equal(decode({ model: 'kimi-k2.5' }).draft.model, 'kimi-k2.5')
    assert.equal(decode({ model: 'kimi-k3' }).draft.model, 'kimi-k3')
    assert.equal(decode({ model: 'bad-model-name' }).draft.model, 'bad-model-name')
  })

  it('say in the three examples of its model page what they say', () => {
    const basic = decode({ temperature: 0.7, max_tokens: 1024, stream: false })
    assert.deepEqual(basic.draft.sampling, { temperature: 0.7 })
    assert.deepEqual([basic.draft.maxCompletionTokens, basic.stream, basic.draft.whole], [1024, false, true])
    const all = decode({ temperature: 0.7, max_tokens: 1024, stream: true, top_p: 1.0 })
    assert.deepEqual(all.draft.sampling, { temperature: 0.7, topP: 1 })
    assert.deepEqual([all.stream, all.leniency], [true, []])
    // No word about thinking: the model's own.
    assert.equal(decode().draft.thinking, undefined)
  })

  it('lose target_namespace, and the reply says so', () => {
    const { draft, leniency } = decode({ target_namespace: 'ox' })
    assert.deepEqual(leniency, [{ switch: 'ignore-unknown-fields', field: 'target_namespace' }])
    assert.deepEqual(draft.extra, {})
    assert.deepEqual(decode({ target_namespace: null }).leniency, [])
    assert.throws(() => decode({ target_namespace: 7 }), /target_namespace must be a string/)
  })

  it('that are wrong are refused with its own words where it has some', () => {
    const fault = (fields: Record<string, unknown>): unknown => {
      try {
        decode(fields)
      } catch (error) {
        assert.ok(error instanceof ApiError, String(error))
        return oxenFault(error)
      }
      return 'accepted'
    }
    const sentence = (message: string) => ({ status: 400, body: { error: { message } } })
    for (const model of [undefined, null, '']) {
      assert.deepEqual(fault({ model }), sentence('You must specify a model to call'))
    }
    assert.deepEqual(fault({ messages: [] }), sentence('Messages array cannot be empty'))
    assert.deepEqual(fault({ messages: undefined }), {
      status: 400,
      body: {
        error: {
          type: 'invalid_params',
          title: 'Invalid parameters supplied, please check your request and try again.',
          detail: 'Invalid request: messages is required',
          message: 'Invalid request: messages is required',
        },
        status: 'error',
        status_message: 'invalid_params',
      },
    })
    for (const body of [undefined, null, 7, 'x', []]) assert.throws(() => oxen.decode(wireOf(body), oxen.lenient))
  })
})

const words = fc.string({ unit: 'grapheme', maxLength: 20 })
const some = words.filter((text) => text !== '')

/** A conversation as this wire writes one: as its documentation has it, and with thoughts, which it lets pass. */
const conversation = fc.array(
  fc.oneof(
    fc.record({ role: fc.constantFrom('system', 'user'), content: some }),
    fc.record({
      role: fc.constant('user'),
      content: fc.array(
        fc.oneof(
          fc.record({ type: fc.constant('text'), text: some }),
          fc.constant({ type: 'image_url', image_url: { url: `data:image/png;base64,${PNG}` } }),
        ),
        { minLength: 1, maxLength: 3 },
      ),
    }),
    fc.record({
      role: fc.constant('assistant'),
      content: fc.oneof(words, fc.constant(null)),
      reasoning_content: words,
      tool_calls: fc.array(
        fc.record({
          id: some,
          type: fc.constant('function'),
          function: fc.record({ name: fc.constantFrom('read', 'write_file'), arguments: fc.json() }),
        }),
        { maxLength: 3 },
      ),
    }),
    fc.record({ role: fc.constant('tool'), content: some, tool_call_id: some }),
  ),
  { minLength: 1, maxLength: 8 },
)

/** What was read, written as this wire writes it. */
function written(message: DraftMessage): unknown {
  const { role, content } = message
  const parts =
    typeof content === 'string'
      ? content
      : content.map((part) => {
          if (part.type === 'text') return part
          assert.ok(part.type === 'image' && part.base64 !== undefined)
          return { type: 'image_url', image_url: { url: `data:${part.mime};base64,${part.base64}` } }
        })
  switch (message.role) {
    case 'tool':
      return { role, content: parts, tool_call_id: message.toolCallId }
    case 'assistant':
      return {
        role,
        content: parts,
        reasoning_content: message.reasoning,
        tool_calls: message.toolCalls.map(({ id, name, arguments: text }) => ({
          id,
          type: 'function',
          function: { name, arguments: text },
        })),
      }
    case 'system':
    case 'user':
      return { role, content: parts }
  }
}

describe('a conversation', () => {
  it('goes into the wire and back without losing text, thought, ids, arguments, images or order', () => {
    const check = fc.property(conversation, (arbitrary) => {
      const messages = JSON.parse(JSON.stringify(arbitrary)) as typeof arbitrary
      const { draft } = decode({ messages })
      // A text that is left out beside calls is an empty one.
      for (const message of messages) if ('tool_calls' in message) message.content ??= ''
      assert.deepEqual(draft.messages.map(written), messages)
    })
    fc.assert(check, { numRuns: 200 })
  })
})

const events = fc
  .tuple(
    fc.array(words, { maxLength: 3 }),
    fc.array(words, { maxLength: 4 }),
    fc.array(
      fc.record({
        name: fc.constantFrom('read', 'write_file'),
        pieces: fc.array(words, { minLength: 1, maxLength: 3 }),
      }),
      {
        maxLength: 3,
      },
    ),
    fc.constantFrom('stop', 'length', 'tool_calls', 'content_filter'),
    fc.nat(1000),
  )
  .map(([thought, text, calls, reason, tokens]) => {
    const all: GenerationEvent[] = [{ type: 'start', engine: 'e', model: 'kimi-k2.5' }]
    for (const piece of thought) all.push({ type: 'reasoning', choice: 0, text: piece })
    for (const piece of text) all.push({ type: 'text', choice: 0, text: piece })
    for (const [call, { name, pieces }] of calls.entries()) {
      for (const [index, piece] of pieces.entries()) {
        const named = index === 0 ? { name } : {}
        all.push({ type: 'tool-call', choice: 0, call, arguments: piece, ...named })
      }
    }
    all.push({ type: 'finish', choice: 0, reason })
    all.push({ type: 'usage', usage: { prompt: tokens, completion: tokens + 1, cached: 1, reasoning: 0 } })
    return all
  })

interface Chunk {
  readonly id: string
  readonly object: string
  readonly created: number
  readonly model: string
  readonly usage?: unknown
  readonly choices: readonly {
    readonly finish_reason: string | null
    readonly delta: {
      readonly content?: string
      readonly reasoning_content?: string
      readonly tool_calls?: readonly {
        readonly index: number
        readonly id?: string
        readonly type?: string
        readonly function: { readonly name?: string; readonly arguments: string }
      }[]
    }
  }[]
}

/** As a client folds a stream. */
function folded(text: string) {
  // Not by a pattern, which would take some characters of a text for the end of a line.
  const datas = text.split('\n\n').flatMap((event) => (event === '' ? [] : [event.slice('data: '.length)]))
  assert.equal(datas.pop(), '[DONE]')
  const chunks = datas.map((data) => JSON.parse(data) as Chunk)
  const [first] = chunks
  let content = ''
  let reasoning = ''
  let finish: string | null = null
  const calls: { index: number; id: string; type: string; function: { name: string; arguments: string } }[] = []
  for (const { choices } of chunks) {
    for (const { delta, finish_reason: reason } of choices) {
      content += delta.content ?? ''
      reasoning += delta.reasoning_content ?? ''
      finish = reason ?? finish
      for (const { index, id = '', type = '', function: called } of delta.tool_calls ?? []) {
        const call = (calls[index] ??= { index, id, type, function: { name: called.name ?? '', arguments: '' } })
        call.function.arguments += called.arguments
      }
    }
  }
  return {
    id: first?.id,
    object: 'chat.completion',
    created: first?.created,
    model: first?.model,
    choices: [
      {
        index: 0,
        message: {
          role: 'assistant',
          content: content === '' && calls.length > 0 ? null : content,
          ...(reasoning === '' ? {} : { reasoning_content: reasoning }),
          ...(calls.length === 0 ? {} : { tool_calls: calls }),
        },
        finish_reason: finish,
      },
    ],
    usage: chunks.at(-1)?.usage,
  }
}

describe('Oxen’s replies', () => {
  const { whole, events: encoder } = decode({ stream: true, stream_options: { include_usage: true } })
  const reply = (all: readonly GenerationEvent[]): unknown => {
    const fold = new ReplyFold()
    for (const event of all) fold.push(event)
    return whole(head, fold.reply())
  }

  it('are whole what the fold of their streams is', () => {
    const check = fc.property(events, (all) => {
      const encoding = encoder(head)
      const text = all.map((event) => encoding.push(event)).join('') + encoding.end()
      assert.deepEqual(folded(text), JSON.parse(JSON.stringify(reply(all))))
    })
    fc.assert(check, { numRuns: 200 })
  })

  it('have the documented fields: its name of the model, the index of a call, null beside calls', () => {
    const all: GenerationEvent[] = [
      { type: 'start', engine: 'e', model: 'kimi-k2.5' },
      { type: 'tool-call', choice: 0, call: 0, name: 'read', arguments: '{}' },
      { type: 'finish', choice: 0, reason: 'tool_calls' },
      { type: 'usage', usage: { prompt: 15, completion: 5, cached: 0, reasoning: 0 } },
    ]
    assert.deepEqual(reply(all), {
      id: 'chatcmpl-6f1c2d3e-4b5a-4c6d-8e7f-901234567890',
      object: 'chat.completion',
      created: 1_775_090_332,
      model: NAME,
      choices: [
        {
          index: 0,
          message: {
            role: 'assistant',
            content: null,
            tool_calls: [{ index: 0, id: 'read:0', type: 'function', function: { name: 'read', arguments: '{}' } }],
          },
          finish_reason: 'tool_calls',
        },
      ],
      usage: {
        prompt_tokens: 15,
        completion_tokens: 5,
        total_tokens: 20,
        cached_tokens: 0,
        prompt_tokens_details: { cached_tokens: 0 },
        completion_tokens_details: { reasoning_tokens: 0 },
      },
    })
  })

  it('that are cut say why in the stream, wherever that was, and never that they are complete', () => {
    const check = fc.property(events, fc.nat(12), (all, at) => {
      const encoding = encoder(head)
      const begun = all.slice(0, Math.min(at, all.length - 1)).map((event) => encoding.push(event))
      const text = begun.join('') + encoding.fail(apiError('engine_cut'))
      assert.ok(!text.includes('[DONE]') && !/"finish_reason":"/.test(text))
      assert.ok(text.endsWith(oxen.encodeFailure(apiError('engine_cut'))))
    })
    fc.assert(check, { numRuns: 100 })
    const failure = oxen.encodeFailure(apiError('engine_cut'))
    assert.match(
      failure,
      /^data: \{"error":\{"type":"unknown_error".*"message":"Provider returned error: the answer was cut off.*\}\n\n$/,
    )
  })

  it('may have text and thought of a choice only', () => {
    const choice: ReplyChoice = { text: 'a', reasoning: 'b', toolCalls: [], finish: 'stop' }
    const usage = { prompt: 1, completion: 1, cached: 0 }
    const { choices } = whole(head, { engine: 'e', model: 'm', choices: [choice], usage }) as { choices: unknown[] }
    const message = { role: 'assistant', content: 'a', reasoning_content: 'b' }
    assert.deepEqual(choices, [{ index: 0, message, finish_reason: 'stop' }])
    assert.equal(textOf('a'), 'a')
  })
})

describe('Oxen’s errors', () => {
  it('have a form and a type for every row of the table', () => {
    const types = new Set<string>()
    for (const code of Object.keys(ERRORS) as (keyof typeof ERRORS)[]) {
      const row = ERRORS[code]
      const { status, body } = oxenFault(new ApiError(code, row, row.words))
      assert.ok(status >= 400)
      if ('status_message' in body) types.add(`${status} ${body.status_message}`)
      assert.match(body.error.message, /./)
    }
    for (const known of [
      '401 unauthenticated',
      '400 invalid_params',
      '404 resource_not_found',
      '402 insufficient_credits',
      '500 unknown_error',
    ])
      assert.ok(types.has(known), known)
  })

  it('name the model that there is not as it was asked for', () => {
    const fault = (model: string) => oxenFault(apiError('model_not_found', { model }))
    assert.deepEqual(fault('bad-model-name'), {
      status: 404,
      body: { error: { message: 'Model not found: bad-model-name' } },
    })
    assert.deepEqual(fault('kimi-k2.5').body, { error: { message: 'Model not found: moonshotai-kimi-k2-5' } })
  })

  it('say what Oxen says of credits, keys and paths', () => {
    const shown = (error: ApiError): unknown => {
      const { status, body } = oxenFault(error)
      return 'status_message' in body ? [status, body.status_message, body.error.type, body.error.title] : body
    }
    const money = apiError('quota_exceeded', { organisation: 'o', credit: '0' })
    const expected = [402, 'insufficient_credits', 'insufficient_credits', 'You have run out of credits.']
    assert.deepEqual(shown(money), expected)
    const unauthenticated = [401, 'unauthenticated', 'unauthenticated', 'Incorrect API key provided']
    assert.deepEqual(shown(apiError('incorrect_api_key')), unauthenticated)
    const missing = [404, 'resource_not_found', 'resource_not_found', 'The requested resource could not be found']
    assert.deepEqual(shown(apiError('route_not_found', { method: 'GET', path: '/api/ai/queue' })), missing)
  })
})
