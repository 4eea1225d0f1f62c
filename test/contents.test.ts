/** Contents in the request log, as clients and operators meet them: kept only where they are wanted, and told truthfully. */

import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { askStream } from './support/ask-stream.ts'
import { type CalledReply, call } from './support/call.ts'
import { eventually } from './support/eventually.ts'
import { type Customer, Operator, TEST_ADMIN_KEY } from './support/operator.ts'
import { type TestServer, startServer } from './support/start-server.ts'

const SCENARIOS = `
version: 1
scenarios:
  - { name: said, match: { last_user: say-it }, reply: { reasoning: a thought, text: one two three } }
  - { name: called, match: { last_user: call-it }, reply: { tool_calls: [ { name: weather, arguments: { city: Bern } } ] } }
  - { name: slow, match: { last_user: take-your-time }, reply: { text: one two three four five six, chunk_size: 4, fault: { silence_after_chunks: 2 } } }
  - { name: cut, match: { last_user: please-cut }, reply: { text: one two three four, chunk_size: 4, fault: { cut_after_chunks: 2 } } }
  - { name: fail, match: { last_user: please-fail }, reply: { fault: { status: 503 } } }
  - { name: paused, match: { last_user: pause }, reply: { text: one two three four five six, chunk_size: 4, pace: { per_chunk_ms: 30 } } }
`
const CHAT = '/v1/chat/completions'
/** Of one pixel. */
const PNG = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='
const TOOL = {
  type: 'function',
  function: { name: 'weather', parameters: { type: 'object', properties: { city: { type: 'string' } } } },
}

type Json = Record<string, unknown>

