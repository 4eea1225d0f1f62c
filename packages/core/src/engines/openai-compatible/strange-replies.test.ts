/** Replies in forms that no documentation of the API has, and the one right reading of each. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { collectEvents, collectUntilFailure, onlyChoice } from '../../../../../test/support/collect-events.ts'
import { EngineError, type GenerationRequest } from '../../generation/index.ts'
import { openaiCompatibleEngine } from './engine.ts'
import { fieldOf } from './json-object.ts'
import type { OpenAiCompatibleOptions } from './options.ts'
import { HANDED_IN } from './testing/handed-in.ts'
import { MemoryTransport, type ScriptedReply } from './testing/memory-transport.ts'
import { sampleRequest } from './testing/sample-request.ts'

const NEVER = new AbortController().signal
const JSON_TYPE = { 'content-type': 'application/json' }
const tools: GenerationRequest['tools'] = [
  { type: 'function', name: 'get_weather', parameters: { type: 'object' }, strict: true },
]

function open(reply: ScriptedReply, more: Partial<OpenAiCompatibleOptions> = {}) {
  const transport = new MemoryTransport(() => reply)
  const url = 'http://upstream.test/v1'
  const fixed = { name: 'test', url, flavour: 'vllm', transport, clock: { now: () => 0 }, ...HANDED_IN } as const
  return { engine: openaiCompatibleEngine({ ...fixed, ...more }), transport }
}

/** The answer of a message, as a stream of one chunk and as a whole reply: both are read alike. */
async function answers(message: object, word = 'stop', request: Partial<GenerationRequest> = {}) {
  const asked = sampleRequest({ tools, thinking: true, ...request })
  const streamed = { choices: [{ index: 0, delta: message, finish_reason: word }] }
  const stream = open({ reads: [`data: ${JSON.stringify(streamed)}\n\ndata: [DONE]\n\n`] })
  const reply = JSON.stringify({ choices: [{ index: 0, message, finish_reason: word }] })
  const whole = open({ headers: JSON_TYPE, reads: [reply] })
  const one = onlyChoice(await collectEvents(stream.engine.generate(asked, NEVER)))
  const other = onlyChoice(await collectEvents(whole.engine.generate({ ...asked, whole: true }, NEVER)))
  assert.deepEqual(one, other)
  return one
}

async function failureOf(reply: ScriptedReply): Promise<EngineError> {
  const { failure } = await collectUntilFailure(open(reply).engine.generate(sampleRequest(), NEVER))
  assert.ok(failure instanceof EngineError)
  return failure
}

test('a call in the older form of OpenAI is a call', async () => {
  const answer = await answers(
    { content: null, function_call: { name: 'get_weather', arguments: '{"a":1}' } },
    'function_call',
  )
  assert.deepEqual(
    answer.calls.map(({ name, arguments: given }) => [name, given]),
    [['get_weather', '{"a":1}']],
  )
  assert.equal(answer.finish, 'tool_calls')
})

test('arguments left out, null or blank are {}', async () => {
  for (const called of [{}, { arguments: null }, { arguments: '' }, { arguments: ' ' }, { arguments: {} }]) {
    const call = { id: 'a', type: 'function', function: { name: 'get_weather', ...called } }
    const answer = await answers({ tool_calls: [call] }, 'tool_calls')
    assert.deepEqual(
      answer.calls.map((one) => one.arguments),
      ['{}'],
      JSON.stringify(called),
    )
  }
})

test('a refusal is what the model said', async () => {
  assert.equal((await answers({ content: null, refusal: 'I cannot do that.' })).text, 'I cannot do that.')
  assert.equal((await answers({ content: 'Yes.', refusal: null })).text, 'Yes.')
})

test('parts are their text, a thought among them is a thought, and another part is a fault', async () => {
  const parts = [
    { type: 'thinking', thinking: [{ type: 'text', text: 'Hm.' }] },
    { type: 'text', text: 'Oslo ' },
    'it is.',
  ]
  const { text, reasoning } = await answers({ content: parts })
  assert.deepEqual([text, reasoning], ['Oslo it is.', 'Hm.'])
  await assert.rejects(answers({ content: [{ type: 'image_url', image_url: { url: 'x' } }] }), /a part that is no text/)
})

test('a finish word that nobody knows is no end: nobody can say whether such an answer is whole', async () => {
  await assert.rejects(answers({ content: 'a' }, 'unexpected_state'), (error) => {
    return (
      error instanceof EngineError &&
      error.kind === 'protocol' &&
      /unknown reason: unexpected_state/.test(error.message)
    )
  })
})

