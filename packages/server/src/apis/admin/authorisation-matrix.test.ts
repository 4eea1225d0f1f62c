/**
 * Every operation × every role. What is expected is worked out from the list below, which is written by hand and apart from
 * the table of operations: an operation that is not in it, or a list entry without its operation, fails the test.
 */

import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { Ajv } from 'ajv'
import { ADMIN_SCOPES, type AdminScope } from '../../records/account-records.ts'
import { type AdminBench, adminBench } from './testing/admin-bench.ts'
import { FORMATS } from './formats.ts'
import { OPERATIONS } from './operations.ts'

interface Expectation {
  readonly id: string
  readonly method: 'GET' | 'POST' | 'DELETE'
  /** `{org}`, `{project}`, `{key}` and `{request}` are those of the organisation that is asked about; `{adm}` is a new admin key. */
  readonly path: string
  readonly scope: AdminScope | null
  /**
   * What it is about: `one`: the organisation in its path; `filter`: the one in its query; `request`: that of the request
   * in its path; `all`: whatever the key may see;
   * `operator`: what only operators may do.
   */
  readonly about: 'one' | 'filter' | 'request' | 'all' | 'operator'
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
}

const price = { model: 'kimi-k2.5', currency: 'USD', miss: '0.6', output: '3' }
const tier = { concurrency: 1, rpm: 3, tpm: 500_000, tpd: 1_500_000, recharge: { USD: '1', CNY: null } }
const once = () => ({ 'idempotency-key': `matrix-${crypto.randomUUID()}` })
const org = '/admin/v1/organisations/{org}'
const CONTENT = '/admin/v1/requests/{request}/content'

const EXPECTED: readonly Expectation[] = [
  { id: 'showMe', method: 'GET', path: '/admin/v1/me', scope: null, about: 'all' },
  { id: 'showOpenapi', method: 'GET', path: '/admin/v1/openapi.json', scope: null, about: 'all' },
  { id: 'listOrganisations', method: 'GET', path: '/admin/v1/organisations', scope: 'accounts:read', about: 'all' },
  {
    id: 'createOrganisation',
    method: 'POST',
    path: '/admin/v1/organisations',
    scope: 'accounts:write',
    about: 'operator',
    body: () => ({ name: `made ${crypto.randomUUID()}`, currency: 'USD' }),
  },
  { id: 'showOrganisation', method: 'GET', path: org, scope: 'accounts:read', about: 'one' },
  {
    id: 'changeOrganisation',
    method: 'POST',
    path: org,
    scope: 'accounts:write',
    about: 'one',
    body: () => ({ name: `renamed ${crypto.randomUUID()}` }),
  },
  { id: 'listProjects', method: 'GET', path: `${org}/projects`, scope: 'accounts:read', about: 'one' },
  {
    id: 'createProject',
    method: 'POST',
    path: `${org}/projects`,
    scope: 'accounts:write',
    about: 'one',
    body: () => ({ name: `p ${crypto.randomUUID()}` }),
  },
  {
    id: 'changeProject',
    method: 'POST',
    path: `${org}/projects/{project}`,
    scope: 'accounts:write',
    about: 'one',
    body: { budget: { amount: '5', period: 'month' } },
  },
  { id: 'listApiKeys', method: 'GET', path: `${org}/api-keys`, scope: 'accounts:read', about: 'one' },
  {
    id: 'createApiKey',
    method: 'POST',
    path: `${org}/api-keys`,
    scope: 'accounts:write',
    about: 'one',
    body: () => ({ project: '{project}', name: `k ${crypto.randomUUID()}` }),
  },
  {
    id: 'changeApiKey',
    method: 'POST',
    path: `${org}/api-keys/{key}`,
    scope: 'accounts:write',
    about: 'one',
    body: { queue_ms: 5 },
  },
  { id: 'revokeApiKey', method: 'POST', path: `${org}/api-keys/{key}/revoke`, scope: 'accounts:write', about: 'one' },
  { id: 'listAdminKeys', method: 'GET', path: '/admin/v1/admin-keys', scope: 'accounts:read', about: 'all' },
  {
    id: 'createAdminKey',
    method: 'POST',
    path: '/admin/v1/admin-keys',
    scope: 'accounts:write',
    about: 'operator',
    body: () => ({ name: `reader ${crypto.randomUUID()}`, scopes: ['accounts:write'] }),
  },
  {
    id: 'revokeAdminKey',
    method: 'POST',
    path: '/admin/v1/admin-keys/{adm}/revoke',
    scope: 'accounts:write',
    about: 'operator',
  },
  { id: 'listTiers', method: 'GET', path: '/admin/v1/tiers', scope: 'accounts:read', about: 'all' },
  {
    id: 'putTier',
    method: 'POST',
    path: '/admin/v1/tiers/gold',
    scope: 'accounts:write',
    about: 'operator',
    body: tier,
  },
  { id: 'listPrices', method: 'GET', path: '/admin/v1/prices', scope: 'money:read', about: 'all' },
  { id: 'setPrice', method: 'POST', path: '/admin/v1/prices', scope: 'money:write', about: 'operator', body: price },
  { id: 'showBalance', method: 'GET', path: `${org}/balance`, scope: 'money:read', about: 'one' },
  ...(
    [
      ['recharge', 'recharges', '5'],
      ['giveVoucher', 'vouchers', '5'],
      ['refund', 'refunds', '5'],
      ['adjust', 'adjustments', '-1.5'],
    ] as const
  ).map(([id, path, amount]): Expectation => ({
    id,
    method: 'POST',
    path: `${org}/${path}`,
    scope: 'money:write',
    about: 'operator',
    body: { amount },
  })),
  { id: 'listTransfers', method: 'GET', path: `${org}/transfers`, scope: 'money:read', about: 'one' },
  { id: 'showUsage', method: 'GET', path: '/admin/v1/usage?organisation={org}', scope: 'usage:read', about: 'filter' },
  {
    id: 'listRequests',
    method: 'GET',
    path: '/admin/v1/requests?organisation={org}',
    scope: 'usage:read',
    about: 'filter',
  },
  { id: 'showRequest', method: 'GET', path: '/admin/v1/requests/{request}', scope: 'usage:read', about: 'request' },
  {
    id: 'showTimeline',
    method: 'GET',
    path: '/admin/v1/requests/{request}/timeline',
    scope: 'usage:read',
    about: 'request',
  },
  { id: 'showContent', method: 'GET', path: CONTENT, scope: 'contents:read', about: 'request' },
  { id: 'forgetContent', method: 'DELETE', path: CONTENT, scope: 'accounts:write', about: 'request' },
  {
    id: 'forgetContents',
    method: 'DELETE',
    path: `${org}/projects/{project}/contents`,
    scope: 'accounts:write',
    about: 'one',
  },
  { id: 'showAudit', method: 'GET', path: '/admin/v1/audit', scope: 'audit', about: 'operator' },
  { id: 'runAudit', method: 'POST', path: '/admin/v1/audit', scope: 'audit', about: 'operator' },
]

