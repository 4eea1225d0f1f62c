/** A client that comes back to its stream: running or finished, from any event on, for its own organisation only. */

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { openStage } from './scorecard/stage.ts'
import { type CallOptions, call, eventsOf } from './support/call.ts'
import { TEST_KEY, type TestServer, startServer } from './support/start-server.ts'

const TEXT = 'one two three four five six seven eight nine ten'

const SCENARIOS = `
version: 1
scenarios:
  - { name: quick, match: { last_user: quick }, reply: { text: ${TEXT}, chunk_size: 4 } }
  - { name: paused, match: { last_user: paused }, reply: { text: ${TEXT}, chunk_size: 4, fault: { silence_after_chunks: 3, for_ms: 300 } } }
  - { name: stuck, match: { last_user: stuck }, reply: { text: ${TEXT}, chunk_size: 4, fault: { silence_after_chunks: 3 } } }
  - { name: cut, match: { last_user: cut }, reply: { text: ${TEXT}, chunk_size: 4, fault: { cut_after_chunks: 3 } } }
  - { name: dead, match: { last_user: dead }, reply: { text: ${TEXT}, fault: { status: 500, message: no } } }
`

/** Another key of the organisation of the tests, and one of another. */
const KEYS = `
keys:
  - { name: colleague, key: sk-test-key-of-a-colleague-in-tests }
  - { name: stranger, key: sk-test-key-of-a-stranger-in-tests, organisation: other }
`

const open = (config?: string): Promise<TestServer> =>
  startServer({ scenarios: SCENARIOS, ...(config === undefined ? {} : { config }) })

interface Asked {
  readonly stream?: boolean
  readonly headers?: Readonly<Record<string, string>>
  readonly signal?: AbortSignal
}

const chat = (server: TestServer, content: string, { stream = true, headers, signal }: Asked = {}): Promise<Response> =>
  fetch(`${server.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${TEST_KEY}`, 'content-type': 'application/json', ...headers },
    body: JSON.stringify({
      model: 'kimi-k2.5',
      thinking: { type: 'disabled' },
      stream,
      messages: [{ role: 'user', content }],
    }),
    ...(signal === undefined ? {} : { signal }),
  })

const idOf = (response: Response): string => {
  const id = response.headers.get('x-moonbase-stream-id')
  assert.ok(id, 'a streamed reply has an id')
  return id
}

const again = (server: TestServer, id: string, query = '', options: CallOptions = {}) =>
  call(`${server.url}/v1/streams/${id}${query}`, options)

/** What a client of the stream has in the end. */
function contentOf(text: string): string {
  const events = eventsOf(withoutIds(text)) as { choices?: { delta: { content?: string } }[] }[]
  return events.map((event) => event.choices?.[0]?.delta.content ?? '').join('')
}

const withoutIds = (text: string): string => text.replaceAll(/^id: \d+\n/gm, '')
const idsOf = (text: string): number[] => [...text.matchAll(/^id: (\d+)$/gm)].map(([, id]) => Number(id))
const upTo = (last: number, after = 0): number[] =>
  Array.from({ length: last - after }, (_, index) => after + 1 + index)

/** Begins a stream, reads its first bytes, and leaves. */
async function beginAndLeave(server: TestServer, content: string, headers: Readonly<Record<string, string>> = {}) {
  const client = new AbortController()
  const response = await chat(server, content, { headers, signal: client.signal })
  await response.body?.getReader().read()
  client.abort()
  return idOf(response)
}

