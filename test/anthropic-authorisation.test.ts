/** The Messages API: every route × who may ask it, by both headers. What a key is worth is told by `api-authorisation.test.ts`. */

import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { isFields } from '@moonbase/protocol'
import { anthropicApi } from '../packages/server/src/apis/anthropic/anthropic-api.ts'
import { call } from './support/call.ts'
import { messagesClient } from './support/messages-client.ts'
import { type Customer, Operator, TEST_ADMIN_KEY } from './support/operator.ts'
import { type TestServer, startServer } from './support/start-server.ts'

const ROLES = [
  'nobody',
  'an unknown key',
  'an operator',
  'a key of the organisation',
  'a key of another organisation',
] as const

const ASKED = { model: 'kimi-k2.5', max_tokens: 50, messages: [{ role: 'user', content: 'hi' }] }

interface Ask {
  /** As the route table has it, below the base. */
  readonly route: string | undefined
  readonly path: string
  readonly body?: unknown
  /** By role, in their order. */
  readonly expected: readonly number[]
}

/** `{own}` is a finished stream of the organisation. */
const ASKS: readonly Ask[] = [
  { route: 'POST /v1/messages', path: '/v1/messages', body: ASKED, expected: [401, 401, 401, 200, 200] },
  {
    route: 'POST /v1/messages',
    path: '/v1/messages',
    body: { ...ASKED, stream: true },
    expected: [401, 401, 401, 200, 200],
  },
  {
    route: 'POST /v1/messages/count_tokens',
    path: '/v1/messages/count_tokens',
    body: ASKED,
    expected: [401, 401, 401, 200, 200],
  },
  { route: 'GET /v1/models', path: '/v1/models', expected: [401, 401, 401, 200, 200] },
  { route: 'GET /v1/models/:id', path: '/v1/models/kimi-k2.5', expected: [401, 401, 401, 200, 200] },
  { route: 'GET /v1/messages/streams/:id', path: '/v1/messages/streams/{own}', expected: [401, 401, 401, 200, 404] },
  // A key is asked for first.
  { route: undefined, path: '/v1/messages/batches', expected: [401, 401, 401, 404, 404] },
]

const TYPES: Readonly<Record<number, string>> = { 401: 'authentication_error', 404: 'not_found_error' }

describe('the Messages API', () => {
  let server: TestServer
  let own: Customer
  let other: Customer
  let stream: string
  before(async () => {
    // Each request has an address of its own, so that nobody is taken for one who guesses.
    server = await startServer({ config: 'listen: { trusted_proxies: [127.0.0.1] }' })
    const operator = new Operator(server)
    own = await operator.customer({ voucher: '7' })
    other = await operator.customer({ voucher: '11' })
    const { headers } = await messagesClient(server.url, own.key).send({ messages: ASKED.messages, stream: true })
    stream = headers.get('x-moonbase-stream-id') ?? assert.fail('no stream')
  })
  after(() => server.close())

  const keyOf = (role: (typeof ROLES)[number]): string | undefined =>
    ({
      nobody: undefined,
      'an unknown key': 'sk-of-nobody',
      'an operator': TEST_ADMIN_KEY,
      'a key of the organisation': own.key,
      'a key of another organisation': other.key,
    })[role]

  it('is in this table, all of it, at its base and below /anthropic', () => {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the table is read, and nobody is answered
    const services = {} as Parameters<typeof anthropicApi>[0]
    const known = anthropicApi(services).routes.map(({ method, path }) => `${method} ${path}`)
    const routes = [...new Set(ASKS.flatMap(({ route }) => route ?? []))]
    assert.deepEqual(
      known.toSorted(),
      [...routes, ...routes.map((route) => route.replace(' ', ' /anthropic'))].toSorted(),
    )
  })

  let asked = 0
  for (const ask of ASKS) {
    it(`gives ${ask.route ?? ask.path} to whom it may`, async () => {
      for (const [index, role] of ROLES.entries()) {
        const key = keyOf(role)
        for (const base of ['', '/anthropic']) {
          for (const shown of key === undefined ? [{}] : [{ 'x-api-key': key }, { authorization: `Bearer ${key}` }]) {
            asked += 1
            const reply = await call(`${server.url}${base}${ask.path.replace('{own}', stream)}`, {
              key: null,
              body: ask.body,
              headers: { 'anthropic-version': '2023-06-01', 'x-forwarded-for': `198.51.100.${asked % 250}`, ...shown },
            })
            const expected = ask.expected[index] ?? 0
            const what = `${role} at ${base}${ask.path}: ${reply.text}`
            assert.equal(reply.status, expected, what)
            if (expected === 200) continue
            const { json } = reply
            assert.ok(isFields(json) && isFields(json['error']), what)
            assert.equal(json['error']['type'], TYPES[expected], what)
            for (const { organisation } of [own, other]) assert.ok(!reply.text.includes(organisation), what)
          }
        }
      }
    })
  }
})
