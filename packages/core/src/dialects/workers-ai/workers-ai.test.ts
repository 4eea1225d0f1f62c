import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ApiError, apiError, isFields } from '@moonbase/protocol'
import { type GenerationEvent, ReplyFold, mediaFromUrl } from '../../generation/index.ts'
import type { WireRequest } from '../dialect.ts'
import {
  type RunForm,
  bindingError,
  bindingRun,
  chatError,
  chatRun,
  envelope,
  namedModel,
  namedRun,
  pathRun,
  platformFault,
  workersAi,
} from './index.ts'

const PROXIED = 'moonshotai/kimi-k2.5'
const HOSTED = '@cf/moonshotai/kimi-k2.5'
const none: ReadonlySet<never> = new Set<never>()
const hello = [{ role: 'user', content: 'Hi' }]

const binding = workersAi(bindingRun, 'binding', mediaFromUrl)

function runOf(model: string, inputs: unknown, options: unknown = {}): WireRequest {
  return {
    bytes: undefined,
    body: () => ({ inputs, options }),
    header: (name) => (name === 'cf-consn-model-id' ? model : undefined),
    parameters: {},
  }
}

const decoded = (inputs: unknown, model = PROXIED) => binding.decode(runOf(model, inputs), binding.lenient)

function refusal(inputs: unknown, model = PROXIED, options: unknown = {}): string {
  try {
    binding.decode(runOf(model, inputs, options), binding.lenient)
  } catch (error) {
    assert.ok(error instanceof ApiError, String(error))
    assert.equal(error.status, 400)
    return error.publicMessage.replace('Invalid request: ', '')
  }
  return 'accepted'
}

describe('the names of models', () => {
  it('are ours behind the author, on the platform or through a gateway, and whatever else they were', () => {
    assert.deepEqual(namedModel(PROXIED), { asked: PROXIED, id: 'kimi-k2.5', hosted: false })
    assert.deepEqual(namedModel(HOSTED), { asked: HOSTED, id: 'kimi-k2.5', hosted: true })
    assert.deepEqual(namedModel(`lora:${HOSTED}`), { asked: HOSTED, id: 'kimi-k2.5', hosted: true })
    assert.deepEqual(namedModel('kimi-k2.5'), { asked: 'kimi-k2.5', id: 'kimi-k2.5', hosted: false })
    assert.deepEqual(namedModel('@cf/meta/llama'), { asked: '@cf/meta/llama', id: '@cf/meta/llama', hosted: true })
  })
})