describe('a finished stream', () => {
  it('is replayed as it was, from any event on, with the same numbers and headers', async () => {
    await using server = await open()
    const first = await chat(server, 'quick', { headers: { 'x-moonbase-event-ids': 'on' } })
    const text = await first.text()
    assert.equal(contentOf(text), TEXT)
    const { length: last } = idsOf(text)
    assert.deepEqual(idsOf(text), upTo(last))
    const id = idOf(first)
    for (let after = 0; after < last; after += 1) {
      const replay = await again(server, id, `?after=${after}`)
      assert.equal(replay.status, 200)
      assert.ok(text.endsWith(replay.text))
      assert.deepEqual(idsOf(replay.text), upTo(last, after))
      assert.equal(replay.headers.get('x-moonbase-stream-id'), id)
      assert.equal(replay.headers.get('x-moonbase-served-by'), first.headers.get('x-moonbase-served-by'))
      assert.match(replay.headers.get('content-type') ?? '', /^text\/event-stream/)
    }
    const resumed = await again(server, id, '?after=1', { headers: { 'last-event-id': '5' } })
    assert.deepEqual(idsOf(resumed.text), upTo(last, 5))
    const nothing = await again(server, id, `?after=${last}`)
    assert.deepEqual([nothing.status, nothing.text], [204, ''])
  })

  it('has the same events for a client that did not ask for numbers', async () => {
    await using server = await open()
    const first = await chat(server, 'quick')
    const text = await first.text()
    assert.deepEqual(idsOf(text), [])
    const replay = await again(server, idOf(first))
    assert.equal(withoutIds(replay.text), text)
    assert.equal(eventsOf(text).at(-1), '[DONE]')
  })

  it('ends with the error that it ended with', async () => {
    await using server = await open()
    const first = await chat(server, 'cut')
    const text = await first.text()
    const replay = await again(server, idOf(first))
    assert.equal(withoutIds(replay.text), text)
    assert.ok(!text.includes('[DONE]') && text.includes('"error"'))
  })

  it('shows where another engine went on, in the same place and without a number', async () => {
    await using stage = await openStage({ primary: { fault: () => ({ after: 40, how: 'cut' }) } })
    const first = await chat(stage.server, 'Hi', { headers: { 'x-moonbase-event-ids': 'on' } })
    const text = await first.text()
    assert.match(text, /\n\n: seam from=primary to=fallback reason=\w+\n\nid: \d+\ndata: /)
    assert.ok(text.endsWith('data: [DONE]\n\n'))
    assert.deepEqual(idsOf(text), upTo(idsOf(text).length))
    assert.equal((await again(stage.server, idOf(first))).text, text)
  })

  it('is there for every key of its organisation, and for nobody else', async () => {
    await using server = await open(KEYS)
    const first = await chat(server, 'quick')
    const text = await first.text()
    const id = idOf(first)
    const colleague = await again(server, id, '', { key: 'sk-test-key-of-a-colleague-in-tests' })
    assert.equal(withoutIds(colleague.text), text)
    const stranger = await again(server, id, '', { key: 'sk-test-key-of-a-stranger-in-tests' })
    assert.equal(stranger.status, 404)
    assert.deepEqual(stranger.json, {
      error: { message: `Not found the stream ${id} or Permission denied`, type: 'resource_not_found_error' },
    })
    assert.equal((await again(server, id, '', { key: null })).status, 401)
  })
})

