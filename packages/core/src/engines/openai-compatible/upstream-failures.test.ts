import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { EngineErrorKind } from '../../generation/index.ts'
import { TransportError, type TransportErrorKind } from './transport.ts'
import { UpstreamFailures } from './upstream-failures.ts'

const KEY = 'sk-aVerySecretKey0123456789'
/** In a header that the operator has added. Nothing of it looks like a key. */
const SECRET = 'Correct.Horse.Battery'
const failures = new UpstreamFailures({
  engine: 'host',
  url: new URL('http://10.1.2.3:8000/v1'),
  key: KEY,
  headers: { 'x-tenant-secret': SECRET, authorization: `Basic ${SECRET}`, 'x-version': '2' },
  now: () => Date.parse('2026-05-20T08:00:00Z'),
})

const JSON_TYPE = { 'content-type': 'application/json' }

function errorBody(error: object): string {
  return JSON.stringify({ error })
}

test('a status becomes the kind it stands for', () => {
  const cases: readonly (readonly [status: number, body: string, kind: EngineErrorKind])[] = [
    [400, errorBody({ message: 'no' }), 'refused'],
    [400, errorBody({ message: 'high risk', type: 'content_filter' }), 'content-filter'],
    [400, errorBody({ message: 'high risk', type: 'invalid_request_error', code: 'content_filter' }), 'content-filter'],
    [401, errorBody({ message: 'Incorrect API key provided' }), 'misconfigured'],
    [402, '', 'misconfigured'],
    [403, '', 'misconfigured'],
    [404, errorBody({ message: 'Not found the model', type: 'resource_not_found_error' }), 'model-not-found'],
    [
      404,
      '{"object":"error","message":"The model `x` does not exist.","type":"NotFoundError","code":404}',
      'model-not-found',
    ],
    [404, '{"error":"model \'x\' not found"}', 'model-not-found'],
    [400, errorBody({ message: 'no', code: 'model_not_found' }), 'model-not-found'],
    // Nobody at this address knows the API.
    [404, '{"detail":"Not Found"}', 'misconfigured'],
    [404, '<html>', 'misconfigured'],
    [405, '{"detail":"Method Not Allowed"}', 'misconfigured'],
    [301, '', 'misconfigured'],
    [308, '', 'misconfigured'],
    [204, '', 'protocol'],
    [408, '', 'timeout'],
    [422, '{"detail":[]}', 'refused'],
    [429, errorBody({ message: 'rate', type: 'rate_limit_reached_error' }), 'overloaded'],
    [429, errorBody({ message: 'money', type: 'exceeded_current_quota_error' }), 'misconfigured'],
    [429, errorBody({ message: 'money', code: 'insufficient_quota' }), 'misconfigured'],
    [500, '', 'unavailable'],
    [503, '', 'unavailable'],
    [504, '<html>', 'timeout'],
  ]
  for (const [status, body, kind] of cases) {
    const error = failures.status(status, JSON_TYPE, body)
    assert.equal(error.kind, kind, `${status} ${body}: ${error.message}`)
  }
})

test('Retry-After travels along', () => {
  const headers = { ...JSON_TYPE, 'retry-after': 'Wed, 20 May 2026 08:00:07 GMT' }
  assert.equal(failures.status(429, headers, '').details.retryAfterMs, 7000)
  assert.equal(failures.status(503, { 'x-retry-after': '1' }, '').details.retryAfterMs, 1000)
  assert.equal(failures.status(503, {}, '').details.retryAfterMs, undefined)
})

function words(body: string, type = 'application/json'): string | undefined {
  return failures.status(400, { 'content-type': type }, body).details.publicMessage
}

test('the words of a refusal reach the client', () => {
  assert.equal(words(errorBody({ message: 'too long' })), 'too long')
  assert.equal(words('{"object":"error","message":"too long","type":"BadRequestError","code":400}'), 'too long')
  assert.equal(words('{"detail":"too long"}'), 'too long')
  assert.equal(words('too long\n', 'text/plain'), 'too long')
  assert.equal(words('', 'text/plain'), undefined)
  assert.equal(words('{"error":{"message":"cut of', 'application/json'), undefined)
  assert.equal(words(errorBody({ message: 7 })), undefined)
})