describe('the inputs of a run', () => {
  it('are refused as the published schema of the proxied model has it', () => {
    const message = (fields: object) => ({ messages: [{ role: 'user', content: 'x', ...fields }] })
    const cases: [unknown, string][] = [
      [{ messages: hello }, 'accepted'],
      [{}, 'messages is required'],
      [{ prompt: 'Hi' }, 'messages is required'],
      [{ messages: 'Hi' }, 'messages must be an array, but got "Hi"'],
      [
        message({ role: 'function' }),
        /role must be one of system, developer, user, assistant, tool, but got "function"/,
      ],
      [message({ content: undefined }), 'messages[0].content is required'],
      [message({ content: 7 }), 'messages[0].content must be a string or an array of content parts, but got 7'],
      [message({ role: 'assistant', content: undefined, tool_calls: [] }), 'messages[0].content is required'],
      [{ messages: hello, temperature: 2.1 }, 'temperature must be a number between 0 and 2, but got 2.1'],
      [{ messages: hello, temperature: null }, 'temperature must be a number between 0 and 2, but got null'],
      [{ messages: hello, top_p: 1.5 }, 'top_p must be a number between 0 and 1, but got 1.5'],
      [{ messages: hello, presence_penalty: -3 }, 'presence_penalty must be a number between -2 and 2, but got -3'],
      [{ messages: hello, max_tokens: 0 }, 'max_tokens must be a number above 0, but got 0'],
      [{ messages: hello, stream: 'yes' }, 'stream must be a boolean, but got "yes"'],
      [{ messages: hello, stream_options: { include_obfuscation: true } }, /nothing but include_usage/],
      [{ messages: hello, tools: {} }, 'tools must be an array, but got an object'],
      ['Hi', 'inputs must be an object, but got "Hi"'],
    ].map(([inputs, words]) => [inputs, words] as [unknown, string])
    for (const [inputs, words] of cases) {
      const said = refusal(inputs)
      if (typeof words === 'string') assert.equal(said, words)
      else assert.match(said, words)
    }
  })

  it('may be one text for a hosted model, may be null there, and have limits of their own', () => {
    assert.deepEqual(decoded({ prompt: 'Hi' }, HOSTED).draft.messages, [{ role: 'user', content: 'Hi' }])
    assert.equal(
      refusal({ messages: hello, temperature: null, stop: null, tools: null, max_tokens: null }, HOSTED),
      'accepted',
    )
    assert.equal(refusal({ prompt: '' }, HOSTED), 'prompt must be a string that is not empty')
    assert.equal(refusal({ prompt: 'Hi', messages: hello }, HOSTED), 'prompt and messages cannot both be there')
    assert.equal(refusal({}, HOSTED), 'prompt or messages is required')
    assert.match(refusal({ messages: hello, n: 129 }, HOSTED), /^n must be an? .*between 1 and 128, but got 129$/)
    assert.match(refusal({ messages: hello, top_logprobs: 21 }, HOSTED), /between 0 and 20/)
    assert.match(refusal({ messages: hello, stop: ['a', 'b', 'c', 'd', 'e'] }, HOSTED), /1 to 4 strings/)
    assert.equal(refusal({ messages: [{ role: 'assistant', tool_calls: [] }, ...hello] }, HOSTED), 'accepted')
    assert.match(refusal({ requests: [{ messages: hello }] }, HOSTED), /takes no batches/)
  })

  it('pass through what the schema does not name, and the reply says what nobody here knows', () => {
    const { draft, leniency } = decoded({ messages: hello, seed: 7, raw: true, lora: 'x' })
    assert.deepEqual(draft.extra, { seed: 7 })
    assert.deepEqual(leniency, [
      { switch: 'ignore-unknown-fields', field: 'raw' },
      { switch: 'ignore-unknown-fields', field: 'lora' },
    ])
  })

  it('keep the sampling that was asked for: whether a model takes it is the contract to say', () => {
    const { draft } = decoded({ messages: hello, temperature: 0.2, top_p: 1, max_tokens: 500 })
    assert.deepEqual([draft.sampling, draft.maxCompletionTokens], [{ temperature: 0.2, topP: 1 }, 500])
    assert.ok(binding.lenient.has('drop-fixed-sampling'))
    assert.equal(decoded({ messages: hello, max_completion_tokens: 0.5 }).draft.maxCompletionTokens, 1)
    assert.equal(decoded({ messages: hello, max_tokens: 10.9 }).draft.maxCompletionTokens, 10)
  })

  it('switch thinking off in every spelling of this platform, and leave it unsaid where nobody speaks of it', () => {
    const thinking = (fields: object) => decoded({ messages: hello, ...fields }).draft.thinking
    assert.equal(thinking({}), undefined)
    assert.equal(thinking({ reasoning_effort: null }), false)
    assert.equal(thinking({ reasoning_effort: 'none' }), false)
    assert.equal(thinking({ reasoning_effort: 'high' }), true)
    assert.equal(thinking({ chat_template_kwargs: { enable_thinking: false } }), false)
    assert.equal(thinking({ chat_template_kwargs: { thinking: false } }), false)
    assert.equal(thinking({ thinking: { type: 'disabled' } }), false)
  })

  it('take what its provider for the AI SDK sends: thoughts by another name, a bare schema, tools with a name of their own', () => {
    const schema = { $schema: 'http://json-schema.org/draft-07/schema#', type: 'object', properties: {} }
    const call = { id: 'c1', type: 'function', function: { name: 'look', arguments: '{}' } }
    const { draft } = decoded({
      messages: [
        { role: 'developer', content: 'Be brief.' },
        ...hello,
        { role: 'assistant', content: '', reasoning: 'R', tool_calls: [call] },
        { role: 'tool', name: 'look', tool_call_id: 'c1', content: 'seen' },
      ],
      tools: [{ name: 'look', description: 'Looks', parameters: { type: 'object', properties: {} } }],
      response_format: { type: 'json_schema', json_schema: schema },
    })
    assert.deepEqual(
      draft.messages.map(({ role }) => role),
      ['system', 'user', 'assistant', 'tool'],
    )
    const [, , assistant] = draft.messages
    assert.ok(assistant?.role === 'assistant')
    assert.equal(assistant.reasoning, 'R')
    assert.deepEqual(draft.responseFormat, { type: 'json_schema', name: 'response', strict: true, schema })
    assert.deepEqual(draft.tools, [
      {
        type: 'function',
        name: 'look',
        description: 'Looks',
        parameters: { type: 'object', properties: {} },
        strict: true,
      },
    ])
    const named = { name: 'answer', schema: { type: 'object' } }
    const other = decoded({ messages: hello, response_format: { type: 'json_schema', json_schema: named } })
    assert.deepEqual(other.draft.responseFormat, { type: 'json_schema', strict: true, ...named })
    assert.match(refusal({ messages: hello, response_format: { type: 'json_schema', json_schema: {} } }), /name/)
  })

  it('stand in a header and a body, in a path, in a body by name, or are OpenAI’s body itself', () => {
    const wire = (body: unknown, parameters = {}): WireRequest => ({
      bytes: undefined,
      body: () => body,
      header: () => undefined,
      parameters,
    })
    const inputs = { messages: hello }
    assert.deepEqual(pathRun(wire(inputs, { '*': HOSTED })), { model: HOSTED, inputs })
    assert.deepEqual(namedRun(wire({ model: PROXIED, input: inputs })), { model: PROXIED, inputs })
    const chat = { model: PROXIED, ...inputs }
    assert.deepEqual(chatRun(wire(chat)), { model: PROXIED, inputs: chat })
    assert.throws(() => chatRun(wire(inputs)), /model is required/)
    assert.throws(() => bindingRun(wire({ inputs })), /the header cf-consn-model-id is missing/)
    assert.throws(() => namedRun(wire([])), /the body must be a JSON object/)
    assert.match(refusal({ messages: hello }, HOSTED, { queueRequest: true }), /takes no batches/)
  })
})

