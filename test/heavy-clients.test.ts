/** Clients that send too much, too deep or too slowly, and the others that must not notice. */

import assert from 'node:assert/strict'
import { type Socket, connect } from 'node:net'
import { after, before, describe, it } from 'node:test'
import sharp from 'sharp'
import { call, eventsOf } from './support/call.ts'
import { once } from './support/eventually.ts'
import { TEST_KEY, type TestServer, startServer } from './support/start-server.ts'

const MEBIBYTE = 1024 * 1024
const chatHead = (length: number | 'chunked'): string =>
  `POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${TEST_KEY}\r\nContent-Type: application/json\r\n` +
  (length === 'chunked' ? 'Transfer-Encoding: chunked\r\n\r\n' : `Content-Length: ${length}\r\n\r\n`)

async function openSocket(url: string): Promise<Socket> {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  await once(socket, 'connect')
  return socket
}

/** Resolves when the socket takes more, or is gone. */
async function drained(socket: Socket): Promise<void> {
  const either = new AbortController()
  await Promise.race(['drain', 'close'].map((event) => once(socket, event, { signal: either.signal })))
  either.abort()
}

/** The status line and body of the first reply on a raw socket. */
async function firstReply(socket: Socket): Promise<string> {
  let text = ''
  for await (const piece of socket.setEncoding('utf8')) {
    text += piece
    if (/\r\n\r\n.*\}$/s.test(text)) break
  }
  return text
}

describe('a server with heavy clients', () => {
  let server: TestServer
  before(async () => {
    server = await startServer()
  })
  after(() => server.close())

  const chat = (body: unknown, { url }: TestServer = server) => call(`${url}/v1/chat/completions`, { body })
  const hello = { model: 'kimi-k2.5', messages: [{ role: 'user', content: 'Hello' }] }
  const serveOthers = async (of: TestServer = server): Promise<void> => {
    for (let round = 0; round < 20; round += 1) assert.equal((await chat(hello, of)).status, 200)
  }

  it('takes a body of just under 100 MB while it serves others', async () => {
    // A picture of one pixel with a long tail: its size is in its first bytes.
    const pixel = await sharp({ create: { width: 1, height: 1, channels: 3, background: 'red' } })
      .png()
      .toBuffer()
    const png = Buffer.concat([pixel, Buffer.alloc(70 * MEBIBYTE)])
    const url = `data:image/png;base64,${png.toString('base64')}`
    const messages = [{ role: 'user', content: [{ type: 'image_url', image_url: { url } }] }]
    const [large] = await Promise.all([chat({ model: 'kimi-k2.5', messages, max_tokens: 5 }), serveOthers()])
    assert.equal(large.status, 200, large.text.slice(0, 300))
  })

  it('refuses a body past 100 MB, declared or not', async () => {
    const declared = await openSocket(server.url)
    declared.write(chatHead(101 * MEBIBYTE))
    assert.match(await firstReply(declared), /^HTTP\/1\.1 413 .*Request exceeds the maximum size/s)
    declared.destroy()

    const chunked = await openSocket(server.url)
    const reply = firstReply(chunked)
    chunked.write(chatHead('chunked'))
    const piece = Buffer.concat([Buffer.from('100000\r\n'), Buffer.alloc(MEBIBYTE, 0x20), Buffer.from('\r\n')])
    for (let sent = 0; sent < 102 && !chunked.destroyed; sent += 1) {
      if (!chunked.write(piece)) await drained(chunked)
    }
    assert.match(await reply, /^HTTP\/1\.1 413 /)
    chunked.destroy()
    await serveOthers()
  })

  it('refuses JSON that is deep or full of values, at any size', async () => {
    const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth)
    const bombs = [
      nested(1000),
      nested(100_000),
      '['.repeat(20 * MEBIBYTE),
      `[${'{},'.repeat(8 * MEBIBYTE)}{}]`,
      JSON.stringify({ ...hello, tools: [] }).replace(
        '"tools":[]',
        `"tools":[{"type":"function","function":{"name":"deep","parameters":{"type":"object","properties":${'{"a":{"type":"object","properties":'.repeat(200)}{}${'}}'.repeat(200)}}}}]`,
      ),
    ]
    for (const bomb of bombs) {
      const [reply] = await Promise.all([chat(bomb), serveOthers()])
      assert.equal(reply.status, 400, `${bomb.slice(0, 60)} ${reply.text.slice(0, 200)}`)
    }
  })

  it('gives up a request whose body does not come, and serves others meanwhile', async () => {
    // Of its own: in so little time no large body arrives at a busy machine.
    await using impatient = await startServer({ config: 'limits: { body_timeout_ms: 2000 }' })
    const slow = await openSocket(impatient.url)
    slow.write(`${chatHead(1000)}{"model":`)
    await serveOthers(impatient)
    const text = await firstReply(slow)
    assert.match(text, /^HTTP\/1\.1 408 /)
    assert.match(text, /the request body did not arrive within 2 seconds/)
  })

  it('outlives a client that leaves in the middle of its body', async () => {
    for (let round = 0; round < 5; round += 1) {
      const leaving = await openSocket(server.url)
      leaving.write(`${chatHead(1000)}{"model":`)
      await serveOthers()
      leaving.resetAndDestroy()
    }
    await serveOthers()
  })

  it('holds no more than a socket does for a client that does not read, and serves others meanwhile', async () => {
    const lazy = await openSocket(server.url)
    const body = JSON.stringify({
      model: 'kimi-k2.5',
      thinking: { type: 'disabled' },
      stream: true,
      messages: [{ role: 'user', content: `Repeat after me: ${'moon '.repeat(20_000)}` }],
    })
    lazy.write(chatHead(Buffer.byteLength(body)) + body)
    await serveOthers()
    lazy.destroy()
    const reply = await chat({ ...hello, stream: true })
    assert.equal(eventsOf(reply.text).at(-1), '[DONE]')
  })
})
