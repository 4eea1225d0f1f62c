/** What the transport does with connections, against bare sockets that say exactly what is written here. */

import assert from 'node:assert/strict'
import { type AddressInfo, type Server, type Socket, createServer } from 'node:net'
import {
  type TLSSocket,
  createServer as createSecureServer,
  getCACertificates,
  setDefaultCACertificates,
} from 'node:tls'
import { describe, it } from 'node:test'
import { type Transport, TransportError, type TransportRequest } from '@moonbase/core/engines/openai-compatible'
import { eventually, once } from '../../../../../test/support/eventually.ts'
import { seededRandom } from '../../../../../test/support/every-split.ts'
import { LOOPBACK_CERTIFICATE, LOOPBACK_KEY } from '../../../../../test/support/loopback-certificate.ts'
import { type HttpTransportOptions, httpTransport } from './http-transport.ts'

const NEVER = new AbortController().signal
const OK = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok'

type Script = (socket: Socket, count: number, received: Buffer) => void

interface At extends AsyncDisposable {
  readonly port: number
  readonly transport: Transport
  readonly sockets: readonly Socket[]
}

/** Calls `script` for each request with an empty line in it, and its number; one write of a request is one read here. */
async function open(script: Script, options: HttpTransportOptions = {}, server = createServer()): Promise<At> {
  const sockets: Socket[] = []
  let count = 0
  const serve = (socket: Socket): void => {
    sockets.push(socket)
    socket.on('error', () => socket.destroy())
    socket.on('data', (bytes: Buffer) => {
      if (!bytes.includes('\r\n\r\n')) return
      script(socket, count, bytes)
      count += 1
    })
  }
  server.on('secureConnection', serve)
  if (!('setSecureContext' in server)) server.on('connection', serve)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const transport = httpTransport(options)
  return {
    port: portOf(server),
    transport,
    sockets,
    async [Symbol.asyncDispose]() {
      await transport.close()
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port
}

function request(at: At, more: Partial<TransportRequest> = {}): TransportRequest {
  const url = `http://127.0.0.1:${at.port}/x`
  return { url, headers: {}, signal: NEVER, headersTimeoutMs: 60_000, bodyTimeoutMs: 60_000, ...more }
}

async function textOf(asked: ReturnType<Transport['get']>): Promise<string> {
  const parts: Uint8Array[] = []
  for await (const part of (await asked).body) parts.push(part)
  return Buffer.concat(parts).toString('utf8')
}

function turn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve)
  })
}

const fails = (kind: string) => (error: unknown) => {
  assert.ok(error instanceof TransportError, String(error))
  assert.equal(error.kind, kind, error.message)
  return true
}

/** Asks twice, and tells how many connections that took. */
async function connectionsFor(first: string, options: HttpTransportOptions = {}, between = turn): Promise<number> {
  await using at = await open((socket, count) => socket.write(count === 0 ? first : OK), options)
  await textOf(at.transport.get(request(at)))
  await between()
  assert.equal(await textOf(at.transport.get(request(at))), 'ok')
  return at.sockets.length
}

