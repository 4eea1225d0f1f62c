/**
 * The client API: every route × every role. What is expected is the table below, written by hand and apart from the
 * route table: a route that is not in it, or an entry without its route, fails the test.
 */

import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { moonshotApi } from '../packages/server/src/apis/moonshot/moonshot-api.ts'
import { askStream } from './support/ask-stream.ts'
import { type CalledReply, call } from './support/call.ts'
import { type Customer, Operator, TEST_ADMIN_KEY } from './support/operator.ts'
import { type TestServer, startServer } from './support/start-server.ts'

const SCENARIOS = `
version: 1
scenarios:
  - { name: said, match: { last_user: say-it }, reply: { text: one two three } }
`

const ROLES = [
  'nobody',
  'no bearer token',
  'a key in quotes',
  'an unknown key',
  'an operator',
  'an admin of the organisation',
  'a key of the organisation',
  'a key of another project of it',
  'a key of another organisation',
  'a revoked key',
  'an expired key',
  'a key of an archived project',
  'a key of a suspended organisation',
  'a bound key at another address',
  'a bound key at its address',
] as const

type Role = (typeof ROLES)[number]

interface Ask {
  /** As the route table has it; `undefined`: it is no route of it. */
  readonly route: string | undefined
  readonly method: 'GET' | 'POST' | 'DELETE'
  readonly path: string
  readonly body?: unknown
  /** By role, in their order. */
  readonly expected: readonly number[]
}

const CHAT = { model: 'kimi-k2.5', messages: [{ role: 'user', content: 'say-it' }], max_completion_tokens: 100 }
const ESTIMATE = '/v1/tokenizers/estimate-token-count'

/** `{own}` and `{other}` are finished streams of two organisations. */
const ASKS: Readonly<Record<string, Ask>> = {
  'an answer': {
    route: 'POST /v1/chat/completions',
    method: 'POST',
    path: '/v1/chat/completions',
    body: CHAT,
    expected: [401, 401, 401, 401, 401, 401, 200, 200, 200, 401, 401, 401, 429, 403, 200],
  },
  'a stream': {
    route: 'POST /v1/chat/completions',
    method: 'POST',
    path: '/v1/chat/completions',
    body: { ...CHAT, stream: true },
    expected: [401, 401, 401, 401, 401, 401, 200, 200, 200, 401, 401, 401, 429, 403, 200],
  },
  'an estimate': {
    route: `POST ${ESTIMATE}`,
    method: 'POST',
    path: ESTIMATE,
    body: { model: CHAT.model, messages: CHAT.messages },
    expected: [401, 401, 401, 401, 401, 401, 200, 200, 200, 401, 401, 401, 429, 403, 200],
  },
  'the models': {
    route: 'GET /v1/models',
    method: 'GET',
    path: '/v1/models',
    expected: [401, 401, 401, 401, 401, 401, 200, 200, 200, 401, 401, 401, 200, 403, 200],
  },
  'a model': {
    route: 'GET /v1/models/:id',
    method: 'GET',
    path: '/v1/models/kimi-k2.5',
    expected: [401, 401, 401, 401, 401, 401, 200, 200, 200, 401, 401, 401, 200, 403, 200],
  },
  'the balance': {
    route: 'GET /v1/users/me/balance',
    method: 'GET',
    path: '/v1/users/me/balance',
    expected: [401, 401, 401, 401, 401, 401, 200, 200, 200, 401, 401, 401, 200, 403, 200],
  },
  'a stream of the organisation': {
    route: 'GET /v1/streams/:id',
    method: 'GET',
    path: '/v1/streams/{own}',
    expected: [401, 401, 401, 401, 401, 401, 200, 200, 404, 401, 401, 401, 404, 403, 200],
  },
  'a stream of another organisation': {
    route: 'GET /v1/streams/:id',
    method: 'GET',
    path: '/v1/streams/{other}',
    expected: [401, 401, 401, 401, 401, 401, 404, 404, 200, 401, 401, 401, 404, 403, 404],
  },
  'a stream of nobody': {
    route: 'GET /v1/streams/:id',
    method: 'GET',
    path: '/v1/streams/stream-0123456789abcdef0123456789abcdef',
    expected: [401, 401, 401, 401, 401, 401, 404, 404, 404, 401, 401, 401, 404, 403, 404],
  },
  // A key is asked for first.
  'what is not there': {
    route: undefined,
    method: 'GET',
    path: '/v1/nowhere',
    expected: [401, 401, 401, 401, 401, 401, 404, 404, 404, 401, 401, 401, 404, 403, 404],
  },
  'what does not go': {
    route: undefined,
    method: 'DELETE',
    path: '/v1/models',
    expected: [401, 401, 401, 401, 401, 401, 405, 405, 405, 401, 401, 401, 405, 403, 405],
  },
  'whether it lives': {
    route: undefined,
    method: 'GET',
    path: '/health',
    expected: [200, 200, 200, 200, 200, 200, 200, 200, 200, 200, 200, 200, 200, 200, 200],
  },
  'whether it is ready': {
    route: undefined,
    method: 'GET',
    path: '/ready',
    expected: [200, 200, 200, 200, 200, 200, 200, 200, 200, 200, 200, 200, 200, 200, 200],
  },
  // They tell of all organisations, so that even an admin of one with the scope may not read them.
  'the metrics': {
    route: undefined,
    method: 'GET',
    path: '/metrics',
    expected: [401, 401, 401, 401, 200, 403, 401, 401, 401, 401, 401, 401, 401, 401, 401],
  },
}

