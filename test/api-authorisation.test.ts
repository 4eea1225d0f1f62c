/**
 * The APIs of clients: every route × every role, in the form of each face. What is expected stands in `authorisation/`, written by
 * hand and apart from the tables of routes: a route that is not there, or an entry without its route, fails the test.
 */

import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { ALLOWED_ADDRESS, ROLES, type Role, type Scene, authorizationsOf, statusesOf } from './authorisation/roles.ts'
import type { Ask, Made } from './authorisation/routes.ts'
import { API_ROUTES } from './authorisation/tables.ts'
import { type CalledReply, call } from './support/call.ts'
import { type Face, at, byBearer, listAt, textAt } from './faces/face.ts'
import { Operator } from './support/operator.ts'
import { startServer } from './support/start-server.ts'

const SCENARIOS = `
version: 1
scenarios:
  - { name: said, match: { last_user: say-it }, reply: { text: one two three } }
`

const VOUCHERS: Readonly<Partial<Record<Role, number>>> = {
  'a key of the organisation': 7,
  'a key of another project of it': 7,
  'a bound key at its address': 7,
  'a key of another organisation': 11,
  'a key of a suspended organisation': 13,
}

/** What is nobody's API, by role: whether the server lives, for all; its metrics, for operators alone. */
const OPEN = ['/health', '/ready']
const METRICS = [401, 401, 401, 401, 200, 403, 401, 401, 401, 401, 401, 401, 401, 401, 401]

