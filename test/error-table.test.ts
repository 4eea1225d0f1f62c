/**
 * Every row of the error table that can be provoked, provoked: status, type and text to the letter. A row that nobody
 * provokes must be in the list at the end, with its reason.
 */

import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { after, before, describe, it } from 'node:test'
import { ERRORS, type ErrorCode } from '@moonbase/protocol'
import { type CallOptions, type CalledReply, call } from './support/call.ts'
import { TEST_KEY, type TestServer, startServer } from './support/start-server.ts'

const user = { role: 'user', content: 'Hello' }
const tool = (name: string, parameters: unknown = { type: 'object', properties: {} }) => ({
  type: 'function',
  function: { name, parameters },
})
const toolCall = { id: 'f:0', type: 'function', function: { name: 'f', arguments: '{}' } }
const PNG = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='

/** Faults of an engine behind the server, each matched by a word in the message. */
const SCENARIOS = `
version: 1
scenarios:
  - { name: filter, match: { last_user: please-filter }, reply: { fault: { status: 400, type: content_filter, message: no } } }
  - { name: refuse, match: { last_user: please-refuse }, reply: { fault: { status: 400, type: invalid_request_error, message: The engine said no } } }
  - { name: overload, match: { last_user: please-overload }, reply: { fault: { status: 429, retry_after: 7 } } }
  - { name: credentials, match: { last_user: please-lock }, reply: { fault: { status: 401 } } }
  - { name: down, match: { last_user: please-fall }, reply: { fault: { status: 503, retry_after: 2 } } }
  - { name: slow, match: { last_user: please-wait }, reply: { fault: { status: 504 } } }
  - { name: garble, match: { last_user: please-garble }, reply: { text: one two three, fault: { malformed_after_chunks: 0 } } }
  - { name: cut, match: { last_user: please-cut }, reply: { text: one two three, fault: { cut_after_chunks: 0 } } }
`

interface Row {
  readonly code: ErrorCode
  readonly message: string
  /** Fields of a chat request, or a whole call. */
  readonly chat?: Record<string, unknown>
  readonly path?: string
  readonly options?: CallOptions
  readonly headers?: Readonly<Record<string, string>>
}

const says = (content: string) => ({ messages: [{ role: 'user', content }] })
const withPart = (part: unknown) => ({ messages: [{ role: 'user', content: [part] }] })
const instant = { thinking: { type: 'disabled' } }

