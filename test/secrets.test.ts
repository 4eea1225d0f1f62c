/**
 * No secret is ever printed. A server is told many of them, and is made to say all that it can say: to clients, operators
 * and engines, in its log, metrics, traces and files. All of it is kept and searched, and every secret that is found must
 * be one of `ALLOWED`.
 */

import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { isFields } from '@moonbase/protocol'
import { type Face, waysOf } from './faces/face.ts'
import { FACES } from './faces/faces.ts'
import { bindingFace } from './faces/workers-ai.ts'
import { type HeardCollector, openHeardCollector } from './support/heard-collector.ts'
import { type PostgresServer, WITHOUT_POSTGRES, startPostgres } from './support/postgres.ts'
import { freePort } from './support/free-port.ts'
import { type Finding, SecretWatch, secretFor } from './support/secret-watch.ts'
import { type TelltaleRedis, openTelltaleRedis } from './support/telltale-redis.ts'
import { BROKEN, FAILURES, type TelltaleUpstream, openTelltaleUpstream } from './support/telltale-upstream.ts'
import { WatchedProcess } from './support/watched-process.ts'

/** Where a secret may be found, and why. Each is found there, or it does not belong into this list. */
const ALLOWED: readonly { readonly where: RegExp; readonly what: RegExp; readonly why: string }[] = [
  { where: /^first start: lines of its keys$/, what: /^generated /, why: 'they are shown this once' },
  { where: /^credentials$/, what: /^generated /, why: 'which only its owner may read' },
  { where: /^made: API key$/, what: /^made API key$/, why: 'the one reply that shows it' },
  { where: /^made: admin key$/, what: /^made admin key$/, why: 'the one reply that shows it' },
  { where: /^upstream$/, what: /^upstream (?:key|header)$|^renewed upstream key$/, why: 'they are for it' },
  { where: /^upstream$/, what: /^words/, why: 'it is to answer them' },
  {
    where: /^own: /,
    what: /^words: |^answer: /,
    why: 'who asked is answered, and is told what was wrong with what was said',
  },
  { where: /^own path: /, what: /^a key in the path$/, why: 'who asked for a path is told that it is not there' },
  { where: /^collector headers$/, what: /^collector key$/, why: 'it is for it' },
]

const watch = new SecretWatch()
const keep = (name: string, before_ = '', behind = ''): string =>
  watch.keep(name, `${before_}${secretFor(name)}${behind}`)

const UPSTREAM_KEY = keep('upstream key')
const RENEWED_KEY = keep('renewed upstream key')
const UPSTREAM_HEADER = keep('upstream header')
const COLLECTOR_KEY = keep('collector key')
const FILE_KEY = keep('key of the file', 'sk-')
const BAD_FILE_KEY = keep('broken key of the file', 'sk-')
const BAD_FIELD = keep('field of the file')
const LIMITS_PASSWORD = keep('password of the limits')
/** With what an address holds only percent-encoded. */
const STORE_PASSWORD = keep('password of the store', 'p@ss/')
const WRONG_KEY = keep('wrong key', 'sk-')
const WRONG_ADMIN_KEY = keep('wrong admin key', 'sk-admin-')
const BASIC = keep('password of no bearer token')
const BAD_HEADER = keep('what is no header at all')
const ODD_KEYS = ['query', 'body', 'header', 'cookie', 'origin', 'trace'].map((place) => ({
  place,
  key: keep(`a key in the ${place}`, 'sk-'),
}))
const odd = (place: string): string => ODD_KEYS.find((one) => one.place === place)?.key ?? ''
const PATH_KEY = keep('a key in the path', 'sk-')

const WORDS = Object.fromEntries(
  ['prompt', 'system', 'argument', 'result', 'tool', 'thought', 'image', 'address', 'user', 'stop', 'model'].map(
    (name) => [name, keep(`words: ${name}`)],
  ),
)
const said = (name: string): string => WORDS[name] ?? ''
/** What is asked of a host that fails, as it does when it was not the request that was wrong. */
const REPEATED = keep('words that a broken host repeats')
const ANSWER = { reasoning: keep('answer: reasoning'), text: keep('answer: text'), argument: keep('answer: argument') }

