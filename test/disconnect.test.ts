/** A client that leaves: the engine behind the server is stopped, in a stream and in a whole reply. */

import assert from 'node:assert/strict'
import { type IncomingMessage, type ServerResponse, createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, it } from 'node:test'
import { once } from './support/eventually.ts'
import { TEST_KEY, startServer } from './support/start-server.ts'

const CHUNK = `data: ${JSON.stringify({ model: 'm', choices: [{ index: 0, delta: { role: 'assistant', content: 'one ' }, finish_reason: null }] })}\n\n`

/** An upstream that begins an answer and never ends it. `next` resolves to the next request's response. */
async function endlessUpstream() {
  const waiting: ((response: ServerResponse) => void)[] = []
  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    request.resume().once('end', () => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.write(CHUNK)
      waiting.shift()?.(response)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    next: () => new Promise<ServerResponse>((resolve) => waiting.push(resolve)),
    close: () => {
      server.closeAllConnections()
      server.close()
    },
  }
}

describe('a client that leaves', () => {
  for (const stream of [true, false]) {
    it(`stops the engine (${stream ? 'streamed' : 'whole'})`, async () => {
      const upstream = await endlessUpstream()
      const server = await startServer({ environment: { MOONBASE_UPSTREAM: upstream.url } })
      const client = new AbortController()
      const asked = upstream.next()
      const reply = fetch(`${server.url}/v1/chat/completions`, {
        method: 'POST',
        signal: client.signal,
        headers: { authorization: `Bearer ${TEST_KEY}`, 'content-type': 'application/json' },
        body: JSON.stringify({ model: 'kimi-k2.5', stream, messages: [{ role: 'user', content: 'Hi' }] }),
      })
      const response = await asked
      if (stream) await (await reply).body?.getReader().read()
      const closed = once(response, 'close')
      const left = stream ? undefined : assert.rejects(reply)
      client.abort()
      await closed
      assert.equal(response.writableFinished, false)
      await left
      await server.close()
      upstream.close()
    })
  }
})
