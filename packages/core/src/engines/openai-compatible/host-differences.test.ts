/** What single hosts do in their own way: addresses, keys, sessions, health, errors, counts. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { EngineError, type EngineErrorKind, type GenerationRequest } from '../../generation/index.ts'
import { openaiCompatibleEngine } from './engine.ts'
import type { OpenAiCompatibleOptions } from './options.ts'
import { type FlavourName, usualModelId } from './flavours.ts'
import { objectArguments } from './history-arguments.ts'
import { fieldOf } from './json-object.ts'
import { HANDED_IN } from './testing/handed-in.ts'
import { MemoryTransport, type ScriptedReply } from './testing/memory-transport.ts'
import { sampleRequest } from './testing/sample-request.ts'

const NEVER = new AbortController().signal
const JSON_TYPE = { 'content-type': 'application/json' }

function open(flavour: FlavourName, reply: ScriptedReply, more: Partial<OpenAiCompatibleOptions> = {}) {
  const transport = new MemoryTransport(() => reply)
  const engine = openaiCompatibleEngine({
    name: 'test',
    url: 'http://upstream.test/v1',
    flavour,
    transport,
    clock: { now: () => 0 },
    ...HANDED_IN,
    ...more,
  })
  return { engine, transport }
}

async function failureOf(flavour: FlavourName, reply: ScriptedReply): Promise<EngineError> {
  const { engine } = open(flavour, reply)
  try {
    for await (const _ of engine.generate(sampleRequest(), NEVER));
  } catch (error) {
    if (error instanceof EngineError) return error
    throw error
  }
  throw new Error('it did not fail')
}

/** What one request looked like to the host. */
async function asked(
  flavour: FlavourName,
  more: Partial<OpenAiCompatibleOptions>,
  request: Partial<GenerationRequest> = {},
) {
  const { engine, transport } = open(flavour, { refuse: 'connect' }, more)
  await assert.rejects(async () => {
    for await (const _ of engine.generate(sampleRequest(request), NEVER));
  })
  const [seen] = transport.seen
  assert.ok(seen)
  return { url: seen.request.url, headers: seen.request.headers, body: seen.json }
}

const ACCOUNT = 'https://api.cloudflare.com/client/v4/accounts/a1/ai/v1'
const GATEWAY = 'https://gateway.ai.cloudflare.com/v1/a1/gw'

test('the REST address of Cloudflare takes its key as a bearer token, and an operator names the gateway', async () => {
  const headers = { 'cf-aig-gateway-id': 'gw', 'cf-aig-metadata': '{"team":"a"}' }
  const seen = await asked('cloudflare', { url: ACCOUNT, key: 'token-1', headers })
  assert.equal(seen.url, `${ACCOUNT}/chat/completions`)
  assert.equal(seen.headers['authorization'], 'Bearer token-1')
  assert.equal(seen.headers['cf-aig-gateway-id'], 'gw')
  assert.equal(fieldOf(seen.body, 'model'), '@cf/moonshotai/kimi-k2.5')
})

test('the gateway gets the key as its own, and passes it on only to Workers AI', async () => {
  const workers = await asked('cloudflare', { url: `${GATEWAY}/workers-ai/v1`, key: 'token-1' })
  assert.equal(workers.headers['cf-aig-authorization'], 'Bearer token-1')
  assert.equal(workers.headers['authorization'], 'Bearer token-1')
  const unified = await asked('cloudflare', { url: `${GATEWAY}/compat`, key: 'token-1' })
  assert.equal(unified.headers['cf-aig-authorization'], 'Bearer token-1')
  assert.equal(unified.headers['authorization'], undefined)
  assert.equal(fieldOf(unified.body, 'model'), 'workers-ai/@cf/moonshotai/kimi-k2.5')
  const theirs = { authorization: 'Bearer of-the-provider' }
  const other = await asked('cloudflare', {
    url: `${GATEWAY}/compat`,
    key: 'token-1',
    headers: theirs,
    model: 'moonshot/kimi-k2.5',
  })
  assert.equal(other.headers['authorization'], 'Bearer of-the-provider')
  assert.equal(fieldOf(other.body, 'model'), 'moonshot/kimi-k2.5')
})

test('a model that Cloudflare passes on is switched as its maker does it', async () => {
  const proxied = await asked('cloudflare', { model: 'moonshotai/kimi-k2.5' }, { thinking: false })
  assert.deepEqual(fieldOf(proxied.body, 'thinking'), { type: 'disabled' })
  assert.equal(fieldOf(proxied.body, 'chat_template_kwargs'), undefined)
  const hosted = await asked('cloudflare', {}, { thinking: false })
  assert.equal(fieldOf(hosted.body, 'thinking'), undefined)
  assert.deepEqual(fieldOf(hosted.body, 'chat_template_kwargs'), { thinking: false, enable_thinking: false })
})