/** A picture that says something behind its end. */
const PNG = `${Buffer.concat([
  Buffer.from(
    'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
    'base64',
  ),
  Buffer.alloc(2),
]).toString('base64')}${Buffer.from(said('image')).toString('base64')}`

interface Asking {
  readonly method?: string
  readonly key?: string | undefined
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: unknown
}

/** What came back is heard, headers and all. */
async function ask(
  where: string,
  url: string,
  { method, key, headers = {}, body }: Asking = {},
): Promise<Response & { said: string }> {
  const reply = await fetch(url, {
    method: method ?? (body === undefined ? 'GET' : 'POST'),
    redirect: 'manual',
    headers: {
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  })
  const text = await reply.text()
  watch.hear(where, `${reply.status} ${reply.statusText} ${JSON.stringify([...reply.headers])} ${text}`)
  return Object.assign(reply, { said: text })
}

const user = (content: unknown) => ({ role: 'user', content })
const TOOL = {
  type: 'function',
  function: {
    name: 'f',
    description: said('tool'),
    parameters: { type: 'object', properties: { of: { type: 'string' } } },
  },
}
const CALLED = [
  { role: 'system', content: said('system') },
  user(said('prompt')),
  {
    role: 'assistant',
    content: '',
    reasoning_content: said('thought'),
    tool_calls: [
      { id: 'f:0', type: 'function', function: { name: 'f', arguments: JSON.stringify({ of: said('argument') }) } },
    ],
  },
  { role: 'tool', tool_call_id: 'f:0', content: said('result') },
]
const PICTURE = { type: 'image_url', image_url: { url: `data:image/png;base64,${PNG}` } }

/** Chat requests that are answered, or refused by us. */
const CHATS: readonly Record<string, unknown>[] = [
  { messages: [user(said('prompt'))] },
  {
    messages: CALLED,
    tools: [TOOL],
    user: said('user'),
    safety_identifier: said('user'),
    prompt_cache_key: said('user'),
  },
  { messages: [user([{ type: 'text', text: said('prompt') }, PICTURE])], stop: [said('stop')] },
  { messages: [user([{ type: 'image_url', image_url: { url: `https://host.invalid/${said('address')}.png` } }])] },
  { messages: [user([{ type: 'image_url', image_url: { url: `data:image/png;base64,!${said('address')}` } }])] },
  {
    messages: [
      user([
        {
          type: 'video_url',
          video_url: { url: `data:video/mp4;base64,${Buffer.from(said('address')).toString('base64')}` },
        },
      ]),
    ],
  },
  { messages: [user(said('prompt')), { role: 'tool', tool_call_id: said('argument'), content: said('result') }] },
  { messages: [{ role: said('prompt'), content: said('prompt') }] },
  { messages: said('prompt') },
  { messages: [user(said('prompt'))], temperature: said('prompt') },
  { messages: [user(said('prompt'))], [said('prompt')]: said('prompt') },
  { messages: [user(said('prompt'))], model: said('model') },
  { messages: [user(said('prompt'))], stop: Array.from({ length: 9 }, () => said('stop')) },
  { messages: [user(said('prompt'))], tools: [TOOL, TOOL] },
  {
    messages: [user(said('prompt'))],
    tools: [{ ...TOOL, function: { ...TOOL.function, parameters: { type: said('tool') } } }],
  },
  {
    messages: [user(said('prompt'))],
    response_format: { type: 'json_schema', json_schema: { name: 'x', schema: { [said('tool')]: 1 } } },
  },
  { messages: [user(said('prompt'))], api_key: odd('body') },
  // Nobody answers for this one.
  { messages: [user(said('prompt'))], model: 'kimi-k2.6' },
]

/** What is asked so that nothing of it is kept: an API that is asked to keep an answer has it in its store. */
function unkept(face: Face, words: string, stream: boolean): unknown {
  const body = face.asking(words, stream)
  return face.name === 'responses' && isFields(body) ? { ...body, store: false } : body
}

describe('secrets', { timeout: 120_000 }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'moonbase-secrets-'))
  let upstream: TelltaleUpstream
  let collector: HeardCollector
  let redis: TelltaleRedis
  let postgres: PostgresServer | undefined
  let deadPort: number

  before(async () => {
    const ports = freePort()
    ;[upstream, collector, redis, postgres, deadPort] = await Promise.all([
      openTelltaleUpstream(ANSWER, ['x-api-secret', 'authorization']),
      openHeardCollector(),
      openTelltaleRedis(),
      WITHOUT_POSTGRES === false ? startPostgres({ waitsForDisk: false }) : undefined,
      ports,
    ])
  })
  after(async () => {
    await Promise.all(started.map((server) => server.end('SIGKILL')))
    for (const each of [upstream, collector, redis, postgres]) await each?.[Symbol.asyncDispose]()
    rmSync(folder, { recursive: true, force: true })
  })

  const configuration = (more = ''): string => `
engines:
  telltale:
    type: openai-compatible
    url: ${upstream.url}
    key: \${TELLTALE_KEY}
    headers: { x-api-secret: "\${TELLTALE_HEADER}" }
  nobody: { type: openai-compatible, url: "http://127.0.0.1:${deadPort}/v1", key: "\${TELLTALE_KEY}" }
models:
  kimi-k2.5: { engines: [telltale] }
  kimi-k2.6: { engines: [nobody] }
routing: { attempts: 1, seams: 0, breaker: { failures: 0 } }
${more}`

  const place = (name: string): string => {
    const at = join(folder, name)
    return mkdtempSync(`${at}-`)
  }

  const started: WatchedProcess[] = []
  const start = (at: string, environment: Readonly<Record<string, string>> = {}): WatchedProcess => {
    const server = new WatchedProcess({
      folder: at,
      environment: {
        MOONBASE_LOG_LEVEL: 'trace',
        TELLTALE_KEY: UPSTREAM_KEY,
        TELLTALE_HEADER: UPSTREAM_HEADER,
        OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
        OTEL_EXPORTER_OTLP_HEADERS: `authorization=${COLLECTOR_KEY}`,
        OTEL_METRIC_EXPORT_INTERVAL: '1000',
        ...environment,
      },
    })
    started.push(server)
    return server
  }

  const overhear = (where: string, { out, err }: WatchedProcess): void => {
    watch.hear(`${where}: stdout`, out)
    watch.hear(`${where}: stderr`, err)
  }

  describe('are told to', { concurrency: true }, () => {
    it('a server that is made to say all that it can', async () => {
      const at = place('main')
      writeFileSync(join(at, 'moonbase.yaml'), configuration())

      // The first start makes keys, and is killed.
      const first = start(at)
      const firstUrl = await first.url()
      const [lines = '', apiKey = '', adminKey = ''] =
        /^ {2}API key: +(\S+)\n {2}admin key: +(\S+)\n/m.exec(first.err) ?? []
      assert.ok(apiKey !== '' && adminKey !== '', first.err)
      watch.keep('generated API key', apiKey)
      watch.keep('generated admin key', adminKey.replace('sk-admin-', ''))
      await ask('own: chat', `${firstUrl}/v1/chat/completions`, {
        key: apiKey,
        body: { model: 'kimi-k2.5', ...CHATS[0] },
      })
      await first.end('SIGKILL')
      watch.hear('first start: lines of its keys', lines)
      // Once, and nowhere else.
      watch.hear('first start: stderr', first.err.replace(lines, ''))
      watch.hear('first start: stdout', first.out)
      assert.equal(statSync(join(at, 'data', 'credentials')).mode & 0o777, 0o600)

      const server = start(at, { MOONBASE_LIMITS: `redis://:${LIMITS_PASSWORD}@127.0.0.1:${redis.port}` })
      const url = await server.url()
      await askEverything(url, { apiKey, adminKey })
      await reloadEverything(at, server, url, adminKey)
      await server.says('the store of limits is away')
      await redis.asked
      assert.equal(await server.end('SIGTERM'), 0)
      assert.ok(server.err.split('"msg":"request"').length > 100, 'the log tells of requests')
      assert.ok(server.err.includes('/ai-gateway/run'), 'the log tells of proxied calls')
      // What a host says of its failures is told without what it repeats.
      assert.match(server.err, /"reason":"telltale: answered 503 some_error: \[[^"]* asked for [^"]*\[quoted\]/)
      overhear('server', server)
      overhearFiles(at)
    })

    it('starts that fail', async () => {
      const password = encodeURIComponent(STORE_PASSWORD)
      const store = (address: string) => ({ MOONBASE_STORE: address })
      const keys = { MOONBASE_API_KEY: FILE_KEY, MOONBASE_ADMIN_KEY: keep('admin key of the environment', 'sk-') }
      const bad: readonly (readonly [string, Readonly<Record<string, string>>])[] = [
        ['a database that is away', store(`postgres://u:${password}@127.0.0.1:${deadPort}/x`)],
        // Nothing of PostgreSQL listens there.
        ['a database that is none', store(`postgres://u:${password}@127.0.0.1:${redis.port}/x`)],
        [
          'many mistakes',
          {
            ...store(`postgress://u:${password}@host/x`),
            MOONBASE_LIMITS: `redis//:${LIMITS_PASSWORD}@host`,
            MOONBASE_API_KEY: `"${FILE_KEY}"`,
            MOONBASE_ADMIN_KEY: `${FILE_KEY} `,
            MOONBASE_UPSTREAM: `http://u:${BAD_FIELD}@host/v1`,
            MOONBASE_UPSTREAM_KEY: `${UPSTREAM_KEY} `,
            CLOUDFLARE_ACCOUNT_ID: `${BAD_FIELD} `,
            MOONSHOT_API_KEY: ` ${UPSTREAM_KEY}`,
            MOONBASE_API_KEYS: FILE_KEY,
          },
        ],
        ['one key for two', { MOONBASE_ADMIN_KEY: FILE_KEY }],
        [
          'no collector',
          {
            OTEL_EXPORTER_OTLP_ENDPOINT: `ftp://u:${COLLECTOR_KEY}@host`,
            OTEL_EXPORTER_OTLP_HEADERS: `${COLLECTOR_KEY}=%%%,=${COLLECTOR_KEY}`,
          },
        ],
        [
          'no port',
          { MOONBASE_UPSTREAM: upstream.url, MOONBASE_UPSTREAM_KEY: UPSTREAM_KEY, MOONBASE_HOST: '192.0.2.1' },
        ],
      ]
      await Promise.all(
        bad.map(async ([name, environment]) => {
          const failed = start(place('bad'), { ...keys, ...environment })
          assert.notEqual(await failed.end(), 0, `${name}: ${failed.err}`)
          assert.ok(failed.err.length > 0, name)
          overhear(name, failed)
        }),
      )
    })

    it('a server with PostgreSQL, which is then taken away', { skip: WITHOUT_POSTGRES }, async () => {
      assert.ok(postgres !== undefined)
      const plain = await postgres.database()
      const address = plain.replace('@', `:${encodeURIComponent(STORE_PASSWORD)}@`)
      const at = place('postgres')
      writeFileSync(join(at, 'moonbase.yaml'), configuration(`keys: [{ name: file, key: ${FILE_KEY} }]`))
      const server = start(at, {
        MOONBASE_STORE: address,
        MOONBASE_LIMITS: `redis://:${LIMITS_PASSWORD}@127.0.0.1:${deadPort}`,
        MOONBASE_ADMIN_KEY: keep('admin key of the environment', 'sk-'),
      })
      const url = await server.url()
      const chat = () =>
        ask('own: chat', `${url}/v1/chat/completions`, { key: FILE_KEY, body: { model: 'kimi-k2.5', ...CHATS[1] } })
      assert.equal((await chat()).status, 200)
      const dump = `SELECT table_to_xml(oid::regclass, true, false, '') FROM pg_class
      WHERE relkind = 'r' AND relnamespace NOT IN ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)`
      const kept = await postgres.ask(plain, dump)
      assert.ok(kept.includes('<row>'))
      watch.hear('rows of the database', kept)
      await postgres.kill()
      assert.equal((await chat()).status, 503)
      await ask('ready', `${url}/ready`)
      await server.end('SIGKILL')
      overhear('server with PostgreSQL', server)
    })
  })

  async function askEverything(url: string, { apiKey, adminKey }: { apiKey: string; adminKey: string }): Promise<void> {
    const chat = `${url}/v1/chat/completions`
    const model = 'kimi-k2.5'
    const admin = (where: string, path: string, body?: unknown, headers: Readonly<Record<string, string>> = {}) =>
      ask(where, `${url}/admin/v1${path}`, { key: adminKey, body, headers })

    // An organisation of its own, and keys that are shown once.
    const { id: organisation } = JSON.parse(
      (await admin('admin', '/organisations', { name: 'acme', currency: 'USD', tier: 'development' })).said,
    )
    const { id: project } = JSON.parse(
      (await admin('admin', `/organisations/${organisation}/projects`, { name: 'p' })).said,
    )
    const paid = { 'idempotency-key': 'voucher' }
    await admin('admin', `/organisations/${organisation}/vouchers`, { amount: '5', note: 'n' }, paid)
    const made = JSON.parse(
      (await admin('made: API key', `/organisations/${organisation}/api-keys`, { project, name: 'k' })).said,
    )
    watch.keep('made API key', made.key)
    const reader = JSON.parse(
      (await admin('made: admin key', '/admin-keys', { name: 'r', scopes: ['usage:read'] })).said,
    )
    watch.keep('made admin key', String(reader.key).replace('sk-admin-', ''))

    for (const key of [apiKey, String(made.key)]) {
      for (const [index, fields] of CHATS.entries()) {
        for (const stream of index < 3 ? [false, true] : [index % 2 === 0]) {
          await ask('own: chat', chat, { key, body: { model, stream, ...fields } })
        }
      }
    }
    await ask('own: estimate', `${url}/v1/tokenizers/estimate-token-count`, {
      key: apiKey,
      body: { model, messages: CALLED },
    })
    for (const body of [`{"messages":"${said('prompt')}`, said('prompt'), `["${said('prompt')}"]`]) {
      await ask('own: body', chat, { key: apiKey, body })
    }
    await ask('own: type', chat, {
      key: apiKey,
      body: said('prompt'),
      headers: { 'content-type': `text/${said('prompt')}` },
    })

    // Every way in which an engine fails, and what it says then.
    for (const how of Object.keys(FAILURES)) {
      for (const stream of [false, true]) {
        const content = `fail:${how} ${BROKEN.has(how) ? REPEATED : said('prompt')}`
        const reply = await ask('own: failure', chat, {
          key: apiKey,
          body: { model, stream, messages: [user(content)] },
        })
        assert.ok(!reply.said.includes('[DONE]'), how)
      }
    }

    // Every face in all of its ways, answered and refused, and with an engine that fails and repeats what it was asked.
    for (const [face, { path, headers }] of FACES.flatMap((each) =>
      waysOf(each, apiKey).map((way) => [each, way] as const),
    )) {
      for (const stream of [false, true]) {
        const asking = (words: string): Promise<Response & { said: string }> =>
          ask(`own: ${face.name}`, url + path, { headers, body: unkept(face, words, stream) })
        assert.equal((await asking(said('prompt'))).status, 200, face.name)
        for (const how of ['refused', 'broken', 'said', 'cut']) {
          const words = `fail:${how} ${BROKEN.has(how) ? REPEATED : said('prompt')}`
          const reply = await asking(words)
          assert.ok(reply.status !== 200 || !face.readStream(reply.said).complete, `${face.name}: ${how}`)
        }
      }
      for (const body of [`{"model":"${said('prompt')}`, { [said('prompt')]: said('prompt') }]) {
        await ask(`own: ${face.name}`, url + path, { headers, body })
      }
    }

    // A stream that goes on without its client, and one who comes back to it.
    const detached = await ask('own: stream', chat, {
      key: apiKey,
      body: { model, stream: true, messages: [user(said('prompt'))] },
      headers: { 'x-moonbase-on-disconnect': 'detach' },
    })
    const stream = detached.headers.get('x-moonbase-stream-id')
    assert.equal((await ask('own: stream', `${url}/v1/streams/${stream}`, { key: apiKey })).status, 200)
    assert.equal((await ask('stream of another', `${url}/v1/streams/${stream}`, { key: made.key })).status, 404)

    // Keys that open nothing. No more of them than are answered at once.
    for (const key of [WRONG_KEY, WRONG_ADMIN_KEY]) {
      assert.equal((await ask('wrong key', `${url}/v1/models`, { key })).status, 401)
      assert.equal((await ask('wrong key', `${url}/admin/v1/me`, { key })).status, 401)
      assert.equal((await ask('wrong key', `${url}/metrics`, { key })).status, 401)
    }
    assert.equal((await ask('crossed keys', `${url}/v1/models`, { key: adminKey })).status, 401)
    assert.equal((await ask('crossed keys', `${url}/admin/v1/me`, { key: apiKey })).status, 401)
    for (const authorization of [
      `Basic ${Buffer.from(`user:${BASIC}`).toString('base64')}`,
      `Bearer "${BAD_HEADER}"`,
      BAD_HEADER,
    ]) {
      assert.equal((await ask('no bearer token', `${url}/v1/models`, { headers: { authorization } })).status, 401)
    }
    // Keys where no key belongs, with one that opens and with none.
    const headers = {
      'x-api-key': odd('header'),
      'api-key': odd('header'),
      cookie: `key=${odd('cookie')}`,
      origin: `https://${odd('origin')}.example`,
      traceparent: odd('trace'),
      tracestate: `k=${odd('trace')}`,
      'x-moonbase-queue': odd('header'),
      'last-event-id': odd('header'),
      'x-moonbase-on-disconnect': odd('header'),
      'x-request-id': odd('header'),
      'user-agent': odd('header'),
    }
    for (const key of [apiKey, undefined]) {
      for (const path of [
        '/v1/models',
        '/v1/nowhere',
        '/health',
        '/admin/v1/me',
        '/metrics',
        `/v1/streams/${stream}`,
      ]) {
        await ask('odd places', `${url}${path}?api_key=${odd('query')}&after=${odd('query')}`, { key, headers })
      }
      await ask('odd places', `${chat}?key=${odd('query')}`, { key, headers, body: { model, messages: [user('hi')] } })
    }
    for (const path of [`/v1/${PATH_KEY}`, `/v1/models/${PATH_KEY}`, `/v1/streams/${PATH_KEY}`]) {
      await ask('own path: ', `${url}${path}`, { key: apiKey })
    }
    // The path to which Miniflare sends what it would ask has a key in it, whatever that is.
    const [, proxied] = waysOf(bindingFace, apiKey)
    assert.ok(proxied !== undefined && proxied.path.includes(apiKey))
    const call = { headers: proxied.headers, body: bindingFace.asking(said('prompt'), false) }
    const to = (address: string) => ({ ...call, headers: { ...call.headers, 'mf-url': address } })
    const { body: _, ...tried } = to('')
    const wrong = waysOf(bindingFace, WRONG_KEY)[1]
    const proxiedCalls: readonly (readonly [status: number, path: string, asking: Asking])[] = [
      [200, `/elsewhere/${apiKey}`, call],
      [405, proxied.path, { ...call, method: 'DELETE' }],
      [404, proxied.path, to('https://workers-binding.ai/nowhere')],
      [404, proxied.path, tried],
      [404, proxied.path, to('no address')],
      [401, wrong?.path ?? '', call],
    ]
    for (const [status, path, asking] of proxiedCalls) {
      assert.equal((await ask('own: proxied call', url + path, asking)).status, status, asking.method ?? path)
    }
    await admin('own path: admin', `/organisations/${PATH_KEY}`)
    await admin('own path: admin', `/usage?${PATH_KEY}=1`)

    // All that operators can see.
    const org = `/organisations/${organisation}`
    for (const path of [
      '/me',
      '/openapi.json',
      '/organisations',
      org,
      `${org}/projects`,
      `${org}/api-keys`,
      '/admin-keys',
      '/tiers',
      '/prices',
      `${org}/balance`,
      `${org}/transfers`,
      '/usage?by=organisation,key,model,engine',
      '/usage?format=csv',
      '/requests?limit=1000',
      '/requests?format=csv',
      '/audit',
    ]) {
      assert.ok((await admin('admin', path)).status < 500, path)
    }
    await admin('admin', '/audit', {})
    await admin('admin', `${org}/api-keys/${made.id}`, { name: 'other', addresses: ['10.0.0.0/8'] })
    await ask('another address', `${url}/v1/models`, { key: made.key })
    await admin('admin', `${org}/api-keys/${made.id}/revoke`, {})
    await ask('revoked key', `${url}/v1/models`, { key: made.key })
    await ask('reader', `${url}/admin/v1/requests?format=csv`, { key: reader.key })
    assert.equal((await ask('reader', `${url}/admin/v1/tiers`, { key: reader.key })).status, 403)
    for (const path of ['/v1/models', '/v1/users/me/balance', '/health', '/ready']) {
      assert.equal((await ask('client', `${url}${path}`, { key: apiKey })).status, 200)
    }
    assert.equal((await ask('metrics', `${url}/metrics`, { key: adminKey })).status, 200)
  }

  async function reloadEverything(at: string, server: WatchedProcess, url: string, adminKey: string): Promise<void> {
    const file = join(at, 'moonbase.yaml')
    const broken = [
      // No YAML.
      `engines: { hosted: { key: "${BAD_FIELD}\nkeys: [ {{ ${BAD_FILE_KEY}`,
      // Secrets where they do not belong, or in no form that they may have.
      configuration(`
store: "postgress://u:${encodeURIComponent(STORE_PASSWORD)}@host/x"
limits: { store: "redis//:${LIMITS_PASSWORD}@host" }
keys:
  - { name: a, key: "${BAD_FILE_KEY} with a blank" }
  - { name: "${BAD_FILE_KEY}", key: ${BAD_FILE_KEY}, password: ${BAD_FIELD} }
  - { name: b, key: ${BAD_FILE_KEY}, lenient: [${BAD_FILE_KEY}] }
log: { level: ${BAD_FILE_KEY} }
`),
      configuration().replace(/ url: \S+/, ` url: "http://u:${BAD_FIELD}@host/v1?key=${BAD_FIELD}"`),
      configuration().replace('x-api-secret: ', `"x ${BAD_FILE_KEY}": `),
      configuration().replace('${TELLTALE_KEY}', `a ${BAD_FIELD} b`),
    ]
    for (const [index, text] of broken.entries()) {
      writeFileSync(file, text)
      server.hangUp()
      await server.says('was not taken over', index + 1)
    }
    writeFileSync(
      file,
      configuration(`keys: [{ name: file, key: ${FILE_KEY} }]`).replace('${TELLTALE_KEY}', RENEWED_KEY),
    )
    server.hangUp()
    await server.says('configuration read again')
    const reply = await ask('own: chat', `${url}/v1/chat/completions`, {
      key: FILE_KEY,
      body: { model: 'kimi-k2.5', ...CHATS[0] },
    })
    assert.equal(reply.status, 200, reply.said)
    await ask('own: failure', `${url}/v1/chat/completions`, {
      key: FILE_KEY,
      body: { model: 'kimi-k2.5', messages: [user('fail:refused')] },
    })
    await ask('metrics', `${url}/metrics`, { key: adminKey })
  }

  function overhearFiles(at: string): void {
    for (const name of readdirSync(join(at, 'data'), { recursive: true, encoding: 'utf8' })) {
      const path = join(at, 'data', name)
      if (!statSync(path).isFile()) continue
      watch.hear(name === 'credentials' ? name : `file ${name}`, readFileSync(path, 'latin1'))
    }
  }

  it('are found nowhere but where they belong', () => {
    watch.hear('upstream', upstream.heard.join('\n'))
    watch.hear('collector headers', collector.headers.join('\n'))
    watch.hear('collector', collector.bodies.join('\n'))
    // All of them have said something.
    const log = watch.heard
    for (const where of ['server: stderr', 'file moonbase.db', 'metrics', 'credentials'])
      assert.ok(log.includes(where), where)
    assert.ok(collector.bodies.some((body) => body.startsWith('/v1/traces')))
    assert.ok(collector.bodies.some((body) => body.startsWith('/v1/metrics')))
    // Engines are told of too, with where they are.
    for (const part of [
      '"name":"chat kimi-k2.5"',
      '"key":"server.address"',
      '"key":"moonbase.outcome"',
      '/ai-gateway/run',
    ])
      assert.ok(
        collector.bodies.some((body) => body.includes(part)),
        part,
      )
    const findings = watch.findings()
    const isAllowed = (finding: Finding, { where, what }: (typeof ALLOWED)[number]) =>
      where.test(finding.where) && what.test(finding.what)
    const leaks = findings.filter((finding) => !ALLOWED.some((allowed) => isAllowed(finding, allowed)))
    assert.deepEqual([...new Set(leaks.map(({ where, what }) => `${where} tells the ${what}`))], [])
    for (const allowed of ALLOWED) {
      assert.ok(
        findings.some((finding) => isAllowed(finding, allowed)),
        `${allowed.what} is not at ${allowed.where}`,
      )
    }
  })
})
