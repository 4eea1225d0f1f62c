/**
 * Telling rows of the error table at every face: the same slip has the status and the type that programs of that wire decide by.
 * The words, and the rows that only one wire can provoke, are told by `error-table.test.ts` and by the tests of the faces.
 */

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { isFields } from '@moonbase/protocol'
import { type Face, type Fields, askFace } from './faces/face.ts'
import { FACES } from './faces/faces.ts'
import type { CalledReply } from './support/call.ts'
import { Operator } from './support/operator.ts'
import { type TestServer, startServer } from './support/start-server.ts'

/** Faults of an engine behind the server, each matched by a word in the message. */
const SCENARIOS = `
version: 1
scenarios:
  - { name: filter, match: { last_user: please-filter }, reply: { fault: { status: 400, type: content_filter, message: no } } }
  - { name: refuse, match: { last_user: please-refuse }, reply: { fault: { status: 400, type: invalid_request_error, message: The engine said no } } }
  - { name: overload, match: { last_user: please-overload }, reply: { fault: { status: 429, retry_after: 7 } } }
  - { name: credentials, match: { last_user: please-lock }, reply: { fault: { status: 401 } } }
  - { name: slow, match: { last_user: please-wait }, reply: { fault: { status: 504 } } }
  - { name: garble, match: { last_user: please-garble }, reply: { text: one two three, fault: { malformed_after_chunks: 0 } } }
  - { name: cut, match: { last_user: please-cut }, reply: { text: one two three, fault: { cut_after_chunks: 0 } } }
`

const CONFIG = 'routing: { attempts: 1, seams: 0, breaker: { failures: 0 } }'

type Row = Readonly<{
  what: string
  /** What is said, which the scenarios answer. */
  words?: string
  /** Of the request itself, where steps have one each. */
  change?: Fields
  /** What is broken before any wire reads it. */
  broken?: Readonly<{ body?: unknown; headers?: Readonly<Record<string, string>>; method?: string }>
  key?: 'unknown' | 'of the poor'
  retryAfter?: string
}>

const ROWS: readonly Row[] = [
  { what: 'a key that nobody has', key: 'unknown' },
  { what: 'an account without money', key: 'of the poor' },
  { what: 'a model that nobody has', change: { model: 'kimi-k9' } },
  { what: 'no model', change: { model: null } },
  { what: 'a budget that is none', change: { max_tokens: -1, max_completion_tokens: -1, max_output_tokens: -1 } },
  { what: 'a body that is no JSON', broken: { body: '{"model":' } },
  { what: 'a body that is no UTF-8', broken: { body: new Uint8Array([0x7b, 0xff, 0x7d]) } },
  { what: 'another content type', broken: { body: '{}', headers: { 'content-type': 'text/plain' } } },
  { what: 'another method', broken: { method: 'DELETE' } },
  { what: 'content_filter', words: 'please-filter' },
  { what: 'engine_refused', words: 'please-refuse' },
  { what: 'engine_overloaded', words: 'please-overload', retryAfter: '7' },
  { what: 'engine_misconfigured', words: 'please-lock' },
  { what: 'engine_timeout', words: 'please-wait' },
  { what: 'engine_protocol', words: 'please-garble' },
  { what: 'engine_cut', words: 'please-cut' },
]

/** By a provider's URL and by the universal endpoint alike. */
const AS_AI_GATEWAY: readonly string[] = [
  '401 2009',
  '429 exceeded_current_quota_error',
  '404 resource_not_found_error',
  '400 invalid_request_error',
  '400 invalid_request_error',
  '400 invalid_request_error',
  '400 invalid_request_error',
  '415 invalid_request_error',
  '405 7001',
  '400 content_filter',
  '400 invalid_request_error',
  '429 engine_overloaded_error',
  '503 server_unavailable',
  '504 server_unavailable',
  '500 unexpected_output',
  '502 server_error',
]

/** Of the two that refuse as OpenAI does. */
const AS_OPENAI: readonly string[] = [
  '401 invalid_request_error',
  '429 insufficient_quota',
  '404 invalid_request_error',
  '400 invalid_request_error',
  '400 invalid_request_error',
  '400 invalid_request_error',
  '400 invalid_request_error',
  '415 invalid_request_error',
  '405 invalid_request_error',
  '400 invalid_request_error',
  '400 invalid_request_error',
  '429 rate_limit_error',
  '503 server_error',
  '504 server_error',
  '500 server_error',
  '502 server_error',
]

/** By the platform's numbers, which its provider for the AI SDK turns into statuses, whatever the status was. */
const AS_WORKERS_AI: readonly string[] = [
  '401 10000',
  '402 2021',
  '404 7003',
  '400 8001',
  '400 8001',
  '400 8001',
  '400 8001',
  '415 8001',
  '405 7001',
  '400 8001',
  '400 8001',
  '429 3040',
  '429 3040',
  '408 3007',
  '500 1000',
  '408 3008',
]