const ROWS: readonly Row[] = [
  { code: 'invalid_request', message: 'Invalid request: messages is required', chat: { messages: null } },
  {
    code: 'missing_tool_results',
    message:
      "Invalid request: an assistant message with 'tool_calls' must be followed by tool messages responding to each tool_call_id. The following tool_call_ids did not have response messages: f:0",
    chat: { messages: [user, { role: 'assistant', reasoning_content: 'Hm', tool_calls: [toolCall] }, user] },
  },
  {
    code: 'invalid_part',
    message: "Invalid request: the message at position 0 with role 'user' contains an invalid part type: image_url",
    chat: {
      ...withPart({ type: 'image_url', image_url: { url: `data:image/png;base64,${PNG}` } }),
      model: 'moonshot-v1-8k',
    },
  },
  { code: 'unknown_field', message: "Invalid request: unknown field 'temprature'", chat: { temprature: 1 } },
  {
    code: 'two_switches',
    message: "cannot specify both 'thinking' and 'reasoning_effort'",
    chat: { ...instant, reasoning_effort: 'high' },
  },
  { code: 'fixed_value', message: 'invalid temperature: only 1 is allowed for this model', chat: { temperature: 0.3 } },
  {
    code: 'fixed_value',
    message: 'invalid temperature: only 0.6 is allowed for this model',
    chat: { ...instant, temperature: 1 },
  },
  {
    code: 'missing_reasoning',
    message: 'thinking is enabled but reasoning_content is missing in assistant tool call message at index 1',
    chat: {
      messages: [
        user,
        { role: 'assistant', tool_calls: [toolCall] },
        { role: 'tool', tool_call_id: 'f:0', content: 'x' },
      ],
    },
  },
  {
    code: 'forced_tool_with_thinking',
    message: "tool_choice 'required' is incompatible with thinking enabled",
    chat: { tools: [tool('get_it')], tool_choice: 'required' },
  },
  {
    code: 'forced_tool_with_thinking',
    message: "tool_choice 'specified' is incompatible with thinking enabled",
    chat: { tools: [tool('get_it')], tool_choice: { type: 'function', function: { name: 'get_it' } } },
  },
  {
    code: 'web_search_with_thinking',
    message: 'builtin_function $web_search is incompatible with thinking enabled',
    chat: { tools: [{ type: 'builtin_function', function: { name: '$web_search' } }] },
  },
  {
    code: 'tool_call_id_not_found',
    message: 'tool_call_id  is not found',
    chat: { messages: [user, { role: 'tool', tool_call_id: '', content: 'x' }] },
  },
  {
    code: 'stop_array_too_long',
    message: 'stop array too long. Expected an array with maximum length 5, but got 6',
    chat: { stop: ['1', '2', '3', '4', '5', '6'] },
  },
  {
    code: 'empty_message',
    message: "Invalid request: the message at position 1 with role 'assistant' must not be empty",
    chat: { messages: [user, { role: 'assistant', content: '' }, user] },
  },
  { code: 'empty_text', message: 'text content is empty', chat: withPart({ type: 'text', text: '' }) },
  {
    code: 'unsupported_image_url',
    message: 'Invalid request: unsupported image url: https://example.com/cat.png',
    chat: withPart({ type: 'image_url', image_url: { url: 'https://example.com/cat.png' } }),
  },
  {
    code: 'unsupported_image_format',
    message: 'unsupported image format',
    chat: withPart({ type: 'image_url', image_url: { url: 'data:image/png;base64,AAAAAAAA' } }),
  },
  {
    code: 'unsupported_video_url',
    message: 'Invalid request: unsupported video url: https://example.com/cat.mp4',
    chat: withPart({ type: 'video_url', video_url: 'https://example.com/cat.mp4' }),
  },
  {
    code: 'unsupported_video_format',
    message: 'unsupported video format',
    chat: withPart({ type: 'video_url', video_url: { url: `data:video/mp4;base64,${PNG}` } }),
  },
  {
    code: 'tool_parameters_not_mfjs',
    message:
      "Invalid request: tools.function.parameters is not a valid moonshot flavored json schema, details: <At path 'properties.x': when using anyOf, type should be defined in anyOf items instead of the parent schema>",
    chat: {
      tools: [
        tool('get_it', {
          type: 'object',
          properties: { x: { type: 'string', anyOf: [{ type: 'string' }, { type: 'null' }] } },
        }),
      ],
    },
  },
  {
    code: 'tool_parameters_not_object',
    message: 'Invalid request: tools.function.parameters.type is required and must be "object"',
    chat: { tools: [tool('get_it', { properties: {} })] },
  },
  {
    code: 'response_schema_not_mfjs',
    message:
      "Invalid request: response_format.json_schema is not a valid moonshot flavored json schema, details: <At path 'required': required property 'age' is not defined in properties>",
    chat: {
      response_format: {
        type: 'json_schema',
        json_schema: { name: 'out', schema: { type: 'object', properties: {}, required: ['age'] } },
      },
    },
  },
  {
    code: 'duplicate_tool',
    message: 'Invalid request: function name get_it is duplicated',
    chat: { tools: [tool('get_it'), tool('get_it')] },
  },
  {
    code: 'incorrect_api_key',
    message: 'Incorrect API key provided',
    path: '/v1/models',
    options: { key: 'sk-nobody-knows-this-key' },
  },
  { code: 'incorrect_api_key', message: 'Incorrect API key provided', path: '/v1/nowhere', options: { key: null } },
  {
    code: 'invalid_authentication',
    message: 'Invalid Authentication',
    path: '/v1/models',
    options: { key: null, headers: { authorization: 'Basic dXNlcjpwYXNz' } },
  },
  {
    code: 'model_not_found',
    message: 'Not found the model kimi-k9 or Permission denied',
    chat: { model: 'kimi-k9' },
  },
  { code: 'model_not_found', message: 'Not found the model kimi-k2 or Permission denied', path: '/v1/models/kimi-k2' },
  { code: 'route_not_found', message: 'Not found the API GET /v1/nowhere', path: '/v1/nowhere' },
  {
    code: 'method_not_allowed',
    message: 'Invalid request: /v1/chat/completions does not accept GET, use POST',
    path: '/v1/chat/completions',
    options: { method: 'GET' },
    headers: { allow: 'POST' },
  },
  {
    code: 'unsupported_content_type',
    message: 'Invalid request: content type text/plain is not supported, use application/json',
    path: '/v1/chat/completions',
    options: { body: '{}', headers: { 'content-type': 'text/plain' } },
  },
  {
    code: 'unsupported_content_type',
    message: 'Invalid request: content encoding gzip is not supported, use identity',
    path: '/v1/chat/completions',
    options: { body: '{}', headers: { 'content-encoding': 'gzip' } },
  },
  {
    code: 'invalid_request',
    message: 'Invalid request: the body is not valid UTF-8',
    path: '/v1/chat/completions',
    options: { body: new Uint8Array([0x7b, 0xff, 0x7d]) },
  },
  {
    code: 'content_filter',
    message: 'The request was rejected because it was considered high risk',
    chat: says('please-filter'),
  },
  { code: 'engine_refused', message: 'The engine said no', chat: says('please-refuse') },
  {
    code: 'engine_overloaded',
    message: 'The engine is currently overloaded, please try again later',
    chat: says('please-overload'),
    headers: { 'retry-after': '7', 'x-retry-after': '7' },
  },
  {
    code: 'engine_misconfigured',
    message: 'The engine behind this server refused it. The operator finds the reason in the log',
    chat: says('please-lock'),
  },
  {
    code: 'engine_unavailable',
    message: 'The engine is not available, please try again later',
    chat: says('please-fall'),
    headers: { 'retry-after': '2' },
  },
  {
    code: 'engine_timeout',
    message: 'The engine did not answer in time, please try again later',
    chat: says('please-wait'),
  },
  { code: 'engine_protocol', message: 'invalid state transition', chat: says('please-garble') },
  { code: 'engine_cut', message: 'The answer was cut off before it was complete', chat: says('please-cut') },
]