describe('the APIs of clients', () => {
  let scene: Scene
  let authorizations: ReadonlyMap<Role, string | undefined>
  before(async () => {
    // Each request has an address of its own, so that nobody is taken for one who guesses.
    const server = await startServer({
      scenarios: SCENARIOS,
      config: 'listen: { trusted_proxies: [127.0.0.1] }',
    })
    const operator = new Operator(server)
    const own = await operator.customer({ voucher: '7' })
    const other = await operator.customer({ voucher: '11' })
    scene = { server, operator, own, other }
    authorizations = await authorizationsOf(scene)
  })
  after(() => scene.server.close())

  let asked = 0
  /** By the id of a request. */
  const askedBy = new Map<string, Role>()
  const askAs = async (
    role: Role,
    { method, path, body, contentType }: Omit<Ask, 'route' | 'expected'>,
    { shown }: Pick<Face, 'shown'>,
    made: Readonly<Record<'own' | 'other', Made>>,
  ): Promise<CalledReply[]> => {
    const replies: CalledReply[] = []
    const filled = (text: string): string =>
      text
        .replace('{n}', String(asked))
        .replaceAll(/\{(own|other)\.(\w+)\}/g, (_, whose, name) => String(at(made, String(whose), String(name))))
    for (const way of shown(authorizations.get(role), filled(path))) {
      asked += 1
      const from = role === 'a bound key at its address' ? ALLOWED_ADDRESS : `10.0.${asked >> 8}.${asked & 255}`
      const reply = await call(scene.server.url + way.path, {
        method,
        key: null,
        headers: {
          'x-forwarded-for': from,
          ...(contentType === undefined ? {} : { 'content-type': contentType }),
          ...way.headers,
        },
        ...(body === undefined ? {} : { body: filled(typeof body === 'string' ? body : JSON.stringify(body)) }),
      })
      askedBy.set(reply.headers.get('x-request-id') ?? '', role)
      replies.push(reply)
    }
    return replies
  }
  const nothing = { own: {}, other: {} }
  const bearer: Pick<Face, 'shown'> = { shown: byBearer }

  for (const { face, known, asks, make, refusals } of API_ROUTES) {
    describe(face.name, () => {
      let made: Readonly<Record<'own' | 'other', Made>>
      before(async () => {
        made = { own: await make(scene.server, scene.own), other: await make(scene.server, scene.other) }
      })

      it('is in this table, all of it', () => {
        assert.deepEqual(known.toSorted(), [...new Set(asks.flatMap(({ route }) => route ?? []))].toSorted())
      })

      for (const ask of asks) {
        it(`gives ${ask.method} ${ask.path} to whom it may: ${ROLES.length} roles`, async () => {
          const expected = statusesOf(ask.expected)
          for (const [index, role] of ROLES.entries()) {
            for (const { status, text, json } of await askAs(role, ask, face, made)) {
              const what = `${role}: ${text}`
              assert.equal(status, expected[index], what)
              if (status === 200 || status === 204) continue
              const refusal = face.refusalIn(json)
              assert.ok(refusal !== undefined, what)
              assert.match(`${refusal.type}: ${refusal.message}`, refusals[status] ?? /^never$/, what)
              // Nobody learns from a refusal whose it is.
              for (const { organisation } of [scene.own, scene.other]) assert.ok(!text.includes(organisation), what)
            }
          }
        })
      }
    })
  }

  it('tells everybody whether the server lives, and operators alone its metrics', async () => {
    for (const [index, role] of ROLES.entries()) {
      for (const path of OPEN) {
        const [reply] = await askAs(role, { method: 'GET', path }, bearer, nothing)
        assert.equal(reply?.status, 200, `${role}: ${path}`)
      }
      const [reply] = await askAs(role, { method: 'GET', path: '/metrics' }, bearer, nothing)
      // They tell of all organisations, so that even an admin of one with the scope may not read them.
      assert.equal(reply?.status, METRICS[index], role)
      if (reply?.status === 403) assert.match(reply.text, /"The API you are accessing is not open"/)
    }
  })

  it('says of a credential that is none something else than of a key that nobody has', async () => {
    for (const [role, words] of [
      ['no bearer token', 'Invalid Authentication'],
      ['a key in quotes', 'Invalid Authentication'],
      ['nobody', 'Incorrect API key provided'],
      ['an unknown key', 'Incorrect API key provided'],
      ['a revoked key', 'Incorrect API key provided'],
    ] as const) {
      const [reply] = await askAs(role, { method: 'GET', path: '/v1/models' }, bearer, nothing)
      assert.equal(at(reply?.json, 'error', 'message'), words, role)
    }
  })

  it('gives each its own balance', async () => {
    for (const [role, voucher] of Object.entries(VOUCHERS)) {
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- they are the keys of that table
      const [reply] = await askAs(role as Role, { method: 'GET', path: '/v1/users/me/balance' }, bearer, nothing)
      const left = Number(at(reply?.json, 'data', 'voucher_balance'))
      // What was answered before has cost a little.
      assert.ok(left <= voucher && left > voucher - 0.1, `${role}: ${left}`)
    }
  })

  it('refuses a stream of another in the same words as one that nobody has', async () => {
    const { own, other, server } = scene
    const { headers } = await call(`${server.url}/v1/chat/completions`, {
      key: other.key,
      body: { model: 'kimi-k2.5', stream: true, messages: [{ role: 'user', content: 'say-it' }] },
    })
    const theirs = headers.get('x-moonbase-stream-id') ?? assert.fail('no stream')
    const refusals = await Promise.all(
      [theirs, 'stream-0123456789abcdef0123456789abcdef'].map(async (id) => {
        const { status, text } = await call(`${server.url}/v1/streams/${id}`, { key: own.key })
        return [status, text.replace(id, 'X')]
      }),
    )
    assert.deepEqual(refusals[0], refusals[1])
  })

  it('has noted what it did for nobody but those who asked', async () => {
    const roles = {
      own: ['a key of the organisation', 'a key of another project of it', 'a bound key at its address'],
      other: ['a key of another organisation'],
    } as const
    for (const whose of ['own', 'other'] as const) {
      const { data } = await scene.operator.get(`/requests?organisation=${scene[whose].organisation}&limit=1000`)
      const answered = listAt(data)
        .filter((record) => at(record, 'status') === 200)
        .flatMap((record) => askedBy.get(textAt(record, 'id')) ?? [])
      assert.deepEqual([...new Set(answered)].toSorted(), roles[whose].toSorted())
    }
    await scene.operator.audit()
  })
})