const HEAD = {
  requestId: '12345678-9abc-4def-8123-456789abcdef',
  created: 1_775_000_000,
  model: 'kimi-k2.5',
  fingerprint: 'fpv0_00000000',
  promptTokens: undefined,
}
const EVENTS: readonly GenerationEvent[] = [
  { type: 'start', engine: 'offline', model: 'kimi-k2.5' },
  { type: 'reasoning', choice: 0, text: 'Hm.' },
  { type: 'tool-call', choice: 0, call: 0, name: 'look', arguments: '{"a"' },
  { type: 'tool-call', choice: 0, call: 0, arguments: ':1}' },
  { type: 'finish', choice: 0, reason: 'tool_calls' },
  { type: 'usage', usage: { prompt: 5, completion: 7, cached: 2, reasoning: 3 } },
]
const USAGE = {
  prompt_tokens: 5,
  completion_tokens: 7,
  total_tokens: 12,
  cached_tokens: 2,
  prompt_tokens_details: { cached_tokens: 2 },
  completion_tokens_details: { reasoning_tokens: 3 },
}

function wholeReply(model: string, form: RunForm): unknown {
  const fold = new ReplyFold()
  for (const event of EVENTS) fold.push(event)
  const dialect = workersAi(bindingRun, form, mediaFromUrl)
  return dialect.decode(runOf(model, { messages: hello }), none).whole(HEAD, fold.reply())
}

function streamed(inputs: object, end = true): unknown[] {
  const encoder = decoded({ messages: hello, stream: true, ...inputs }).events(HEAD)
  let text = ''
  for (const event of EVENTS) text += encoder.push(event)
  text += end ? encoder.end() : encoder.fail(apiError('engine_cut'))
  return text
    .trim()
    .split('\n\n')
    .map((block) => (block === 'data: [DONE]' ? '[DONE]' : JSON.parse(block.slice('data: '.length))))
}