const EDGES: readonly (readonly [head: string, status: number, words: string])[] = [
  ['GET /v1/models HTTP/1.1', 400, 'the header Host is missing'],
  ['GET /v1/models HTTP/1.1\r\nHost: a\r\nHost: a', 400, 'the header Host is given twice'],
  ['GET /health HTTP/1.1\r\nHost: a/b', 400, 'the header Host is no name or address of a host'],
  [
    'POST /v1/chat/completions HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked',
    400,
    'the header Transfer-Encoding may say chunked and nothing else',
  ],
  [
    'POST /v1/chat/completions HTTP/1.1\r\nHost: a\r\nExpect: 200-ok\r\nContent-Length: 2',
    417,
    'the header Expect may say 100-continue and nothing else',
  ],
  ['CONNECT a:443 HTTP/1.1\r\nHost: a', 405, 'a:443 does not accept CONNECT, use GET, POST'],
]

/** Rows provoked by tests of their own below, or elsewhere for the reason given. */
const ELSEWHERE: Partial<Record<ErrorCode, string>> = {
  window_exceeded: 'below: its text holds a count',
  body_too_large: 'below: needs a limit of its own',
  headers_too_large: 'below: needs a raw socket',
  unknown_expectation: 'below: needs a raw socket',
  fixed_thinking: 'below: needs another model',
  engine_lacks: 'below: needs an engine that lacks something',
  body_timeout: 'test/heavy-clients.test.ts',
  shutting_down: 'test/shutdown.test.ts',
  client_closed: 'never on the wire: nobody is left to read it; test/disconnect.test.ts',
  server_busy: 'needs more connections than there may be; http/http-server.test.ts',
  body_too_slow: 'needs ten seconds; http/request-body.test.ts',
  share_limit: 'needs many large bodies or videos at once; http/body-shares.test.ts, media/media-probe.test.ts',
  estimate_limit: 'test/shares.test.ts',
  image_not_fetched: 'test/fetch-image-urls.test.ts',
  ambiguous_reasoning: 'needs a model that thinks differently; test/restore-reasoning.test.ts',
  engine_limit: 'needs an upstream that talks without end; engines/openai-compatible',
  tool_limit: 'needs a tool that answers without end; inference/server-tools.test.ts',
  internal: 'a bug of ours: no request is known that provokes it; http/send-json.test.ts',
  account_not_found: 'server/src/apis/admin/admin-api.test.ts',
  account_conflict: 'server/src/apis/admin/admin-api.test.ts',
  idempotency_conflict: 'server/src/apis/admin/admin-api.test.ts',
  stream_not_found: 'test/reattach.test.ts',
  stream_position: 'test/reattach.test.ts',
  stream_not_kept: 'needs a full store; streams/follow-stream.test.ts',
  stream_limit: 'needs a full store; streams/stream-store.test.ts',
  detached_limit: 'needs a full store; streams/stream-store.test.ts',
  api_not_open: 'test/accounts.test.ts',
  too_many_attempts: 'test/accounts.test.ts',
  address_not_allowed: 'test/accounts.test.ts',
  model_not_priced: 'test/accounts.test.ts',
  account_suspended: 'test/accounts.test.ts',
  quota_exceeded: 'test/accounts.test.ts',
  concurrency_limit: 'test/accounts.test.ts',
  rpm_limit: 'test/accounts.test.ts',
  tpm_limit: 'test/accounts.test.ts',
  tpd_limit: 'test/accounts.test.ts',
  queue_full: 'needs hundreds that wait; admission/request-queue.test.ts',
  ledger_unavailable: 'needs a disk that does not write; inference/inference-service.test.ts',
  response_not_found: 'test/responses.test.ts',
  previous_response_not_found: 'test/responses.test.ts',
  item_not_found: 'test/responses.test.ts',
  invalid_encrypted_content: 'test/responses.test.ts',
  api_absent: 'test/responses.test.ts',
  gateway_not_found: 'test/ai-gateway.test.ts',
  gateway_conflict: 'test/ai-gateway.test.ts',
  gateway_log_not_found: 'test/ai-gateway.test.ts',
  gateway_unauthorized: 'test/ai-gateway.test.ts',
  gateway_rate_limit: 'test/ai-gateway.test.ts',
  gateway_spend_limit: 'test/ai-gateway.test.ts',
  gateway_timeout: 'test/ai-gateway.test.ts',
  provider_not_found: 'test/ai-gateway.test.ts',
  not_built: 'test/ai-gateway.test.ts',
  entry_expired: 'test/page-session.test.ts',
  limits_unavailable: 'needs a Redis that is away; admission/redis',
}