describe('a connection', () => {
  it('leaves nothing behind when the transport is closed', async () => {
    const held = (): string[] => process.getActiveResourcesInfo().filter((name) => /TCP|TLS|Timeout/.test(name))
    const before = held()
    {
      await using at = await open((socket, count) => (count < 3 ? socket.write(OK) : undefined))
      for (let count = 0; count < 3; count += 1) await textOf(at.transport.get(request(at)))
      const pending = [0, 1, 2].map(() => assert.rejects(at.transport.get(request(at)), fails('reset')))
      await turn()
      await turn()
      await at.transport.close()
      await Promise.all(pending)
    }
    // A closed handle is on the list until the loop has come round.
    await eventually(held, ({ length }) => length <= before.length)
    assert.deepEqual(held(), before)
  })

  it('serves the next request behind a reply that was clean', async () => {
    assert.equal(await connectionsFor(OK), 1)
    assert.equal(await connectionsFor('HTTP/1.1 204 No Content\r\n\r\n'), 1)
  })

  it('is given up behind a reply that says so, that is old, or that others followed', async () => {
    const replies = [
      'HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 2\r\n\r\nok',
      'HTTP/1.0 200 OK\r\ncontent-length: 2\r\n\r\nok',
      'HTTP/1.1 200 OK\r\nkeep-alive: timeout=1\r\ncontent-length: 2\r\n\r\nok',
      `${OK}HTTP/1.1 200 OK\r\ncontent-length: 8\r\n\r\npoisoned`,
      'HTTP/1.1 204 No Content\r\ncontent-length: 2\r\n\r\n',
    ]
    for (const reply of replies) assert.equal(await connectionsFor(reply), 2, reply)
  })

  it('is closed by bytes that nobody asked for', async () => {
    await using at = await open((socket) => socket.write(OK))
    assert.equal(await textOf(at.transport.get(request(at))), 'ok')
    const [idle] = at.sockets
    assert.ok(idle !== undefined)
    const closed = once(idle, 'close')
    idle.write('HTTP/1.1 200 OK\r\ncontent-length: 8\r\n\r\npoisoned')
    await closed
    assert.equal(await textOf(at.transport.get(request(at))), 'ok')
    assert.equal(at.sockets.length, 2)
  })

  it('is not used once it was idle for too long, and a hint of the other side counts instead of our own time', async () => {
    const hinted = 'HTTP/1.1 200 OK\r\nkeep-alive: timeout=10\r\ncontent-length: 2\r\n\r\nok'
    const counts: number[] = []
    for (const [reply, idleMs] of [
      [OK, 3900],
      [OK, 4100],
      [hinted, 7900],
      [hinted, 8100],
    ] as const) {
      let now = 0
      const pass = async (): Promise<void> => {
        await turn()
        now += idleMs
      }
      counts.push(await connectionsFor(reply, { now: () => now }, pass))
    }
    assert.deepEqual(counts, [1, 2, 1, 2])
  })

  it('is given up when the reply came before the request was sent', async () => {
    await using at = await open((socket, count) => {
      if (count === 0) socket.pause().write(OK)
      else socket.write(OK)
    })
    const body = 'x'.repeat(32 * 1024 * 1024)
    assert.equal(await textOf(at.transport.post({ ...request(at), body })), 'ok')
    assert.equal(await textOf(at.transport.get(request(at))), 'ok')
    assert.equal(at.sockets.length, 2)
  })

  it('sends bodies of every size and script whole', async () => {
    const long = Array.from({ length: 300 }, (_, index) => `${index} 世界`.repeat(50))
    for (const body of ['', 'ascii', 'мир 世界 😀', 'x'.repeat(100_000), '世'.repeat(100_000), ['a', 'б'], long]) {
      let received: Buffer = Buffer.alloc(0)
      const done = Promise.withResolvers<Socket>()
      await using at = await open((socket, _count, bytes) => {
        received = bytes
        const take = (): void => {
          const start = received.indexOf('\r\n\r\n') + 4
          const length = Number(/content-length: (\d+)/.exec(received.toString('latin1'))?.[1])
          if (received.length >= start + length) done.resolve(socket)
        }
        socket.on('data', (more: Buffer) => {
          if (more !== bytes) received = Buffer.concat([received, more])
          take()
        })
        take()
      })
      const asked = textOf(at.transport.post({ ...request(at), body }))
      ;(await done.promise).write(OK)
      assert.equal(await asked, 'ok')
      assert.ok(received.subarray(received.indexOf('\r\n\r\n') + 4).toString('utf8') === [body].flat().join(''))
    }
  })

  it('is not opened for headers that can not be sent', async () => {
    await using at = await open((socket) => socket.write(OK))
    const poisoned = request(at, { headers: { x: 'a\r\n\r\nGET /other HTTP/1.1' } })
    await assert.rejects(at.transport.get(poisoned), fails('connect'))
    assert.equal(at.sockets.length, 0)
  })

  it('that dies unanswered is not asked again: nobody knows what became of the request', async () => {
    await using at = await open((socket, count) => (count === 0 ? socket.write(OK) : socket.destroy()))
    assert.equal(await textOf(at.transport.get(request(at))), 'ok')
    await assert.rejects(at.transport.get(request(at)), fails('reset'))
    assert.equal(at.sockets.length, 1)
  })

  it('that the other side has closed is replaced before anything is sent', async () => {
    await using at = await open((socket) => socket.write(OK))
    assert.equal(await textOf(at.transport.get(request(at))), 'ok')
    const [idle] = at.sockets
    assert.ok(idle !== undefined)
    idle.end()
    await once(idle, 'close')
    await turn()
    assert.equal(await textOf(at.transport.get(request(at))), 'ok')
    assert.equal(at.sockets.length, 2)
  })

  it('that is found closed, or talking out of turn, before the request has left is replaced too', async () => {
    for (const say of ['', 'HTTP/1.1 200 OK\r\ncontent-length: 8\r\n\r\npoisoned']) {
      await using at = await open((socket) => socket.write(OK))
      assert.equal(await textOf(at.transport.get(request(at))), 'ok')
      // Behind a turn, the sockets are read once more before requests leave.
      await turn()
      at.sockets[0]?.end(say)
      assert.equal(await textOf(at.transport.get(request(at))), 'ok')
      assert.equal(at.sockets.length, 2)
    }
  })

  it('whose other side talks before it was asked is no upstream, and is tried once', async () => {
    const talker = createServer((socket) =>
      socket
        .resume()
        .on('error', () => socket.destroy())
        .write('SSH-2.0-x\r\n'),
    )
    talker.listen(0, '127.0.0.1')
    await once(talker, 'listening')
    await using at = await open(() => undefined)
    const url = `http://127.0.0.1:${portOf(talker)}/`
    await assert.rejects(at.transport.get(request(at, { url })), fails('malformed'))
    await at.transport.close()
    talker.close()
    await once(talker, 'close')
  })

  it('that is not made in time is a failed one', async () => {
    // Somebody listens, and never says what TLS begins with.
    await using at = await open(() => undefined, { connectTimeoutMs: 1 })
    const url = `https://127.0.0.1:${at.port}/`
    const late = (error: unknown): boolean => fails('connect')(error) && /no connection within 1 ms/.test(String(error))
    await assert.rejects(at.transport.get(request(at, { url })), late)
  })

  it('is made to a name, and to an address of six, as to any other', async () => {
    await using at = await open((socket) => socket.write(OK))
    const six = createServer((socket) => socket.on('data', () => socket.write(OK)).on('error', () => socket.destroy()))
    six.listen(0, '::1')
    await once(six, 'listening')
    assert.equal(await textOf(at.transport.get(request(at, { url: `http://localhost:${at.port}/` }))), 'ok')
    assert.equal(await textOf(at.transport.get(request(at, { url: `http://[::1]:${portOf(six)}/` }))), 'ok')
    await at.transport.close()
    six.close()
    await once(six, 'close')
  })
})