describe('contents', { timeout: 120_000 }, () => {
  let server: TestServer
  let operator: Operator
  let customer: Customer
  before(async () => {
    server = await startServer({ scenarios: SCENARIOS, config: 'routing: { attempts: 1, seams: 0 }' })
    operator = new Operator(server)
    customer = await operator.customer({ voucher: '10', project: { content_retention_days: 7 } })
  })
  after(() => server.close())

  const body = (content: unknown, more: Json = {}): Json => ({
    model: 'kimi-k2.5',
    messages: [{ role: 'user', content }],
    max_completion_tokens: 100,
    ...more,
  })
  const ask = (content: unknown, more: Json = {}, key = customer.key): Promise<CalledReply> =>
    call(`${server.url}${CHAT}`, { body: body(content, more), key })
  const idOf = (reply: { readonly headers: Headers }): string => reply.headers.get('x-request-id') ?? ''
  const contentOf = (id: string, key = TEST_ADMIN_KEY): Promise<CalledReply> =>
    call(`${server.url}/admin/v1/requests/${id}/content`, { key })
  const kept = async (id: string): Promise<Json> => {
    const { status, text, json } = await contentOf(id)
    assert.equal(status, 200, text)
    return json as Json
  }
  const isKept = async (id: string): Promise<boolean> => (await contentOf(id)).status === 200
  const setRetention = (days: number | null, { organisation, project } = customer): Promise<Json> =>
    operator.post(`/organisations/${organisation}/projects/${project}`, { content_retention_days: days })
  const forget = (path: string): Promise<CalledReply> =>
    call(`${server.url}/admin/v1${path}`, { method: 'DELETE', key: TEST_ADMIN_KEY })

  it('keep a whole answer as it was asked and given', async () => {
    const reply = await ask('say-it', { metadata: { a: 'b', c: true }, tools: [TOOL] })
    assert.equal(reply.status, 200, reply.text)
    const { at, expires_at: expires, ...content } = await kept(idOf(reply))
    assert.deepEqual(content, {
      id: idOf(reply),
      organisation: customer.organisation,
      project: customer.project,
      error: null,
      cut: false,
      asked: body('say-it', { metadata: { a: 'b', c: true }, tools: [TOOL] }),
      asked_shortened: false,
      answered: {
        choices: [{ finish_reason: 'stop', content: 'one two three', reasoning_content: 'a thought' }],
      },
      answered_shortened: false,
    })
    assert.equal(Date.parse(String(expires)) - Date.parse(String(at)), 7 * 86_400_000)
    const line = await operator.get(`/requests/${idOf(reply)}`)
    assert.deepEqual([line['id'], line['at'], line['status']], [idOf(reply), at, 200])
  })

  it('keep a stream as the whole answer it was, tool calls and all', async () => {
    const seen = await askStream({ url: server.url, key: customer.key }, body('say-it'))
    assert.ok(seen.done)
    const content = await kept(idOf(seen))
    assert.deepEqual(content['answered'], {
      choices: [{ finish_reason: 'stop', content: 'one two three', reasoning_content: 'a thought' }],
    })
    const whole = await ask('call-it', { tools: [TOOL] })
    const stream = await askStream({ url: server.url, key: customer.key }, body('call-it', { tools: [TOOL] }))
    const [first, second] = [await kept(idOf(whole)), await kept(idOf(stream))]
    assert.deepEqual(first['answered'], second['answered'])
    const { choices } = first['answered'] as { choices: Json[] }
    assert.equal(choices[0]?.['finish_reason'], 'tool_calls')
    assert.deepEqual(choices[0]?.['tool_calls'], [
      { id: 'weather:0', function: { name: 'weather', arguments: '{"city":"Bern"}' } },
    ])
  })

  it('note the kind and the size of media, and keep none of it', async () => {
    const url = `data:image/png;base64,${PNG}`
    const reply = await ask([
      { type: 'text', text: 'say-it' },
      { type: 'image_url', image_url: { url } },
    ])
    assert.equal(reply.status, 200, reply.text)
    const { text } = await contentOf(idOf(reply))
    const bytes = Buffer.from(PNG, 'base64').length
    assert.ok(text.includes(`"image_url":{"url":"[image/png, ${bytes} bytes, not kept]"}`), text)
    assert.ok(!text.includes(PNG.slice(0, 24)))
  })

  it('are bounded, and say that they were shortened', async () => {
    const reply = await ask(`say-it ${'word '.repeat(100_000)}`)
    assert.equal(reply.status, 200)
    const { text, json } = await contentOf(idOf(reply))
    const content = json as Json
    assert.deepEqual([content['asked_shortened'], content['answered_shortened'], content['cut']], [true, false, false])
    assert.ok(text.length > 256 * 1024 && text.length < 257 * 1024, String(text.length))
    assert.match(text, /word \w* ?… \[\d+ more characters\]/)
    assert.match(text, /one two three/)
  })

  it('say what was refused and why, and that nothing was answered', async () => {
    const refused = await ask('say-it', { temperature: 0.1 })
    assert.equal(refused.status, 400)
    const { asked, answered, error, cut } = await kept(idOf(refused))
    assert.deepEqual([asked, answered, cut], [body('say-it', { temperature: 0.1 }), null, false])
    assert.equal(typeof error, 'string')
    const broken = await call(`${server.url}${CHAT}`, { body: '{"messages": say-it', key: customer.key })
    assert.equal(broken.status, 400)
    assert.deepEqual((await kept(idOf(broken)))['asked'], null)
    const failed = await ask('please-fail')
    assert.ok(failed.status >= 500, failed.text)
    const content = await kept(idOf(failed))
    assert.deepEqual([content['answered'], content['cut']], [null, false])
    assert.notEqual(content['error'], null)
  })

  it('keep of a stream that broke what was given out, and that it was cut', async () => {
    const seen = await askStream({ url: server.url, key: customer.key }, body('please-cut'))
    assert.ok(!seen.done && seen.error !== undefined && seen.text !== '')
    const content = await kept(idOf(seen))
    const { choices } = content['answered'] as { choices: Json[] }
    assert.deepEqual([choices[0]?.['content'], choices[0]?.['finish_reason']], [seen.text, null])
    assert.equal(content['cut'], true)
    assert.notEqual(content['error'], null)
  })

  it('keep of a stream whose client left what had come until then', async () => {
    const abort = new AbortController()
    const seen = await askStream({ url: server.url, key: customer.key }, body('take-your-time'), {
      signal: abort.signal,
      onChunk: ({ text }) => {
        if (text !== '') abort.abort()
      },
    })
    assert.ok(seen.broke && seen.text !== '')
    await eventually(() => isKept(idOf(seen)), Boolean)
    const content = await kept(idOf(seen))
    const { choices } = content['answered'] as { choices: Json[] }
    assert.ok(String(choices[0]?.['content']).startsWith(seen.text))
    assert.deepEqual([content['cut'], content['error']], [true, 'client_closed'])
  })

  it('keep a detached stream once, whole, under its own request, however often it is read again', async () => {
    const abort = new AbortController()
    const seen = await askStream({ url: server.url, key: customer.key }, body('pause'), {
      signal: abort.signal,
      headers: { 'x-moonbase-on-disconnect': 'detach' },
      onChunk: ({ text }) => {
        if (text !== '') abort.abort()
      },
    })
    assert.ok(seen.broke)
    const before_ = (await operator.requests(customer.organisation)).length
    const again = `${server.url}/v1/streams/${seen.headers.get('x-moonbase-stream-id')}`
    const replies = [await call(again, { key: customer.key }), await call(again, { key: customer.key })]
    for (const reply of replies) {
      assert.match(reply.text, /\[DONE\]/)
      assert.equal(await isKept(idOf(reply)), false)
    }
    const content = await kept(idOf(seen))
    const { choices } = content['answered'] as { choices: Json[] }
    assert.equal(choices[0]?.['content'], 'one two three four five six')
    assert.deepEqual([content['cut'], content['error']], [false, null])
    assert.ok((await operator.requests(customer.organisation)).length <= before_ + 1)
  })

  it('are not kept of other projects, nor of an estimate', async () => {
    const plain = await operator.customer({ voucher: '1' })
    const reply = await ask('say-it', {}, plain.key)
    assert.equal(reply.status, 200)
    assert.equal(await isKept(idOf(reply)), false)
    assert.equal(await isKept(idOf(await ask('say-it', { temperature: 0.1 }, plain.key))), false)
    const { model, messages } = body('say-it')
    const estimate = await call(`${server.url}/v1/tokenizers/estimate-token-count`, {
      body: { model, messages },
      key: customer.key,
    })
    assert.equal(estimate.status, 200)
    assert.equal(await isKept(idOf(estimate)), false)
  })

  it('stop at once when the setting is turned off, also for a request that is under way, and what was kept stays', async () => {
    const other = await operator.customer({ voucher: '1', project: { content_retention_days: 1 } })
    const first = await ask('say-it', {}, other.key)
    assert.equal(await isKept(idOf(first)), true)
    const abort = new AbortController()
    const underWay = await askStream({ url: server.url, key: other.key }, body('take-your-time'), {
      signal: abort.signal,
      onChunk: ({ text }) => {
        if (text !== '') void setRetention(null, other).then(() => abort.abort())
      },
    })
    assert.ok(underWay.broke)
    // The log has it when it has ended, and its contents would be there too.
    await eventually(
      () => operator.requests(other.organisation),
      ({ length }) => length >= 2,
    )
    const later = await ask('say-it', {}, other.key)
    const found = await Promise.all([first, underWay, later].map((one) => isKept(idOf(one))))
    assert.deepEqual(found, [true, false, false])
    await setRetention(90, other)
    const on = await kept(idOf(await ask('say-it', {}, other.key)))
    assert.equal(Date.parse(String(on['expires_at'])) - Date.parse(String(on['at'])), 90 * 86_400_000)
  })

  it('are forgotten one by one, and all of a project', async () => {
    const other = await operator.customer({ voucher: '1', project: { content_retention_days: 1 } })
    const ids: string[] = []
    for (let count = 0; count < 3; count += 1) ids.push(idOf(await ask('say-it', {}, other.key)))
    const one = await forget(`/requests/${ids[0]}/content`)
    assert.deepEqual([one.status, one.json], [200, { forgotten: 1 }])
    assert.equal((await forget(`/requests/${ids[0]}/content`)).status, 404)
    assert.deepEqual(await Promise.all(ids.map(isKept)), [false, true, true])
    const all = await forget(`/organisations/${other.organisation}/projects/${other.project}/contents`)
    assert.deepEqual([all.status, all.json], [200, { forgotten: 2 }])
    assert.deepEqual(await Promise.all(ids.map(isKept)), [false, false, false])
    assert.equal((await forget(`/organisations/${other.organisation}/projects/proj-0/contents`)).status, 404)
    // The log has its lines as before.
    assert.equal((await operator.requests(other.organisation)).length, 3)
  })

  it('are read with their own scope alone, and of one’s own organisation alone', async () => {
    const id = idOf(await ask('say-it'))
    const other = await operator.customer()
    const reader = async (scopes: readonly string[], organisation: string): Promise<string> =>
      String(
        (await operator.post('/admin-keys', { name: `reader ${organisation} ${scopes.length}`, scopes, organisation }))[
          'key'
        ],
      )
    const own = await reader(['contents:read'], customer.organisation)
    assert.equal((await contentOf(id, own)).status, 200)
    const others = ['accounts:read', 'accounts:write', 'money:read', 'money:write', 'usage:read', 'audit', 'metrics']
    assert.equal((await contentOf(id, await reader(others, customer.organisation))).status, 403)
    const foreign = await reader(['contents:read', 'usage:read', 'accounts:write'], other.organisation)
    for (const path of [`/requests/${id}/content`, `/requests/${id}`]) {
      const theirs = await call(`${server.url}/admin/v1${path}`, { key: foreign })
      const nobodys = await call(`${server.url}/admin/v1${path.replace(id, 'nobody')}`, { key: foreign })
      assert.equal(theirs.status, 404)
      assert.deepEqual([theirs.status, theirs.text.replace(id, 'nobody')], [nobodys.status, nobodys.text])
    }
    const tried = await call(`${server.url}/admin/v1/requests/${id}/content`, { method: 'DELETE', key: foreign })
    assert.equal(tried.status, 404)
    assert.equal(await isKept(id), true)
  })

  it('are set by an organisation’s own admin for its own projects, and within bounds', async () => {
    const { organisation, project } = customer
    const made = await operator.post('/admin-keys', { name: 'own', scopes: ['accounts:write'], organisation })
    const set = (days: unknown): Promise<CalledReply> =>
      call(`${server.url}/admin/v1/organisations/${organisation}/projects/${project}`, {
        key: String(made['key']),
        body: { content_retention_days: days },
      })
    assert.equal((await set(30)).status, 200)
    for (const days of [0, 91, 1.5, '7', true]) assert.equal((await set(days)).status, 400, String(days))
    assert.match((await set(91)).text, /content_retention_days must be from 1 to 90, got 91/)
    const { data } = await operator.get(`/organisations/${organisation}/projects`)
    assert.deepEqual(
      (data as Json[]).map((one) => one['content_retention_days']),
      [30],
    )
    await setRetention(7)
  })

  it('are counted', async () => {
    const { text } = await call(`${server.url}/metrics`, { key: TEST_ADMIN_KEY })
    assert.match(text, /^moonbase_contents_total\{outcome="kept"\} [1-9]/m)
    assert.match(text, /^moonbase_contents_total\{outcome="dropped"\} 0$/m)
    assert.match(text, /^moonbase_contents_waiting_bytes 0$/m)
  })
})

describe('contents without a store', () => {
  it('cannot be turned on, and the refusal says why', async () => {
    await using server = await startServer({ config: 'store: none' })
    const key = TEST_ADMIN_KEY
    const { json } = await call(`${server.url}/admin/v1/organisations`, { key })
    const [organisation] = (json as { data: { id: string }[] }).data
    const projects = `${server.url}/admin/v1/organisations/${organisation?.id}/projects`
    const refused = await call(projects, { key, body: { name: 'p', content_retention_days: 7 } })
    assert.equal(refused.status, 400)
    assert.match(refused.text, /this server keeps nothing \(store: none\), and so no contents/)
  })
})