const INCORRECT = ['incorrect_api_key_error', /^Incorrect API key provided$/] as const
const MALFORMED = ['invalid_authentication_error', /^Invalid Authentication$/] as const
const REFUSALS: Readonly<Record<number, readonly [type: string, message: RegExp]>> = {
  404: ['resource_not_found_error', /^Not found the (?:stream \S+ or Permission denied|API GET \/v1\/nowhere)$/],
  405: ['invalid_request_error', /^Invalid request: \/v1\/models does not accept DELETE, use GET$/],
  429: [
    'exceeded_current_quota_error',
    /^Your account \S+<\S+> is suspended, please check your plan and billing details$/,
  ],
}

function refusalOf(status: number, role: Role): readonly [type: string, message: RegExp] {
  if (status === 401) return role === 'no bearer token' || role === 'a key in quotes' ? MALFORMED : INCORRECT
  if (status !== 403) return REFUSALS[status] ?? ['never', /^never$/]
  const words =
    role === 'a bound key at another address'
      ? /^Your IP is not allowed to access this organization$/
      : /^The API you are accessing is not open$/
  return ['permission_denied_error', words]
}

const ALLOWED_NETWORK = '192.0.2.0/24'
const ALLOWED_ADDRESS = '192.0.2.7'
/** Long enough to be used once. */
const SHORT_LIFE_MS = 1_000
const VOUCHERS: Readonly<Partial<Record<Role, number>>> = {
  'a key of the organisation': 7,
  'a key of another project of it': 7,
  'a bound key at its address': 7,
  'a key of another organisation': 11,
  'a key of a suspended organisation': 13,
}