/** Of each face the rows in their order: `status type`. */
const EXPECTED: Readonly<Record<string, readonly string[]>> = {
  moonshot: [
    '401 incorrect_api_key_error',
    '429 exceeded_current_quota_error',
    '404 resource_not_found_error',
    '400 invalid_request_error',
    '400 invalid_request_error',
    '400 invalid_request_error',
    '400 invalid_request_error',
    '415 invalid_request_error',
    '405 invalid_request_error',
    '400 content_filter',
    '400 invalid_request_error',
    '429 engine_overloaded_error',
    '503 server_unavailable',
    '504 server_unavailable',
    '500 unexpected_output',
    '502 server_error',
  ],
  oxen: [
    '401 unauthenticated',
    '402 insufficient_credits',
    '404',
    '400',
    '400 invalid_params',
    '400 invalid_params',
    '400 invalid_params',
    '415 invalid_params',
    '405 invalid_params',
    '400 invalid_params',
    '400 invalid_params',
    '429 rate_limit_exceeded',
    '503 unknown_error',
    '504 unknown_error',
    '500 unknown_error',
    '502 unknown_error',
  ],
  responses: AS_OPENAI,
  completions: AS_OPENAI,
  'ai-gateway': AS_AI_GATEWAY,
  'ai-gateway, universal': AS_AI_GATEWAY,
  'workers-ai': AS_WORKERS_AI,
  'workers-ai, rest': AS_WORKERS_AI,
  'workers-ai, chat': AS_WORKERS_AI,
  anthropic: [
    '401 authentication_error',
    '429 billing_error',
    '404 not_found_error',
    '400 invalid_request_error',
    '400 invalid_request_error',
    '400 invalid_request_error',
    '400 invalid_request_error',
    '415 invalid_request_error',
    '405 invalid_request_error',
    '400 invalid_request_error',
    '400 invalid_request_error',
    '429 overloaded_error',
    '503 api_error',
    '504 timeout_error',
    '500 api_error',
    '502 api_error',
  ],
}

/** The request inside of a step or of a run, or the body itself. */
function changed(body: unknown, change: Fields): unknown {
  if (Array.isArray(body)) return body.map((step) => changed(step, change))
  if (!isFields(body)) return body
  for (const inside of ['query', 'inputs']) {
    if (inside in body) return { ...body, [inside]: changed(body[inside], change) }
  }
  return { ...body, ...Object.fromEntries(Object.entries(change).filter(([name]) => name in body)) }
}

describe('the error table at every face', () => {
  const ask = (
    face: Face,
    { words = 'Hello', change = {}, broken, key }: Row,
    streamed: boolean,
    { url, key: own, poor }: Pick<TestServer, 'url' | 'key'> & { readonly poor: string },
  ): Promise<CalledReply> => {
    const shown = key === undefined ? own : key === 'unknown' ? 'sk-nobody-has-this-key' : poor
    const asked = broken === undefined ? { body: changed(face.asking(words, streamed), change) } : broken
    const { model } = change
    const named = model === undefined ? undefined : face.of?.(typeof model === 'string' ? model : '')
    return askFace(named ?? face, { url, key: shown }, asked)
  }

  it('has a column for every face', () => {
    assert.deepEqual(
      Object.keys(EXPECTED),
      FACES.map(({ name }) => name),
    )
  })

  for (const face of FACES) {
    it(`says at ${face.name} what programs of that wire decide by, and the same before a stream`, async () => {
      await using server = await startServer({ scenarios: SCENARIOS, config: CONFIG })
      const { key: poor } = await new Operator(server).customer()
      const assertSaid = async (row: Row, streamed: boolean): Promise<void> => {
        const { status, json, text, headers } = await ask(face, row, streamed, { ...server, poor })
        const refusal = face.refusalIn(json)
        assert.ok(refusal !== undefined && refusal.message !== '', `${row.what}: ${status} ${text}`)
        assert.equal(
          `${status} ${refusal.type}`.trimEnd(),
          EXPECTED[face.name]?.[ROWS.indexOf(row)],
          `${row.what}: ${text}`,
        )
        assert.match(headers.get('content-type') ?? '', /^application\/json/)
        if (row.retryAfter !== undefined) assert.equal(headers.get('retry-after'), row.retryAfter, row.what)
      }
      for (const row of ROWS.filter(({ retryAfter }) => retryAfter === undefined)) {
        for (const streamed of [false, true]) await assertSaid(row, streamed)
      }
      // An engine that has said when it will be asked again is left alone until then, as one that is down is: it is asked last, and once.
      for (const row of ROWS.filter(({ retryAfter }) => retryAfter !== undefined)) await assertSaid(row, false)
    })
  }
})
