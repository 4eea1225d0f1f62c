/**
 * A second wire, mounted from this folder: it answers, refuses, fails in mid-stream, is read again and is billed, and no file of
 * `packages/` knows of it. Whoever adds a dialect adds no more than this.
 */

import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { mount } from '../packages/server/src/apis/serve-apis.ts'
import { type CalledReply, call } from './support/call.ts'
import { type Customer, Operator, TEST_ADMIN_KEY } from './support/operator.ts'
import { type TestServer, startServer } from './support/start-server.ts'
import { toyApi } from './second-wire/toy-api.ts'

const SCENARIOS = `
version: 1
scenarios:
  - { name: said, match: { last_user: say-it }, reply: { text: one two three, chunk_size: 4 } }
  - { name: cut, match: { last_user: please-cut }, reply: { text: one two three four, chunk_size: 4, fault: { cut_after_chunks: 2 } } }
  - { name: fail, match: { last_user: please-fail }, reply: { fault: { status: 503 } } }
  - { name: paused, match: { last_user: pause }, reply: { text: one two three four five six, chunk_size: 4, pace: { per_chunk_ms: 20 } } }
`

describe('a second wire', () => {
  let server: TestServer
  let operator: Operator
  let customer: Customer
  before(async () => {
    server = await startServer({
      scenarios: SCENARIOS,
      config: 'routing: { attempts: 1, seams: 0 }',
      apis: (services) => [mount(toyApi(services))],
    })
    operator = new Operator(server)
    customer = await operator.customer({ voucher: '10' })
  })
  after(() => server.close())

  const say = (words: unknown, headers: Record<string, string> = {}, model = 'kimi-k2.5'): Promise<CalledReply> =>
    call(`${server.url}/v1/toy/${model}/say`, {
      method: 'PUT',
      key: null,
      body: { say: words },
      headers: { 'x-toy-key': customer.key, ...headers },
    })
  const streamed = { 'x-toy-stream': 'yes' }
  const idOf = ({ headers }: CalledReply): string => headers.get('x-request-id') ?? ''
  const recordOf = (reply: CalledReply) => operator.get(`/requests/${idOf(reply)}`)
  const eventsOf = ({ text }: CalledReply): [string, unknown][] =>
    text.split('\n\n').flatMap((event) => {
      const [, name = '', data = ''] = /^(?:id: \d+\n)?event: toy\.(\S+)\ndata: (.*)$/.exec(event) ?? []
      return name === '' ? [] : [[name, JSON.parse(data)] as [string, unknown]]
    })

  it('answers whole, in its own words, and says how much was read', async () => {
    const reply = await say('say-it')
    assert.deepEqual([reply.status, reply.headers.get('content-type')], [200, 'application/x-toy'])
    const { toy, read, said, ended } = reply.json as Record<string, unknown>
    assert.equal(toy, `toy-${idOf(reply).slice(0, 8)}`)
    assert.deepEqual([said, ended, typeof read], ['one two three', 'stop', 'number'])
    // What its documentation lets pass is let pass for every key, and said.
    assert.match(reply.headers.get('x-moonbase-lenient') ?? '', /drop-fixed-sampling;fields="temperature"/)
    assert.match(reply.headers.get('x-moonbase-served-by') ?? '', /engine=offline/)
  })

  it('streams in its own frames: what it read first, what it wrote last', async () => {
    const events = eventsOf(await say('say-it', streamed))
    assert.deepEqual(
      events.map(([name]) => name),
      ['begin', 'piece', 'piece', 'piece', 'piece', 'done'],
    )
    const [begin] = events
    const whole = (await say('say-it')).json as { read: number }
    assert.equal((begin?.[1] as { read: number } | undefined)?.read, whole.read)
    assert.ok(Number((events.at(-1)?.[1] as { wrote?: number } | undefined)?.wrote) > 0)
  })

  it('refuses in its own form: keys, paths, methods, bodies, rules, engines', async () => {
    const fault = ({ status, json }: CalledReply) => [status, (json as { fault: { kind: string } }).fault.kind]
    assert.deepEqual(fault(await say('say-it', { 'x-toy-key': '' })), [401, 'incorrect_api_key'])
    assert.deepEqual(fault(await say(7)), [400, 'invalid_request'])
    assert.deepEqual(fault(await say('say-it', {}, 'no-model')), [404, 'model_not_found'])
    assert.deepEqual(fault(await say('say-it', { 'x-toy-budget': '9999999' })), [400, 'window_exceeded'])
    assert.deepEqual(fault(await say('please-fail')), [503, 'engine_unavailable'])
    const elsewhere = { key: null, headers: { 'x-toy-key': customer.key } }
    assert.deepEqual(fault(await call(`${server.url}/v1/toy/nowhere`, elsewhere)), [404, 'route_not_found'])
    // The route first here: a path that is unknown is said to be, without a key.
    assert.deepEqual(fault(await call(`${server.url}/v1/toy/x/say`, { key: null })), [405, 'method_not_allowed'])
    // And the API beside it has its own.
    const { json } = await call(`${server.url}/v1/toys`, { key: customer.key })
    assert.ok('error' in (json as object))
  })

  it('has wrong keys slowed down, whatever header they come in', async () => {
    const wrongKeys = async (): Promise<number> => {
      const { text } = await call(`${server.url}/metrics`, { key: TEST_ADMIN_KEY })
      return Number(/^moonbase_wrong_keys_total (\d+)$/m.exec(text)?.[1])
    }
    const earlier = await wrongKeys()
    assert.equal((await say('say-it', { 'x-toy-key': 'sk-guessed-by-somebody' })).status, 401)
    assert.equal(await wrongKeys(), earlier + 1)
  })

  it('says a failure in mid-stream in its own frames, and nothing that means complete', async () => {
    const reply = await say('please-cut', streamed)
    const events = eventsOf(reply)
    const [name, data] = events.at(-1) ?? []
    assert.equal(name, 'broken')
    assert.equal((data as { fault: { kind: string } }).fault.kind, 'engine_cut')
    assert.ok(!events.some(([event]) => event === 'done'))
    const record = await recordOf(reply)
    assert.equal(record['error'], 'engine_cut')
    assert.ok(Number(record['cost']) > 0, 'what was given is paid for')
  })

  it('is read again in the same bytes, by whoever left', async () => {
    const client = new AbortController()
    const response = await fetch(`${server.url}/v1/toy/kimi-k2.5/say`, {
      method: 'PUT',
      body: JSON.stringify({ say: 'pause' }),
      headers: {
        'content-type': 'application/json',
        'x-toy-key': customer.key,
        ...streamed,
        'x-moonbase-on-disconnect': 'detach',
      },
      signal: client.signal,
    })
    const id = response.headers.get('x-moonbase-stream-id') ?? assert.fail('no id')
    const reader = response.body?.getReader() ?? assert.fail('no body')
    const { value } = await reader.read()
    const beginning = new TextDecoder().decode(value)
    client.abort()
    const again = await call(`${server.url}/v1/toy/streams/${id}`, {
      key: null,
      headers: { 'x-toy-key': customer.key },
    })
    // Who comes back gets the numbers that he may come back with.
    assert.ok(again.text.replaceAll(/^id: \d+\n/gm, '').startsWith(beginning))
    const pieces = eventsOf(again).filter(([name]) => name === 'piece')
    assert.equal(pieces.map(([, piece]) => piece).join(''), 'one two three four five six')
    assert.equal(eventsOf(again).at(-1)?.[0], 'done')
    const other = await call(`${server.url}/v1/toy/streams/${id}`, { key: null, headers: { 'x-toy-key': server.key } })
    assert.equal(other.status, 404)
  })

  it('keeps documents of a kind that no store has heard of, each owner its own', async () => {
    const note = (method: string, key: string, body?: string): Promise<CalledReply> =>
      call(`${server.url}/v1/toy/notes/first`, {
        method,
        key: null,
        headers: { 'x-toy-key': key },
        ...(body === undefined ? {} : { body }),
      })
    assert.equal((await note('PUT', customer.key, 'hello')).status, 201)
    assert.equal((await note('PUT', customer.key, 'again')).status, 409)
    assert.deepEqual((await note('GET', customer.key)).json, { note: 'hello' })
    assert.equal((await note('GET', server.key)).status, 404)
  })

  it('is billed like any other, and the books are right', async () => {
    const reply = await say('say-it', streamed)
    const record = await recordOf(reply)
    const shown = [record['model'], record['streamed'], record['status'], record['error']]
    assert.deepEqual(shown, ['kimi-k2.5', true, 200, null])
    assert.ok(Number(record['cost']) > 0)
    await operator.audit()
  })
})