test('a session has one mark, which says neither its name nor whose it is', async () => {
  const mark = async (request: Partial<GenerationRequest>): Promise<string | undefined> =>
    (await asked('cloudflare', {}, request)).headers['x-session-affinity']
  const one = await mark({ sessionAffinity: 's', affinityScope: 'org-1' })
  assert.match(one ?? '', /^[0-9a-f]{16}$/)
  assert.equal(await mark({ promptCacheKey: 's', affinityScope: 'org-1' }), one)
  assert.notEqual(await mark({ sessionAffinity: 's', affinityScope: 'org-2' }), one)
  assert.notEqual(await mark({ sessionAffinity: 't', affinityScope: 'org-1' }), one)
  assert.equal(await mark({}), undefined)
})

test('a model of the catalogue has the id that this kind of host has for it, unless somebody renamed it', async () => {
  const ids: readonly (readonly [FlavourName, string])[] = [
    ['vllm', 'moonshotai/Kimi-K2.5'],
    ['sglang', 'moonshotai/Kimi-K2.5'],
    ['ktransformers', 'Kimi-K2.5'],
    ['llama-server', 'kimi-k2.5'],
    ['moonshot', 'kimi-k2.5'],
    ['cloudflare', '@cf/moonshotai/kimi-k2.5'],
    ['oxen', 'moonshotai-kimi-k2-5'],
    ['generic', 'kimi-k2.5'],
  ]
  for (const [flavour, id] of ids) {
    assert.equal(usualModelId(flavour, 'kimi-k2.5'), id)
    assert.equal(fieldOf((await asked(flavour, {})).body, 'model'), id)
    assert.equal(fieldOf((await asked(flavour, { model: 'mine' })).body, 'model'), 'mine')
    assert.equal(fieldOf((await asked(flavour, { models: { 'kimi-k2.5': 'yours' } })).body, 'model'), 'yours')
  }
})

async function health(flavour: FlavourName, reply: ScriptedReply, url = 'http://upstream.test/v1') {
  const { engine, transport } = open(flavour, { headers: JSON_TYPE, ...reply }, { url })
  const { ok } = await engine.health(NEVER)
  return { ok, url: transport.seen[0]?.request.url }
}

test('llama-server is asked for its own word, which is no while it loads its model', async () => {
  const loading = {
    status: 503,
    reads: ['{"error":{"code":503,"message":"Loading model","type":"unavailable_error"}}'],
  }
  assert.deepEqual(await health('llama-server', loading), { ok: false, url: 'http://upstream.test/health' })
  assert.deepEqual(await health('llama-server', { reads: ['{"status":"ok"}'] }), {
    ok: true,
    url: 'http://upstream.test/health',
  })
  assert.equal(
    (await health('llama-server', {}, 'http://upstream.test/llama/v1/')).url,
    'http://upstream.test/llama/health',
  )
})

const NO_LIST =
  '{"result":null,"success":false,"errors":[{"code":7001,"message":"GET not supported for requested URI."}],"messages":[]}'

test('Cloudflare has no list of models, and is well all the same', async () => {
  assert.equal((await health('cloudflare', { status: 405, reads: [NO_LIST] }, ACCOUNT)).ok, true)
  assert.equal((await health('cloudflare', { status: 404, reads: [NO_LIST] }, ACCOUNT)).ok, false)
  assert.equal((await health('cloudflare', { status: 404, reads: ['{}'] }, `${GATEWAY}/compat`)).ok, true)
  assert.equal((await health('cloudflare', { status: 401, reads: ['{}'] }, `${GATEWAY}/compat`)).ok, false)
  assert.equal((await health('cloudflare', { status: 503, reads: ['{}'] }, ACCOUNT)).ok, false)
})

const cloudflareBody = (code: number, message: string): string =>
  JSON.stringify({ result: null, success: false, errors: [{ code, message }], messages: [] })