type Role =
  | { readonly name: string; readonly kind: 'none' | 'unknown' | 'malformed' | 'api-key' | 'revoked' }
  | { readonly name: string; readonly kind: 'operator'; readonly scopes: readonly AdminScope[] }
  | {
      readonly name: string
      readonly kind: 'bound'
      readonly scopes: readonly AdminScope[]
      readonly asksAbout: 'own' | 'other' | 'nobody'
    }

const ROLES: readonly Role[] = [
  { name: 'nobody', kind: 'none' },
  { name: 'an unknown key', kind: 'unknown' },
  { name: 'no bearer token', kind: 'malformed' },
  { name: 'an API key', kind: 'api-key' },
  { name: 'a revoked admin key', kind: 'revoked' },
  { name: 'an operator with all scopes', kind: 'operator', scopes: ADMIN_SCOPES },
  ...ADMIN_SCOPES.map((scope): Role => ({ name: `an operator with ${scope}`, kind: 'operator', scopes: [scope] })),
  ...(['own', 'other', 'nobody'] as const).flatMap((asksAbout) =>
    [ADMIN_SCOPES, ...ADMIN_SCOPES.map((scope) => [scope])].map((scopes): Role => ({
      name: `an admin of one with ${scopes.join()}, about ${asksAbout}`,
      kind: 'bound',
      scopes,
      asksAbout,
    })),
  ),
]

function expectedStatus({ scope, about }: Expectation, role: Role): number {
  if (role.kind !== 'operator' && role.kind !== 'bound') return 401
  if (scope !== null && !role.scopes.includes(scope)) return 403
  if (role.kind === 'operator') return 200
  if (about === 'operator') return 403
  return about === 'all' || role.asksAbout === 'own' ? 200 : 404
}

const ERROR_OF: Readonly<Record<number, readonly RegExp[]>> = {
  401: [
    /^Incorrect API key provided$|^Invalid Authentication$/,
    /^incorrect_api_key_error$|^invalid_authentication_error$/,
  ],
  403: [/^The API you are accessing is not open$/, /^permission_denied_error$/],
  404: [/^Not found the (?:organisation|request|content of) \S+ or Permission denied$/, /^resource_not_found_error$/],
}