describe('a running stream', () => {
  it('that goes on without its client is stopped by its id, for its own organisation, and once', async () => {
    await using server = await open(KEYS)
    const id = await beginAndLeave(server, 'stuck', { 'x-moonbase-on-disconnect': 'detach' })
    const stop = (key: string): Promise<Response> =>
      fetch(`${server.url}/v1/streams/${id}`, { method: 'DELETE', headers: { authorization: `Bearer ${key}` } })
    assert.equal((await stop('sk-test-key-of-a-stranger-in-tests')).status, 404)
    const rest = again(server, id)
    assert.equal((await stop('sk-test-key-of-a-colleague-in-tests')).status, 204)
    const { text } = await rest
    assert.deepEqual(eventsOf(withoutIds(text)).at(-1), {
      error: { message: 'The client closed the request', type: 'client_closed_request' },
    })
    assert.ok(contentOf(text).startsWith('one ') && !text.includes('[DONE]'))
    assert.equal((await stop(TEST_KEY)).status, 204)
    assert.equal((await again(server, id)).text, text.replace(/^: waiting.*\n\n/, ''))
  })

  it('goes on for readers at any place, beside its own client', async () => {
    await using server = await open()
    const first = await chat(server, 'paused', { headers: { 'x-moonbase-event-ids': 'on' } })
    const id = idOf(first)
    const readers = ['', '?after=2', '?after=4', '?after=9'].map((query) => again(server, id, query))
    const text = await first.text()
    const { length: last } = idsOf(text)
    assert.equal(contentOf(text), TEXT)
    for (const [index, after] of [0, 2, 4, 9].entries()) {
      const reader = await readers[index]
      assert.deepEqual(idsOf(reader?.text ?? ''), upTo(last, after))
      assert.ok(text.endsWith((reader?.text ?? '').replace(/^: waiting.*\n\n/, '')))
    }
  })

  it('is cancelled when its client leaves: what was said is there, and an error instead of an end', async () => {
    await using server = await open()
    for (const headers of [{}, { 'x-moonbase-on-disconnect': 'cancel' }]) {
      const id = await beginAndLeave(server, 'stuck', headers)
      const rest = await again(server, id)
      assert.deepEqual(eventsOf(withoutIds(rest.text)).at(-1), {
        error: { message: 'The client closed the request', type: 'client_closed_request' },
      })
      assert.ok(contentOf(rest.text).startsWith('one '))
      assert.ok(!rest.text.includes('[DONE]'))
    }
  })

  it('goes on without its client when that asked for it, and waits to be fetched', async () => {
    await using server = await open()
    const id = await beginAndLeave(server, 'paused', { 'x-moonbase-on-disconnect': 'detach' })
    const running = await again(server, id)
    assert.equal(contentOf(running.text), TEXT)
    assert.ok(running.text.endsWith('data: [DONE]\n\n'))
    const finished = await again(server, id, '', { headers: { 'last-event-id': '3' } })
    assert.deepEqual(idsOf(finished.text), idsOf(running.text).slice(3))
  })

  it('keeps nobody waiting when the server stops', async () => {
    const server = await startServer({ scenarios: SCENARIOS, environment: { MOONBASE_SHUTDOWN_TIMEOUT: '0.05' } })
    const id = await beginAndLeave(server, 'stuck', { 'x-moonbase-on-disconnect': 'detach' })
    const reader = await fetch(`${server.url}/v1/streams/${id}`, { headers: { authorization: `Bearer ${TEST_KEY}` } })
    await server.close()
    const text = await reader.text()
    assert.match(text, /The server is shutting down/)
    assert.ok(!text.includes('[DONE]'))
  })
})

describe('what is refused', () => {
  it('a position that is no number, or beyond the end', async () => {
    await using server = await open()
    const first = await chat(server, 'quick', { headers: { 'x-moonbase-event-ids': 'on' } })
    const { length: last } = idsOf(await first.text())
    const id = idOf(first)
    const word = await again(server, id, '?after=two')
    assert.equal(word.status, 400)
    assert.deepEqual(word.json, {
      error: {
        message: 'Invalid request: after must be the number of an event, 0 or more',
        type: 'invalid_request_error',
      },
    })
    const beyond = await again(server, id, `?after=${last + 1}`)
    assert.equal(beyond.status, 416)
    assert.deepEqual(beyond.json, {
      error: {
        message: `Invalid request: event ${last + 1} is beyond the last event ${last} of the finished stream`,
        type: 'invalid_request_error',
      },
    })
  })

  it('a stream that nobody knows, and a policy that nobody knows', async () => {
    await using server = await open()
    assert.equal((await again(server, 'stream-00000000000040008000000000000000')).status, 404)
    const wrong = await chat(server, 'quick', { headers: { 'x-moonbase-on-disconnect': 'stay' } })
    assert.equal(wrong.status, 400)
    assert.match(await wrong.text(), /header x-moonbase-on-disconnect must be cancel or detach/)
    const whole = await chat(server, 'quick', { stream: false, headers: { 'x-moonbase-on-disconnect': 'detach' } })
    assert.equal(whole.status, 400)
  })

  it('nothing of a reply that is no stream: it has no id', async () => {
    await using server = await open()
    for (const reply of [await chat(server, 'quick', { stream: false }), await chat(server, 'dead')]) {
      assert.equal(reply.headers.get('x-moonbase-stream-id'), null)
      await reply.text()
    }
  })
})