describe('a connection over TLS', () => {
  const secure = (): Server =>
    createSecureServer({ cert: LOOPBACK_CERTIFICATE, key: LOOPBACK_KEY, ALPNProtocols: ['http/1.1'] })

  it('is refused where nobody vouches for the other side', async () => {
    await using at = await open((socket) => socket.write(OK), {}, secure())
    await assert.rejects(at.transport.get(request(at, { url: `https://localhost:${at.port}/` })), fails('connect'))
  })

  it('says whom it wants and what it speaks, serves the next request, and fails when it is cut', async () => {
    const before = getCACertificates('default')
    setDefaultCACertificates([...before, LOOPBACK_CERTIFICATE])
    try {
      await using at = await open(
        (socket, count) => {
          if (count === 2) socket.end('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nok')
          else socket.write(OK)
        },
        {},
        secure(),
      )
      const url = `https://localhost:${at.port}/`
      assert.equal(await textOf(at.transport.get(request(at, { url }))), 'ok')
      assert.equal(await textOf(at.transport.get(request(at, { url }))), 'ok')
      const [socket] = at.sockets as readonly TLSSocket[]
      assert.equal(at.sockets.length, 1)
      assert.equal(socket?.alpnProtocol, 'http/1.1')
      assert.equal((socket as TLSSocket & { servername?: unknown }).servername, 'localhost')
      await assert.rejects(textOf(at.transport.get(request(at, { url }))), fails('reset'))
      assert.equal(await textOf(at.transport.get(request(at, { url: `https://127.0.0.1:${at.port}/` }))), 'ok')
    } finally {
      setDefaultCACertificates(before)
    }
  })
})

it('ends every request and takes nothing cut for whole, however broken the replies are', async () => {
  const seed = Number(process.env['MOONBASE_FUZZ_SEED'] ?? 20_261_128)
  const random = seededRandom(seed)
  const text = 'the whole text of a reply'
  const chunked = text.replaceAll(/./g, '1;x=$&\r\n$&\r\n')
  const replies = [
    `HTTP/1.1 200 OK\r\ncontent-length: ${text.length}\r\n\r\n${text}`,
    `HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n${chunked}0\r\nx: y\r\n\r\n`,
    `HTTP/1.1 103 Hints\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: ${text.length}\r\n\r\n${text}`,
  ]
  await using at = await open((socket) => {
    const reply = Buffer.from(replies[Math.floor(random() * replies.length)] ?? '')
    const cut = Math.floor(random() * (reply.length + 1))
    const first = reply.subarray(0, cut)
    const garbage = Buffer.from([Math.floor(random() * 256)])
    socket.write(first)
    switch (Math.floor(random() * 5)) {
      case 0:
        return void socket.write(reply.subarray(cut))
      case 1:
        return void socket.end()
      case 2:
        return void setImmediate(() => socket.resetAndDestroy())
      case 3:
        return void setImmediate(() => socket.end(garbage))
      default:
        return void setImmediate(() => socket.write(reply.subarray(cut)))
    }
  })
  let whole = 0
  for (let round = 0; round < 600; round += 1) {
    const stop = new AbortController()
    const asked = textOf(at.transport.get(request(at, { signal: stop.signal })))
    if (random() < 0.1) void turn().then(() => stop.abort())
    try {
      // Every framing here says where it ends; one byte of the text may have become another one.
      assert.equal((await asked).length, text.length, `seed ${seed}, round ${round}`)
      whole += 1
    } catch (error) {
      assert.ok(error instanceof TransportError, `seed ${seed}, round ${round}: ${String(error)}`)
    }
  }
  assert.ok(whole > 120, `only ${whole} came whole`)
})