test('what Python writes for no number is read as nothing, behind a finish and before', async () => {
  const chunks = [
    '{"choices":[{"index":0,"delta":{"content":"NaN: Infinity, \\"NaN\\""},"logprobs":{"p":[-Infinity]}}]}',
    '{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}',
    '{"choices":[],"usage":{"prompt_tokens":NaN,"completion_tokens":3}}',
    '[DONE]',
  ]
  const { engine } = open({ reads: chunks.map((chunk) => `data: ${chunk}\n\n`) })
  const events = await collectEvents(engine.generate(sampleRequest(), NEVER))
  assert.equal(onlyChoice(events).text, 'NaN: Infinity, "NaN"')
  assert.ok(!events.some(({ type }) => type === 'usage'))
})

test('a usage of no whole number, or of more than there can be, is none', async () => {
  for (const tokens of [-1, 1.5, 2 ** 53 - 1, 2 ** 60, '7', null, [7]]) {
    const usage = { prompt_tokens: 9, completion_tokens: tokens }
    const reply = JSON.stringify({ choices: [{ message: { content: 'a' }, finish_reason: 'stop' }], usage })
    const { engine } = open({ headers: JSON_TYPE, reads: [reply] })
    const events = await collectEvents(engine.generate(sampleRequest({ whole: true }), NEVER))
    assert.deepEqual(
      events.map(({ type }) => type),
      ['start', 'text', 'finish'],
      String(tokens),
    )
  }
})

test('a reply that is compressed unasked is a fault, and the words of a compressed refusal are not read', async () => {
  const gzip = { 'content-encoding': 'gzip' }
  const answered = await failureOf({ headers: { ...JSON_TYPE, ...gzip }, reads: ['\u001f\u008b'] })
  assert.deepEqual([answered.kind, answered.words], ['protocol', 'answered with application/json, encoded as gzip'])
  const refused = await failureOf({ status: 400, headers: gzip, reads: ['\u001f\u008bxyz'] })
  assert.deepEqual([refused.kind, refused.toApiError('m').publicMessage], ['refused', 'Invalid request Error'])
})

test('nobody is sent away for three thousand years', async () => {
  for (const wait of ['94608000000', 'Fri, 31 Dec 5026 23:59:59 GMT']) {
    const failure = await failureOf({ status: 429, headers: { 'retry-after': wait } })
    assert.deepEqual([failure.kind, failure.details.retryAfterMs], ['overloaded', undefined])
  }
})

test('addresses and paths behind a host are not told to its client', async () => {
  for (const [said, told] of [
    ['connect to 10.0.3.17:8000 failed', 'connect to [hidden] failed'],
    ['http://vllm-7:8000/v1/chat said no', '[hidden] said no'],
    ['ask http://kimi.svc.cluster.local or [fd00::1]:9000', 'ask [hidden] or [hidden]'],
    ['worker gpu-3.internal, localhost:30000', 'worker [hidden], [hidden]'],
    ['File "/usr/lib/python3/dist-packages/vllm/engine.py", line 7', 'File "[hidden]", line 7'],
    // Words of an API are none of these.
    [
      'max_tokens:4096 and/or n/a, see https://platform.moonshot.ai/docs',
      'max_tokens:4096 and/or n/a, see https://platform.moonshot.ai/docs',
    ],
    ['vLLM 0.11.1, at messages[1].content: no', 'vLLM 0.11.1, at messages[1].content: no'],
  ]) {
    const reads = [JSON.stringify({ error: { message: said, type: 'invalid_request_error' } })]
    assert.equal((await failureOf({ status: 400, headers: JSON_TYPE, reads })).toApiError('m').publicMessage, told)
  }
})

test('a host that gives less than the budget is asked for what it gives', async () => {
  for (const [flavour, field] of [
    ['vllm', 'max_tokens'],
    ['moonshot', 'max_completion_tokens'],
  ] as const) {
    const { engine, transport } = open({ refuse: 'connect' }, { flavour, maxOutput: 16_384 })
    for (const maxCompletionTokens of [32_768, 100]) {
      await collectUntilFailure(engine.generate(sampleRequest({ maxCompletionTokens }), NEVER))
    }
    assert.deepEqual(
      transport.seen.map(({ json }) => fieldOf(json, field)),
      [16_384, 100],
    )
  }
})