describe('the answer to a run', () => {
  const message = {
    role: 'assistant',
    content: null,
    reasoning_content: 'Hm.',
    tool_calls: [{ id: 'look:0', type: 'function', function: { name: 'look', arguments: '{"a":1}' } }],
  }
  const completion = {
    id: `chatcmpl-${HEAD.requestId}`,
    object: 'chat.completion',
    created: HEAD.created,
    model: PROXIED,
    choices: [{ index: 0, message, finish_reason: 'tool_calls' }],
    usage: USAGE,
  }

  it('is a bare completion with the model’s name on this platform, and says whose key a gateway used', () => {
    assert.deepEqual(wholeReply(PROXIED, 'binding'), { ...completion, gatewayMetadata: { keySource: 'Unified' } })
    assert.deepEqual(wholeReply(PROXIED, 'chat'), completion)
  })

  it('has for a hosted model what the platform’s types promise, and no gateway', () => {
    const choices = [{ index: 0, message: { ...message, refusal: null }, finish_reason: 'tool_calls', logprobs: null }]
    assert.deepEqual(wholeReply(HOSTED, 'binding'), { ...completion, model: HOSTED, choices })
  })

  it('stands in an envelope on REST', () => {
    const { result, ...around } = wholeReply(HOSTED, 'enveloped') as { result: { id: string } }
    assert.deepEqual(around, { success: true, errors: [], messages: [] })
    assert.equal(result.id, completion.id)
  })

  it('streams OpenAI’s chunks, with the usage where every client finds it', () => {
    const chunks = streamed({})
    assert.equal(chunks.at(-1), '[DONE]')
    const last = chunks.at(-2) as { model: string; choices: unknown; usage: unknown }
    assert.deepEqual(last.choices, [{ index: 0, delta: {}, finish_reason: 'tool_calls' }])
    assert.deepEqual([last.model, last.usage], [PROXIED, USAGE])
    assert.ok(chunks.slice(0, -2).every((chunk) => isFields(chunk) && !('usage' in chunk)))
    const asked = streamed({ stream_options: { include_usage: true } })
    assert.deepEqual((asked.at(-2) as { choices: unknown }).choices, [])
    assert.deepEqual((asked.at(-2) as { usage: unknown }).usage, USAGE)
    assert.equal((asked.at(-3) as { usage: unknown }).usage, null)
  })

  it('says a failure in the stream for both kinds of clients, and nothing that means complete', () => {
    const chunks = streamed({}, false)
    assert.deepEqual(chunks.at(-1), {
      errors: [{ code: 3008, message: 'Provider returned error: the answer was cut off before it was complete' }],
      error: {
        message: 'Provider returned error: the answer was cut off before it was complete',
        type: 'server_error',
        code: '3008',
      },
    })
    assert.ok(!chunks.includes('[DONE]'))
    assert.ok(!JSON.stringify(chunks).includes('finish_reason":"'))
  })
})

describe('errors', () => {
  it('have the platform’s numbers, and the statuses that its table has for them', () => {
    const numbered = (error: ApiError, hosted = false) => {
      const { code, status } = platformFault(error, hosted)
      return [code, status]
    }
    const limits = { organisation: 'o', key: 'k', scope: 'organization', limit: 3, seconds: 1 }
    assert.deepEqual(numbered(apiError('model_not_found', { model: 'x' })), [7003, 404])
    assert.deepEqual(numbered(apiError('model_not_found', { model: 'x' }), true), [5007, 400])
    assert.deepEqual(numbered(apiError('invalid_request', { details: 'x' })), [8001, 400])
    assert.deepEqual(numbered(apiError('rpm_limit', limits)), [3040, 429])
    assert.deepEqual(numbered(apiError('quota_exceeded', { organisation: 'o', credit: 'c' })), [2021, 402])
    assert.deepEqual(numbered(apiError('engine_unavailable')), [3040, 429])
    assert.deepEqual(numbered(apiError('engine_timeout')), [3007, 408])
    assert.deepEqual(numbered(apiError('body_too_large')), [3006, 413])
    assert.deepEqual(numbered(apiError('incorrect_api_key')), [10000, 401])
    assert.deepEqual(numbered(apiError('internal')), [1000, 500])
    const unauthorized = bindingError(platformFault(apiError('gateway_unauthorized')))
    assert.deepEqual(
      [unauthorized.internalCode, unauthorized.name, unauthorized.description],
      [2009, 'AiGatewayError', 'Unauthorized'],
    )
  })

  it('are one body for all that the binding reads, and another one for OpenAI’s clients', () => {
    const error = apiError('incorrect_api_key')
    const fault = platformFault(error)
    const errors = [{ code: 10000, message: 'Authentication error' }]
    const rest = { result: null, success: false, errors, messages: [] }
    assert.deepEqual(envelope(fault), rest)
    assert.deepEqual(bindingError(fault), {
      internalCode: 10000,
      name: 'InferenceUpstreamError',
      message: '10000: Authentication error',
      description: 'Authentication error',
      ...rest,
    })
    assert.equal(bindingError(platformFault(apiError('invalid_request', { details: 'x' }))).name, 'InvalidInput')
    assert.deepEqual(chatError(error, fault).error, {
      message: 'Authentication error',
      type: 'incorrect_api_key_error',
      code: '10000',
    })
  })
})
