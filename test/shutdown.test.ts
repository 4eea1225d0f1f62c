/** Stopping: running answers finish if they can, and are told so if they cannot. */

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { call, eventsOf } from './support/call.ts'
import { eventually } from './support/eventually.ts'
import { TEST_KEY, startServer } from './support/start-server.ts'

const SCENARIOS = `
version: 1
scenarios:
  - { name: silent, match: { last_user: please-hang }, reply: { text: one two three, chunk_size: 4, fault: { silence_after_chunks: 1 } } }
`

/** Opens a request and resolves when its first bytes have come, with the rest of its text. */
async function open(url: string, content: string, stream: boolean) {
  const response = await fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${TEST_KEY}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      model: 'kimi-k2.5',
      thinking: { type: 'disabled' },
      stream,
      messages: [{ role: 'user', content }],
    }),
  })
  return { status: response.status, rest: response.text() }
}

describe('a stopping server', () => {
  it('ends a stream that does not finish in time with an error in the stream, and no [DONE]', async () => {
    const server = await startServer({ scenarios: SCENARIOS, environment: { MOONBASE_SHUTDOWN_TIMEOUT: '0.05' } })
    const stream = await open(server.url, 'please-hang', true)
    await server.close()
    const events = eventsOf(await stream.rest)
    assert.deepEqual(events.at(-1), {
      error: { message: 'The server is shutting down, please try again', type: 'server_unavailable' },
    })
    assert.ok(!events.includes('[DONE]'))
  })

  it('answers a whole request that does not finish in time with a 503', async () => {
    const server = await startServer({ scenarios: SCENARIOS, environment: { MOONBASE_SHUTDOWN_TIMEOUT: '0.05' } })
    const whole = open(server.url, 'please-hang', false)
    const stream = await open(server.url, 'please-hang', true)
    const metrics = async (): Promise<string> =>
      (await call(`${server.url}/metrics`, { key: 'sk-test-admin-key' })).text
    // Nobody can see from outside that the whole one is under way, and it may come last: it, the stream, and this look.
    await eventually(metrics, (page) => page.includes('\nmoonbase_requests_running 3\n'))
    await server.close()
    const reply = await whole
    assert.equal(reply.status, 503)
    assert.match(await reply.rest, /shutting down/)
    assert.match(await stream.rest, /shutting down/)
  })

  it('lets a running stream finish', async () => {
    const server = await startServer({
      scenarios: `
version: 1
scenarios:
  - { name: slow, match: { last_user: please-wait }, reply: { text: one two three, chunk_size: 4, pace: { per_chunk_ms: 30 } } }
`,
    })
    const stream = await open(server.url, 'please-wait', true)
    await server.close()
    const events = eventsOf(await stream.rest)
    assert.equal(events.at(-1), '[DONE]')
    await assert.rejects(call(`${server.url}/health`))
  })

  it('is live and ready before', async () => {
    await using server = await startServer()
    const health = await call(`${server.url}/health`, { key: null })
    assert.deepEqual([health.status, health.json], [200, { status: 'ok' }])
    const ready = await call(`${server.url}/ready`, { key: null })
    assert.deepEqual([ready.status, ready.json], [200, { status: 'ready' }])
  })
})