describe('the error table', () => {
  let server: TestServer
  before(async () => {
    server = await startServer({ scenarios: SCENARIOS })
  })
  after(() => server.close())

  const chat = (fields: Record<string, unknown>): Promise<CalledReply> =>
    call(`${server.url}/v1/chat/completions`, { body: { model: 'kimi-k2.5', messages: [user], ...fields } })

  for (const row of ROWS) {
    it(`${ERRORS[row.code].status} ${row.code}: ${row.message.slice(0, 90)}`, async () => {
      const reply = row.chat ? await chat(row.chat) : await call(`${server.url}${row.path}`, row.options)
      assert.deepEqual(reply.json, { error: { message: row.message, type: ERRORS[row.code].type } })
      assert.equal(reply.status, ERRORS[row.code].status)
      assert.match(reply.headers.get('content-type') ?? '', /^application\/json/)
      assert.ok(reply.headers.get('msh-request-id'))
      assert.equal(reply.headers.get('msh-request-id'), reply.headers.get('x-request-id'))
      for (const [name, value] of Object.entries(row.headers ?? {})) assert.equal(reply.headers.get(name), value)
    })
  }

  it('gives the same refusal to a streamed request, as a status and not as a stream', async () => {
    for (const row of ROWS.filter((one) => one.chat)) {
      const reply = await chat({ ...row.chat, stream: true })
      assert.equal(reply.status, ERRORS[row.code].status, row.code)
      assert.deepEqual(reply.json, { error: { message: row.message, type: ERRORS[row.code].type } })
    }
  })

  it('400 window_exceeded', async () => {
    const reply = await chat({ max_tokens: 262_144 })
    assert.equal(reply.status, 400)
    const { error } = reply.json as { error: { message: string; type: string } }
    assert.match(
      error.message,
      /^Invalid request: Your request exceeded model token limit: 262144 \(requested: 26215\d\)$/,
    )
    assert.equal(error.type, 'invalid_request_error')
  })

  it('413 body_too_large', async () => {
    await using small = await startServer({ config: 'limits: { body_bytes: 2000 }\n' })
    const body = { model: 'kimi-k2.5', messages: [{ role: 'user', content: 'x'.repeat(3000) }] }
    const reply = await call(`${small.url}/v1/chat/completions`, { body })
    assert.equal(reply.status, 413)
    assert.deepEqual(reply.json, {
      error: { message: 'Request exceeds the maximum size', type: 'invalid_request_error' },
    })
  })

  it('400 fixed_thinking and engine_lacks, of other models and engines', async () => {
    await using other = await startServer({
      config: `
engines:
  here: { type: offline }
  vllm: { type: openai-compatible, flavour: vllm, url: 'http://127.0.0.1:9/v1' }
models:
  kimi-k2.7-code: { engines: [here] }
  kimi-k2.5: { engines: [vllm] }
`,
    })
    const ask = (fields: Record<string, unknown>) =>
      call(`${other.url}/v1/chat/completions`, { body: { messages: [user], ...fields } })
    assert.deepEqual((await ask({ model: 'kimi-k2.7-code', ...instant })).json, {
      error: {
        message: 'invalid thinking: only type=enabled is allowed for this model',
        type: 'invalid_request_error',
      },
    })
    const mp4 = Buffer.from('\0\0\0\x18ftypisom\0\0\0\0isomiso2', 'latin1').toString('base64')
    const video = withPart({ type: 'video_url', video_url: { url: `data:video/mp4;base64,${mp4}` } })
    assert.deepEqual((await ask({ model: 'kimi-k2.5', ...video })).json, {
      error: {
        message: 'Invalid request: the engine that serves kimi-k2.5 does not support video input',
        type: 'invalid_request_error',
      },
    })
  })

  it('431 headers_too_large and 400 for bytes that are no HTTP, in the same shape', async () => {
    const send = (bytes: string): Promise<string> =>
      new Promise((resolve, reject) => {
        const { hostname, port } = new URL(server.url)
        const socket = connect(Number(port), hostname, () => socket.write(bytes))
        let text = ''
        socket.setEncoding('utf8').on('data', (piece) => (text += piece))
        socket.on('end', () => resolve(text)).on('error', reject)
      })
    const large = await send(`GET /v1/models HTTP/1.1\r\nHost: x\r\nX-Large: ${'x'.repeat(20_000)}\r\n\r\n`)
    assert.match(large, /^HTTP\/1\.1 431 /)
    assert.ok(
      large.endsWith(
        '{"error":{"message":"Invalid request: the request headers are too large","type":"invalid_request_error"}}',
      ),
    )
    const garbage = await send('hello there\r\n\r\n')
    assert.match(garbage, /^HTTP\/1\.1 400 /)
    assert.match(garbage, /"type":"invalid_request_error"/)
    // And what is HTTP, but nothing that a client of any library writes.
    for (const [head, status, words] of EDGES) {
      const reply = await send(`${head}\r\n\r\n`)
      assert.equal(reply.slice(0, 12), `HTTP/1.1 ${status}`, head)
      const body = JSON.stringify({ error: { message: `Invalid request: ${words}`, type: 'invalid_request_error' } })
      assert.equal(reply.slice(reply.indexOf('\r\n\r\n') + 4), body, head)
      assert.match(reply, /\r\nx-request-id: [\w-]{36}\r\n/, head)
    }
  })

  it('has no row that nobody provokes without a reason', () => {
    const provoked = new Set<string>([...ROWS.map((row) => row.code), ...Object.keys(ELSEWHERE)])
    assert.deepEqual(
      Object.keys(ERRORS).filter((code) => !provoked.has(code)),
      [],
    )
    assert.ok(!JSON.stringify(ROWS).includes(TEST_KEY))
  })
})