test('neither key nor host nor markup leaves, in the public words and in the log', () => {
  const told = [
    `key ${KEY} is bad`,
    'see http://10.1.2.3:8000/docs',
    'host 10.1.2.3 is down',
    'Bearer abcdefghijklmnop is no key',
    'used sk-otherKey-0123456789',
  ]
  for (const message of told) {
    for (const status of [400, 500]) {
      const error = failures.status(status, JSON_TYPE, errorBody({ message }))
      for (const text of [error.message, error.details.publicMessage ?? '']) {
        assert.doesNotMatch(text, /10\.1\.2\.3|sk-|SecretKey|abcdefghijklmnop/, text)
      }
    }
  }
  const page = '<!DOCTYPE html><html><body>nginx</body></html>'
  for (const [body, type] of [
    [page, 'text/html'],
    [errorBody({ message: page }), 'application/json'],
    ['\n  <html>', 'text/plain'],
  ] as const) {
    const error = failures.status(502, { 'content-type': type }, body)
    assert.equal(error.details.publicMessage, undefined)
    assert.doesNotMatch(error.message, /nginx|</)
  }
})

test('a secret that an operator has put into a header leaves as little, and a short value is no secret', () => {
  for (const status of [400, 500]) {
    const { message, details } = failures.status(status, JSON_TYPE, errorBody({ message: `2 of ${SECRET}` }))
    assert.doesNotMatch(message, /Horse/)
    assert.equal(details.publicMessage, '2 of [hidden]')
  }
})

test('a secret is hidden wherever an upstream may put a word of its own', () => {
  for (const secret of [KEY, SECRET]) {
    const told = [
      failures.status(400, JSON_TYPE, errorBody({ message: 'no', type: secret })),
      failures.status(503, JSON_TYPE, errorBody({ message: 'no', type: secret, code: secret })),
      failures.inBand({ error: { type: secret } }, true),
      failures.fault('protocol', `answered with text/html; of=${secret}`),
      // However often: a cut leaves no half of it.
      failures.status(500, JSON_TYPE, errorBody({ message: secret.repeat(5_000) })),
    ]
    for (const { message } of told) assert.ok(!message.includes(secret.slice(0, 10)), message)
  }
})

test('what is said of a request may quote it, and goes to the client alone', () => {
  for (const [status, type] of [
    [400, 'invalid_request_error'],
    [400, 'content_filter'],
    [404, 'model_not_found'],
  ] as const) {
    const { message, details } = failures.status(status, JSON_TYPE, errorBody({ message: 'not my diary', type }))
    assert.ok(!message.includes('diary'), message)
    assert.equal(details.publicMessage, 'not my diary')
  }
})

test('words are one line of a sane length', () => {
  const message = 'a\n\u0007\u2028b '.repeat(5000)
  const shown = words(errorBody({ message })) ?? ''
  assert.equal(shown.length, 500)
  assert.match(shown, /^a b a b /)
})

test('what a transport threw keeps its meaning, and a reset means another thing once the answer has begun', () => {
  const cases: readonly (readonly [kind: TransportErrorKind, before: EngineErrorKind, after: EngineErrorKind])[] = [
    ['connect', 'unavailable', 'unavailable'],
    ['busy', 'overloaded', 'overloaded'],
    ['timeout', 'timeout', 'timeout'],
    ['reset', 'unavailable', 'cut'],
    ['malformed', 'protocol', 'protocol'],
    ['aborted', 'aborted', 'aborted'],
  ]
  for (const [kind, before, after] of cases) {
    const error = new TransportError(kind, 'connect ECONNREFUSED 10.1.2.3:8000')
    assert.equal(failures.transport(error, false).kind, before)
    assert.equal(failures.transport(error, true).kind, after)
    assert.doesNotMatch(failures.transport(error, false).message, /10\.1\.2\.3/)
    // What is busy is ours: the engine has said nothing, and a client should come again soon.
    assert.equal(failures.transport(error, false).details.retryAfterMs, kind === 'busy' ? 1_000 : undefined)
  }
  assert.equal(failures.transport(new TypeError('odd'), false).kind, 'protocol')
})
