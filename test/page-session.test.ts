/** Sessions of the page: how a person comes in, what his cookie opens, and that it opens nothing to anybody else's page. */

import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { type Asked, type AskedReply, ask } from './support/ask.ts'
import { Operator, TEST_ADMIN_KEY } from './support/operator.ts'
import { TEST_KEY, type TestServer, startServer } from './support/start-server.ts'

const PAGE = { 'x-moonbase-web': '1', 'sec-fetch-site': 'same-origin' }
const CHAT = { model: 'kimi-k2.5', messages: [{ role: 'user', content: 'Hello' }] }
/** Of a browser: also what is not looked at. */
const TOKEN = /^moonbase-session-\d+=([\w-]{43}); Path=\/; Max-Age=43200; HttpOnly; SameSite=Strict$/

interface Shown {
  readonly api_key: { readonly id: string; readonly name: string } | null
  readonly admin_key: { readonly id: string } | null
  readonly expires_at: string
}

const sessionIn = ({ json }: AskedReply): Shown => json as Shown

/** What a browser would send back. */
function cookieOf({ headers }: AskedReply): string {
  const [set = ''] = headers['set-cookie'] ?? []
  return set.split(';')[0] ?? ''
}

describe('sessions of the page', () => {
  let server: TestServer
  let operator: Operator
  before(async () => {
    server = await startServer({ page: '/nowhere' })
    operator = new Operator(server)
  })
  after(() => server.close())

  const asPage = (path: string, { headers, ...more }: Asked = {}): Promise<AskedReply> =>
    ask(server.url, path, { ...more, headers: { host: new URL(server.url).host, ...PAGE, ...headers } })
  const comeIn = (key: string, headers: Asked['headers'] = {}): Promise<AskedReply> =>
    asPage('/web/v1/session', { body: { key }, headers })
  const entry = async (body: unknown = { api_key: TEST_KEY, admin_key: TEST_ADMIN_KEY }): Promise<string> => {
    const reply = await ask(server.url, '/web/v1/entries', { body })
    assert.equal(reply.status, 200)
    return (reply.json as { token: string }).token
  }
  const enter = (token: unknown, more: Asked['headers'] = {}): Promise<AskedReply> =>
    asPage('/web/v1/enter', { body: { token }, headers: more })
  const opens = async (cookie: string, path = '/v1/models'): Promise<boolean> =>
    (await asPage(path, { headers: { cookie } })).status === 200

  it('begin with a key, which comes back in no reply, and open what it opens', async () => {
    const reply = await comeIn(TEST_KEY)
    assert.equal(reply.status, 200)
    assert.match(String(reply.headers['set-cookie']), TOKEN)
    assert.equal(reply.headers['cache-control'], 'no-store')
    assert.ok(!reply.text.includes(TEST_KEY) && !JSON.stringify(reply.headers).includes(TEST_KEY))
    assert.equal(sessionIn(reply).admin_key, null)
    assert.equal(sessionIn(reply).api_key?.name, 'environment')
    const hours = (Date.parse(sessionIn(reply).expires_at) - Date.now()) / 3_600_000
    assert.ok(hours > 11.9 && hours <= 12, `${hours}`)

    const cookie = cookieOf(reply)
    const answered = await asPage('/v1/chat/completions', { body: CHAT, headers: { cookie } })
    assert.equal(answered.status, 200)
    assert.deepEqual((await asPage('/web/v1/session', { headers: { cookie } })).json, reply.json)
    assert.equal((await asPage('/admin/v1/organisations', { headers: { cookie } })).status, 401)
  })

  it('may hold a key of each kind, one after the other', async () => {
    const first = await comeIn(TEST_KEY)
    const second = await comeIn(TEST_ADMIN_KEY, { cookie: cookieOf(first) })
    assert.ok(sessionIn(second).api_key !== null && sessionIn(second).admin_key !== null)
    const cookie = cookieOf(second)
    assert.ok((await opens(cookie)) && (await opens(cookie, '/admin/v1/organisations')))
    // It has another token, and the one before is worth nothing.
    assert.notEqual(cookie, cookieOf(first))
    assert.equal(await opens(cookieOf(first)), false)

    const { key } = await operator.customer({ voucher: '5' })
    const third = await comeIn(key, { cookie })
    assert.notEqual(sessionIn(third).api_key?.id, sessionIn(second).api_key?.id)
    assert.deepEqual(sessionIn(third).admin_key, sessionIn(second).admin_key)
  })

  it('are the key in the log, under its limits, and with its money', async () => {
    const { organisation, key, keyId } = await operator.customer({
      voucher: '5',
      key: { limits: { concurrency: null, rpm: 2, tpm: null, tpd: null } },
    })
    const headers = { cookie: cookieOf(await comeIn(key)) }
    const statuses: (number | undefined)[] = []
    for (let time = 0; time < 2; time++) {
      statuses.push((await asPage('/v1/chat/completions', { body: CHAT, headers })).status)
    }
    const third = await ask(server.url, '/v1/chat/completions', {
      body: CHAT,
      headers: { authorization: `Bearer ${key}` },
    })
    const fourth = await asPage('/v1/chat/completions', { body: CHAT, headers })
    assert.deepEqual([...statuses, third.status, fourth.status], [200, 200, 429, 429])
    // Refusals come to the log a moment later.
    const answered = (await operator.requests(organisation)).filter(({ status }) => status === 200)
    assert.deepEqual(
      answered.map((one) => one['key']),
      [keyId, keyId],
    )
  })

  it('begin with an address that is opened once', async () => {
    const token = await entry()
    const reply = await enter(token)
    assert.equal(reply.status, 200)
    assert.ok(sessionIn(reply).api_key !== null && sessionIn(reply).admin_key !== null)
    assert.ok(await opens(cookieOf(reply)))
    const again = await enter(token)
    assert.equal(again.status, 401)
    assert.match(again.text, /was opened before, is older than 10 minutes.*moonbase open/)
    assert.equal(again.headers['set-cookie'], undefined)
  })

  it('of two that open an address at once let one in', async () => {
    const token = await entry()
    const statuses = (await Promise.all([enter(token), enter(token), enter(token)])).map(({ status }) => status)
    assert.deepEqual(statuses.filter((status) => status === 200).length, 1)
  })

  it('do not begin with an address that comes from elsewhere, and which is still good here', async () => {
    const token = await entry()
    for (const name of ['x-forwarded-for', 'forwarded', 'via']) {
      assert.equal((await enter(token, { [name]: '127.0.0.1' })).status, 401, name)
      const printed = await ask(server.url, '/web/v1/entries', {
        body: { api_key: TEST_KEY },
        headers: { [name]: 'x' },
      })
      assert.equal(printed.status, 403, name)
    }
    assert.equal((await enter(token)).status, 200)
    await using behind = await startServer({ config: 'listen: { trusted_proxies: [127.0.0.1] }' })
    const headers = { ...PAGE, 'x-forwarded-for': '192.0.2.9' }
    const other = await ask(behind.url, '/web/v1/entries', { body: { api_key: TEST_KEY }, headers })
    assert.equal(other.status, 403)
  })

  it('open no more than the keys that were shown for the address', async () => {
    const one = await enter(await entry({ api_key: TEST_KEY }))
    assert.equal(sessionIn(one).admin_key, null)
    const other = await enter(await entry({ admin_key: TEST_ADMIN_KEY }))
    assert.equal(sessionIn(other).api_key, null)
    assert.equal(await opens(cookieOf(other)), false)
    const wrong = [
      {},
      { api_key: TEST_ADMIN_KEY },
      { admin_key: TEST_KEY },
      { api_key: 'sk-nobody-has-this' },
      { api_key: 7 },
    ]
    for (const body of [...wrong, [], 'no JSON']) {
      const { status } = await ask(server.url, '/web/v1/entries', { body })
      assert.ok(status === 400 || status === 401, JSON.stringify(body))
    }
  })

  /** What browsers send for others: forms, images and frames name no header, scripts of others may not name ours. */
  const OTHERS: readonly (readonly [what: string, headers: Asked['headers']])[] = [
    ['a form', { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' }],
    ['a frame', { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'iframe' }],
    ['an image', { 'sec-fetch-site': 'same-site', 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'image' }],
    ['a link, also on our own page', { 'sec-fetch-site': 'same-origin', 'sec-fetch-mode': 'navigate' }],
    [
      'fetch of another origin',
      { 'x-moonbase-web': '1', 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' },
    ],
    [
      'fetch of another port of this machine',
      { 'x-moonbase-web': '1', 'sec-fetch-site': 'same-site', origin: 'http://127.0.0.1:1' },
    ],
    ['fetch of another origin where browsers name no site', { 'x-moonbase-web': '1', origin: 'https://evil.example' }],
    ['fetch of a document without an origin', { 'x-moonbase-web': '1', origin: 'null' }],
    ['fetch that has another word in our header', { 'x-moonbase-web': 'yes', 'sec-fetch-site': 'same-origin' }],
    [
      'a WebSocket',
      {
        upgrade: 'websocket',
        connection: 'Upgrade',
        'sec-websocket-version': '13',
        'sec-websocket-key': 'x',
        'sec-fetch-site': 'same-origin',
      },
    ],
    ['a program that has nothing but the cookie', {}],
  ]

  for (const [what, headers] of OTHERS) {
    it(`are no authentication for ${what}`, async () => {
      const cookie = cookieOf(await enter(await entry()))
      const host = new URL(server.url).host
      const body = JSON.stringify(CHAT)
      const asks: readonly (readonly [path: string, more: Asked])[] = [
        ['/v1/models', {}],
        ['/v1/chat/completions', { body }],
        ['/v1/messages', { body }],
        ['/v1/responses', { body }],
        ['/admin/v1/organisations', {}],
        ['/admin/v1/organisations', { body: '{"name":"theirs"}' }],
        ['/web/v1/me', {}],
        ['/web/v1/session', {}],
      ]
      for (const [path, more] of asks) {
        const type = more.body === undefined ? {} : { 'content-type': 'application/json' }
        const reply = await ask(server.url, path, { ...more, headers: { host, cookie, ...type, ...headers } })
        assert.equal(reply.status, 401, path)
        assert.equal(reply.headers['access-control-allow-credentials'], undefined, path)
      }
      for (const path of ['/web/v1/session', '/web/v1/enter']) {
        const theirs = { body: { key: TEST_KEY, token: 'x' }, headers: { host, cookie, ...headers } }
        const reply = await ask(server.url, path, theirs)
        assert.equal(reply.status, 403, path)
        assert.equal(reply.headers['set-cookie'], undefined, path)
      }
      const left = await ask(server.url, '/web/v1/session', { method: 'DELETE', headers: { host, cookie, ...headers } })
      assert.equal(left.status, 403)
      assert.ok(await opens(cookie))
    })
  }

  it('are for our own page also where its browser names no site, and where a person has typed the address', async () => {
    const cookie = cookieOf(await comeIn(TEST_KEY))
    const { host, origin } = new URL(server.url)
    for (const headers of [{}, { origin }, { 'sec-fetch-site': 'none' }]) {
      const said = { cookie, host, 'x-moonbase-web': '1', ...headers }
      assert.equal((await ask(server.url, '/v1/models', { headers: said })).status, 200, JSON.stringify(headers))
    }
  })

  it('are promised to no other origin by a preflight', async () => {
    const headers = {
      origin: 'https://evil.example',
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'x-moonbase-web,content-type',
    }
    for (const path of ['/v1/chat/completions', '/admin/v1/organisations']) {
      const reply = await ask(server.url, path, { method: 'OPTIONS', headers })
      assert.equal(reply.headers['access-control-allow-credentials'], undefined)
      assert.doesNotMatch(String(reply.headers['access-control-allow-headers']), /x-moonbase-web/i, path)
    }
    const own = await ask(server.url, '/web/v1/session', { method: 'OPTIONS', headers })
    assert.equal(own.headers['access-control-allow-origin'], undefined)
  })

  it('have a token of ours, whatever a client has brought', async () => {
    const name = cookieOf(await comeIn(TEST_KEY)).split('=')[0]
    const planted = `${name}=${'A'.repeat(43)}`
    for (const reply of [
      await comeIn(TEST_KEY, { cookie: planted }),
      await enter(await entry(), { cookie: planted }),
    ]) {
      assert.equal(reply.status, 200)
      assert.notEqual(cookieOf(reply), planted)
    }
    assert.equal(await opens(planted), false)
    // Who plants a session of his own has given it up with that: it ends where another one begins.
    const theirs = cookieOf(await comeIn((await operator.customer({ voucher: '5' })).key))
    const mine = await enter(await entry({ admin_key: TEST_ADMIN_KEY }), { cookie: theirs })
    assert.equal(sessionIn(mine).api_key, null)
    assert.equal(await opens(theirs), false)
  })

  it('end when their page says so, and with the key', async () => {
    const cookie = cookieOf(await comeIn(TEST_KEY))
    const left = await asPage('/web/v1/session', { method: 'DELETE', headers: { cookie } })
    assert.equal(left.status, 204)
    assert.match(
      String(left.headers['set-cookie']),
      /^moonbase-session-\d+=; Path=\/; Max-Age=0; HttpOnly; SameSite=Strict$/,
    )
    assert.equal(await opens(cookie), false)
    assert.equal((await asPage('/web/v1/session', { method: 'DELETE' })).status, 204)

    const { organisation, key, keyId } = await operator.customer({ voucher: '5' })
    const other = cookieOf(await comeIn(key))
    assert.ok(await opens(other))
    await operator.post(`/organisations/${organisation}/api-keys/${keyId}/revoke`)
    assert.equal(await opens(other), false)
    assert.equal((await asPage('/web/v1/session', { headers: { cookie: other } })).status, 401)
  })

  it('come from where their key may come from', async () => {
    const { key } = await operator.customer({ voucher: '5', key: { addresses: ['192.0.2.0/24'] } })
    const reply = await comeIn(key)
    assert.deepEqual([reply.status, reply.headers['set-cookie']], [403, undefined])
  })

  it('are known by no cookie that is none, and do not slow down who comes with one', async () => {
    const name = cookieOf(await comeIn(TEST_KEY)).split('=')[0] ?? ''
    const odd = ['', '=', ';;;', name, `${name}=`, `${name}=x`, `${name}="${'A'.repeat(43)}"`, `x${name}=y`, 'a=b; c=d']
    for (const cookie of [
      ...odd,
      `${name}=${'A'.repeat(9_000)}`,
      ...Array.from({ length: 30 }, () => `${name}=${'B'.repeat(43)}`),
    ]) {
      assert.equal((await asPage('/v1/models', { headers: { cookie } })).status, 401)
    }
    assert.equal((await comeIn(TEST_KEY)).status, 200)
  })

  it('have a cookie for TLS alone where a proxy ends that', async () => {
    const tls = { host: 'moon.example', 'x-forwarded-proto': 'https' }
    const reply = await ask(server.url, '/web/v1/session', { body: { key: TEST_KEY }, headers: { ...PAGE, ...tls } })
    assert.match(
      String(reply.headers['set-cookie']),
      /^__Host-moonbase-session=[\w-]{43}; Path=\/; Max-Age=43200; HttpOnly; SameSite=Strict; Secure$/,
    )
    const cookie = cookieOf(reply)
    assert.equal((await ask(server.url, '/v1/models', { headers: { ...PAGE, ...tls, cookie } })).status, 200)
  })

  it('give way to a key that is shown', async () => {
    const cookie = cookieOf(await comeIn(TEST_KEY))
    const wrong = await asPage('/v1/models', { headers: { cookie, authorization: 'Bearer sk-nobody-has-this' } })
    assert.equal(wrong.status, 401)
  })

  it('begin with no body that is none of these', async () => {
    for (const body of ['', '{', '[]', '{}', { key: '' }, { key: 7 }, { key: null }, { key: 'x'.repeat(5_000) }]) {
      const reply = await asPage('/web/v1/session', { body, headers: { 'content-type': 'application/json' } })
      assert.ok(reply.status === 400 || reply.status === 413, JSON.stringify(body))
    }
    const form = await asPage('/web/v1/session', {
      body: 'key=x',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    })
    assert.equal(form.status, 415)
  })

  it('are kept nowhere with their token or their key, also where nothing is kept at all', async () => {
    await using memory = await startServer({ environment: { MOONBASE_STORE: 'none' } })
    const reply = await ask(memory.url, '/web/v1/session', { body: { key: TEST_KEY }, headers: PAGE })
    assert.equal(reply.status, 200)
    const { host } = new URL(memory.url)
    const headers = {
      ...PAGE,
      host,
      cookie: cookieOf(reply).replace(/^moonbase-session=/, `moonbase-session-${new URL(memory.url).port}=`),
    }
    const me = await ask(memory.url, '/web/v1/me', { headers })
    assert.equal(me.status, 200)
    assert.equal((me.json as { balance: unknown }).balance, null)
  })
})

describe('guessing keys at the page', () => {
  it('counts as a guess in whichever way it is tried, and is slowed down with all others', async () => {
    await using server = await startServer({ page: '/nowhere' })
    const { host } = new URL(server.url)
    const guess = (path: string, body: unknown) => ask(server.url, path, { body, headers: { ...PAGE, host } })
    const tries = [
      ['/web/v1/session', { key: 'sk-nobody-has-this' }],
      ['/web/v1/enter', { token: 'nobody-was-given-this' }],
      ['/web/v1/entries', { api_key: 'sk-nobody-has-this' }],
    ] as const
    for (const [path, body] of tries) assert.equal((await guess(path, body)).status, 401)
    const headers = { authorization: `Bearer ${TEST_ADMIN_KEY}` }
    const { text } = await ask(server.url, '/metrics', { headers })
    assert.match(text, /^moonbase_wrong_keys_total 3$/m)
  })
})