describe('the client API', () => {
  let server: TestServer
  let operator: Operator
  let own: Customer
  let other: Customer
  const authorization = new Map<Role, string | undefined>()
  const streams = { own: '', other: '' }

  before(async () => {
    // Each request has an address of its own, so that nobody is taken for one who guesses.
    server = await startServer({ scenarios: SCENARIOS, config: 'listen: { trusted_proxies: [127.0.0.1] }' })
    operator = new Operator(server)
    own = await operator.customer({ voucher: '7' })
    other = await operator.customer({ voucher: '11' })
    for (const role of ROLES) authorization.set(role, await headerOf(role))
    streams.own = await streamOf(own)
    streams.other = await streamOf(other)
  })
  after(() => server.close())

  it('is in this table, all of it', () => {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the table is read, and nobody is answered
    const services = {} as Parameters<typeof moonshotApi>[0]
    const known = moonshotApi(services).routes.map(({ method, path }) => `${method} ${path}`)
    const expected = new Set(Object.values(ASKS).flatMap(({ route }) => route ?? []))
    assert.deepEqual(known.toSorted(), [...expected].toSorted())
    for (const [name, ask] of Object.entries(ASKS)) assert.equal(ask.expected.length, ROLES.length, name)
  })

  for (const [name, ask] of Object.entries(ASKS)) {
    it(`gives ${name} to whom it may: ${ROLES.length} roles`, async () => {
      for (const [index, role] of ROLES.entries()) {
        const reply = await askAs(role, ask)
        const expected = ask.expected[index] ?? 0
        const what = `${name} for ${role}: ${reply.text}`
        assert.equal(reply.status, expected, what)
        if (expected === 200) continue
        const { error } = reply.json as { error: { type: string; message: string } }
        const [type, message] = refusalOf(expected, role)
        assert.equal(error.type, type, what)
        assert.match(error.message, message, what)
        // Nobody learns from a refusal whose it is.
        for (const { organisation } of [own, other]) assert.ok(!reply.text.includes(organisation), what)
      }
    })
  }

  it('gives each its own balance', async () => {
    const ask = ASKS['the balance']
    assert.ok(ask !== undefined)
    for (const [role, voucher] of Object.entries(VOUCHERS)) {
      const { json } = await askAs(role as Role, ask)
      const { data } = json as { data: { voucher_balance: number } }
      // What was answered before has cost a little.
      assert.ok(
        data.voucher_balance <= voucher && data.voucher_balance > voucher - 0.1,
        `${role}: ${data.voucher_balance}`,
      )
    }
  })

  it('refuses a stream of another in the same words as one that nobody has', async () => {
    const [theirs, nobodys] = await Promise.all(
      ['a stream of another organisation', 'a stream of nobody'].map(async (name) => {
        const ask = ASKS[name]
        assert.ok(ask !== undefined)
        const { status, text } = await askAs('a key of the organisation', ask)
        return [status, text.replace(/stream-[0-9a-f]+/, 'X')]
      }),
    )
    assert.deepEqual(theirs, nobodys)
  })

  it('has noted no answer for anybody but those who got one', async () => {
    const answered = async ({ organisation }: Customer) =>
      (await operator.requests(organisation)).filter(({ status }) => status === 200).length
    // An answer and a stream for each of their keys, and the stream that others came back to.
    assert.deepEqual([await answered(own), await answered(other)], [3 * 2 + 1, 2 + 1])
    await operator.audit()
  })

  let asked = 0
  function askAs(role: Role, { method, path, body }: Ask): Promise<CalledReply> {
    asked += 1
    const from = role === 'a bound key at its address' ? ALLOWED_ADDRESS : `10.0.${asked >> 8}.${asked & 255}`
    const header = authorization.get(role)
    return call(`${server.url}${path.replace('{own}', streams.own).replace('{other}', streams.other)}`, {
      method,
      key: null,
      headers: { 'x-forwarded-for': from, ...(header === undefined ? {} : { authorization: header }) },
      ...(body === undefined ? {} : { body }),
    })
  }

  /** Keys are made with a time in the future, which then comes. */
  async function expired(make: (expiresAt: string) => Promise<string>): Promise<string> {
    const header = await make(new Date(Date.now() + SHORT_LIFE_MS).toISOString())
    const models = (): Promise<CalledReply> =>
      call(`${server.url}/v1/models`, { key: null, headers: { authorization: header } })
    assert.equal((await models()).status, 200)
    while ((await models()).status === 200) await new Promise((resolve) => setImmediate(resolve))
    return header
  }

  async function streamOf({ key }: Customer): Promise<string> {
    const { done, headers } = await askStream({ url: server.url, key }, CHAT)
    assert.ok(done)
    return headers.get('x-moonbase-stream-id') ?? ''
  }

  async function headerOf(role: Role): Promise<string | undefined> {
    const at = `/organisations/${own.organisation}`
    const keyWith = async (fields: Readonly<Record<string, unknown>>): Promise<{ id: string; bearer: string }> => {
      const made = await operator.post(`${at}/api-keys`, { project: own.project, name: role, ...fields })
      return { id: String(made['id']), bearer: `Bearer ${String(made['key'])}` }
    }
    const project = async (name: string): Promise<string> =>
      String((await operator.post(`${at}/projects`, { name }))['id'])
    switch (role) {
      case 'nobody':
        return undefined
      case 'no bearer token':
        return `Basic ${Buffer.from(`user:${own.key}`).toString('base64')}`
      case 'a key in quotes':
        return `Bearer "${own.key}"`
      case 'an unknown key':
        return 'Bearer sk-nobody-has-this-key'
      case 'an operator':
        return `Bearer ${TEST_ADMIN_KEY}`
      case 'an admin of the organisation': {
        const scopes = ['accounts:read', 'accounts:write', 'money:read', 'usage:read', 'metrics']
        const made = await operator.post('/admin-keys', { name: role, scopes, organisation: own.organisation })
        return `Bearer ${String(made['key'])}`
      }
      case 'a key of the organisation':
        return `Bearer ${own.key}`
      case 'a key of another project of it':
        return (await keyWith({ project: await project('second') })).bearer
      case 'a key of another organisation':
        return `Bearer ${other.key}`
      case 'a revoked key': {
        const { id, bearer } = await keyWith({})
        await operator.post(`${at}/api-keys/${id}/revoke`)
        return bearer
      }
      case 'an expired key':
        return expired(async (expires_at) => (await keyWith({ expires_at })).bearer)
      case 'a key of an archived project': {
        const archived = await project('old')
        const { bearer } = await keyWith({ project: archived })
        await operator.post(`${at}/projects/${archived}`, { status: 'archived' })
        return bearer
      }
      case 'a key of a suspended organisation': {
        const { organisation, key } = await operator.customer({ voucher: '13' })
        await operator.post(`/organisations/${organisation}`, { status: 'suspended' })
        return `Bearer ${key}`
      }
      case 'a bound key at another address':
      case 'a bound key at its address':
        return (await keyWith({ addresses: [ALLOWED_NETWORK] })).bearer
    }
  }
})