const FAILURES: readonly (readonly [
  what: string,
  flavour: FlavourName,
  status: number,
  body: string,
  kind: EngineErrorKind,
  words: string | undefined,
])[] = [
  ['no such model', 'cloudflare', 400, cloudflareBody(5007, 'No such model x'), 'model-not-found', 'No such model x'],
  ['no capacity', 'cloudflare', 429, cloudflareBody(3040, 'Capacity temporarily exceeded'), 'overloaded', undefined],
  ['the free share of a day', 'cloudflare', 429, cloudflareBody(3036, 'neurons used'), 'misconfigured', undefined],
  [
    'a prompt that is too large',
    'cloudflare',
    413,
    cloudflareBody(3006, 'Request is too large'),
    'refused',
    'Request is too large',
  ],
  ['invalid data', 'cloudflare', 400, cloudflareBody(5004, 'Invalid data'), 'refused', 'Invalid data'],
  ['a token of nobody', 'cloudflare', 401, cloudflareBody(10000, 'Authentication error'), 'misconfigured', undefined],
  ['a time limit', 'cloudflare', 408, cloudflareBody(3007, 'timeout'), 'timeout', undefined],
  [
    'a guardrail for the prompt',
    'cloudflare',
    424,
    cloudflareBody(2016, 'Prompt blocked'),
    'content-filter',
    undefined,
  ],
  [
    'a guardrail for the answer',
    'cloudflare',
    422,
    cloudflareBody(2017, 'Response blocked'),
    'content-filter',
    undefined,
  ],
  [
    'a gateway without its key',
    'cloudflare',
    401,
    '{"success":false,"result":[],"messages":[],"error":[{"code":2009,"message":"Unauthorized"}],"name":"AiGatewayError","httpCode":401,"internalCode":2009}',
    'misconfigured',
    undefined,
  ],
  [
    'the form of a binding',
    'cloudflare',
    400,
    '{"internalCode":5007,"name":"AiError","message":"5007: No such model","description":"No such model"}',
    'model-not-found',
    '5007: No such model',
  ],
  [
    'invalid parameters',
    'oxen',
    400,
    '{"error":{"type":"invalid_params","title":"Invalid parameters supplied","detail":"messages is empty"},"status":"error","status_message":"invalid_params"}',
    'refused',
    'messages is empty',
  ],
  [
    'no model of that name',
    'oxen',
    404,
    '{"error":{"message":"Model not found: x"}}',
    'model-not-found',
    'Model not found: x',
  ],
  [
    'no credits',
    'oxen',
    402,
    '{"error":{"type":"insufficient_credits","title":"You have run out of credits."},"status":"error","status_message":"insufficient_credits"}',
    'misconfigured',
    'You have run out of credits.',
  ],
  [
    'SGLang without a wrapper',
    'sglang',
    400,
    '{"object":"error","message":"Tool call arguments must be JSON","type":"BadRequestError","param":null,"code":400}',
    'refused',
    'Tool call arguments must be JSON',
  ],
  [
    'a model that loads',
    'llama-server',
    503,
    '{"error":{"code":503,"message":"Loading model","type":"unavailable_error"}}',
    'unavailable',
    undefined,
  ],
]

for (const [what, flavour, status, body, kind, words] of FAILURES) {
  test(`${flavour} says ${what} in its own form, and is understood`, async () => {
    const failure = await failureOf(flavour, { status, headers: JSON_TYPE, reads: [body] })
    assert.equal(failure.kind, kind, failure.message)
    if (words !== undefined) assert.equal(failure.details.publicMessage, words)
  })
}

test('an error in the middle of a stream is understood in every form', async () => {
  const chunk = 'data: {"choices":[{"delta":{"content":"a"}}]}\n\n'
  const after = async (flavour: FlavourName, data: string): Promise<EngineErrorKind> =>
    (await failureOf(flavour, { reads: [`${chunk}data: ${data}\n\n`] })).kind
  assert.equal(await after('cloudflare', cloudflareBody(3040, 'full')), 'overloaded')
  assert.equal(await after('cloudflare', cloudflareBody(2017, 'blocked')), 'content-filter')
  assert.equal(await after('cloudflare', cloudflareBody(3043, 'internal')), 'cut')
  assert.equal(await after('oxen', '{"error":{"type":"unauthenticated","title":"x"}}'), 'misconfigured')
  assert.equal(await after('oxen', '{"error":{"type":"unknown_error","title":"x"}}'), 'cut')
})

test('a Retry-After of any host travels along', async () => {
  const headers = { ...JSON_TYPE, 'retry-after': '7' }
  const failure = await failureOf('cloudflare', { status: 429, headers, reads: [cloudflareBody(3040, 'full')] })
  assert.equal(failure.details.retryAfterMs, 7000)
})

test('what llama-server had cached is read from its timings where its usage does not say', async () => {
  const { engine } = open('llama-server', {
    reads: [
      'data: {"choices":[{"index":0,"delta":{"content":"a"},"finish_reason":"stop"}]}\n\n',
      'data: {"choices":[],"usage":{"prompt_tokens":20,"completion_tokens":3},"timings":{"cache_n":8,"prompt_n":12}}\n\n',
      'data: [DONE]\n\n',
    ],
  })
  const events = await Array.fromAsync(engine.generate(sampleRequest(), NEVER))
  assert.deepEqual(events.at(-1), { type: 'usage', usage: { prompt: 20, completion: 3, cached: 8 } })
})

test('arguments of the history become an object and keep their characters where they are one', () => {
  for (const written of ['{}', '{"a": 1}', ' {"a":[1,{"b":null}]} ', '{"a":1,"a":2}']) {
    assert.equal(objectArguments(written), written)
  }
  assert.equal(objectArguments(''), '{}')
  assert.equal(objectArguments(' \n'), '{}')
  for (const written of ['{"a":', '[1]', '"a"', 'null', '7', '{"a":1} and more']) {
    assert.deepEqual(JSON.parse(objectArguments(written)), { malformed_arguments: written })
  }
})