describe('authorisation', () => {
  let bench: AdminBench
  const keys = new Map<Role, string | undefined>()
  const ajv = new Ajv({ allowUnionTypes: true, meta: false, validateSchema: false })
  for (const [name, { fits }] of Object.entries(FORMATS)) ajv.addFormat(name, fits)
  before(async () => {
    bench = await adminBench()
    for (const role of ROLES) keys.set(role, await keyOf(role))
  })
  after(() => bench.close())

  it('knows every operation, and none that is not there', () => {
    assert.deepEqual(OPERATIONS.map(({ id }) => id).toSorted(), EXPECTED.map(({ id }) => id).toSorted())
    for (const { id, method, scope } of EXPECTED) {
      const found = OPERATIONS.find((one) => one.id === id)
      assert.deepEqual([found?.method, found?.scope], [method, scope], id)
    }
  })

  for (const one of EXPECTED) {
    it(`${one.id}: ${ROLES.length} roles`, async () => {
      for (const role of ROLES) {
        const what = `${one.id} by ${role.name}`
        const key = keys.get(role)
        const about =
          role.kind !== 'bound' || role.asksAbout === 'own'
            ? bench.own
            : role.asksAbout === 'other'
              ? bench.other
              : NOBODY
        const adm = one.path.includes('{adm}') ? await bench.adminKey(['audit'], null) : NOBODY
        const fill = (text: string) =>
          text
            .replaceAll('{org}', about.id)
            .replaceAll('{project}', about.project)
            .replaceAll('{key}', about.key)
            .replaceAll('{adm}', adm.id)
            .replaceAll('{request}', about.request)
        const given: unknown = typeof one.body === 'function' ? one.body() : one.body
        if (one.path.startsWith(CONTENT)) bench.keepContents()
        const notedBefore = bench.notes.length
        const reply = await bench.ask(one.method, fill(one.path), {
          ...(given === undefined ? {} : { body: fill(JSON.stringify(given)) }),
          headers: { ...once(), ...(role.kind === 'malformed' ? { authorization: 'Basic dXNlcjpwYXNz' } : {}) },
          key,
        })
        const expected = expectedStatus(one, role)
        assert.equal(reply.status, expected, `${what}: ${reply.text}`)
        assert.equal(reply.headers.get('cache-control'), 'no-store', what)
        // What was refused is not noted as done, and what was done is, once.
        const isNoted = one.method !== 'GET' || one.scope === 'contents:read'
        // That it was tried is told too, where it is looked for and not found.
        const isTried = expected === 200 || (expected === 404 && one.about === 'request')
        assert.equal(bench.notes.length - notedBefore, isTried && isNoted ? 1 : 0, what)
        if (expected === 200) {
          const schema = OPERATIONS.find(({ id }) => id === one.id)?.reply ?? {}
          assert.ok(ajv.validate(schema, reply.json), `${what}: ${ajv.errorsText()} in ${reply.text}`)
          if (role.kind === 'bound') assertNothingOfOthers(reply.text, what)
        } else {
          const { error } = reply.json as { error: { message: string; type: string } }
          const [message, type] = ERROR_OF[expected] ?? []
          assert.match(error.message, message ?? /^never$/, what)
          assert.match(error.type, type ?? /^never$/, what)
        }
      }
    })
  }

  it('an organisation that is another’s and one that is nobody’s are refused in the same words', async () => {
    const { key } = await bench.adminKey(ADMIN_SCOPES, bench.own.id)
    for (const { id, method, path, about, body } of EXPECTED) {
      if (about !== 'one' && about !== 'filter') continue
      const [theirs, nobodys] = await Promise.all(
        [bench.other.id, 'org-0'].map(async (organisation) => {
          const given: unknown = typeof body === 'function' ? body() : body
          const filled = path.replaceAll('{org}', organisation)
          const reply = await bench.ask(method, filled, { key, ...(given === undefined ? {} : { body: given }) })
          return [reply.status, reply.text.replaceAll(organisation, 'X')]
        }),
      )
      assert.deepEqual(theirs, nobodys, id)
    }
  })

  it('what belongs to another is not found within one’s own, in the same words as what nobody has', async () => {
    const { key } = await bench.adminKey(ADMIN_SCOPES, bench.own.id)
    const own = `/admin/v1/organisations/${bench.own.id}`
    const tries: readonly [string, (id: string) => { path: string; body?: unknown }, string, string][] = [
      [
        'project',
        (id) => ({ path: `${own}/projects/${id}`, body: { name: 'mine now' } }),
        bench.other.project,
        'proj-0',
      ],
      [
        'project',
        (id) => ({ path: `${own}/api-keys`, body: { project: id, name: 'k' } }),
        bench.other.project,
        'proj-0',
      ],
      ['API key', (id) => ({ path: `${own}/api-keys/${id}`, body: { name: 'mine now' } }), bench.other.key, 'ak-0'],
      ['API key', (id) => ({ path: `${own}/api-keys/${id}/revoke` }), bench.other.key, 'ak-0'],
    ]
    for (const [kind, request, theirs, nobodys] of tries) {
      for (const id of [theirs, nobodys]) {
        const { path, ...more } = request(id)
        const reply = await bench.ask('POST', path, { key, ...more })
        assert.equal(reply.status, 404)
        assert.deepEqual(reply.json, {
          error: { message: `Not found the ${kind} ${id} or Permission denied`, type: 'resource_not_found_error' },
        })
      }
    }
    const others = bench.services.accounts.apiKeys(bench.other.id)
    assert.equal(others.find(({ id }) => id === bench.other.key)?.status, 'active')
  })

  it('a request that is another’s and one that is nobody’s are refused in the same words', async () => {
    const { key } = await bench.adminKey(ADMIN_SCOPES, bench.own.id)
    bench.keepContents()
    for (const { id, method, path, about } of EXPECTED) {
      if (about !== 'request') continue
      const [theirs, nobodys] = await Promise.all(
        [bench.other.request, 'req-0'].map(async (request) => {
          const reply = await bench.ask(method, path.replace('{request}', request), { key })
          return [reply.status, reply.text.replaceAll(request, 'X')]
        }),
      )
      assert.deepEqual(theirs, nobodys, id)
    }
    // It is there still, for whom it is there.
    assert.equal((await bench.ask('GET', CONTENT.replace('{request}', bench.other.request))).status, 200)
  })

  it('without a filter an admin of one sees its own usage and requests alone', async () => {
    const { key } = await bench.adminKey(['usage:read'], bench.own.id)
    for (const path of ['/admin/v1/usage?by=organisation,key', '/admin/v1/requests', '/admin/v1/requests?format=csv']) {
      const reply = await bench.ask('GET', path, { key })
      assert.ok(reply.text.includes(bench.own.id), path)
      assertNothingOfOthers(reply.text, path)
    }
    const all = await bench.ask('GET', '/admin/v1/usage?by=organisation')
    assert.ok(all.text.includes(bench.other.id))
  })

  it('an admin of one may rename it, and neither suspend, resume nor lift it', async () => {
    const { key } = await bench.adminKey(ADMIN_SCOPES, bench.own.id)
    const path = `/admin/v1/organisations/${bench.own.id}`
    for (const body of [{ status: 'suspended' }, { status: 'active' }, { tier: '5' }, { name: 'x', tier: null }]) {
      assert.equal((await bench.ask('POST', path, { key, body })).status, 403, JSON.stringify(body))
    }
    assert.notEqual(bench.services.accounts.organisation(bench.own.id).name, 'x')
  })

  it('nobody gives away a scope that they do not have', async () => {
    const { key } = await bench.adminKey(['accounts:write', 'audit'], null)
    const give = (...scopes: readonly AdminScope[]) =>
      bench.ask('POST', '/admin/v1/admin-keys', { key, body: { name: 'k', scopes } })
    assert.equal((await give('audit')).status, 200)
    assert.equal((await give('audit', 'money:write')).status, 403)
  })

  async function keyOf(role: Role): Promise<string | undefined> {
    switch (role.kind) {
      case 'none':
      case 'malformed':
        return undefined
      case 'unknown':
        return 'mb-nobody-has-this-key'
      case 'api-key':
        return bench.own.secret
      case 'revoked': {
        const { key, id } = await bench.adminKey(ADMIN_SCOPES, null)
        await bench.services.accounts.revokeAdminKey(id)
        return key
      }
      case 'operator':
        return (await bench.adminKey(role.scopes, null)).key
      case 'bound':
        return (await bench.adminKey(role.scopes, bench.own.id)).key
    }
  }

  function assertNothingOfOthers(text: string, what: string): void {
    for (const secret of [bench.other.id, bench.other.project, bench.other.key, 'req-of-other']) {
      assert.ok(!new RegExp(`\\b${secret}\\b`).test(text), `${what} tells of ${secret}`)
    }
  }
})

const NOBODY = { id: 'org-0', project: 'proj-0', key: 'ak-0', request: 'req-0' }
