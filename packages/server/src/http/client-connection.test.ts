import assert from 'node:assert/strict'
import type { Socket } from 'node:net'
import { PassThrough } from 'node:stream'
import { describe, it } from 'node:test'
import { once } from '../../../../test/support/eventually.ts'
import { ClientConnection } from './client-connection.ts'
import type { Exchange } from './exchange.ts'
import { openEvents } from './open-events.ts'
import { headOf, serveExchanges } from './testing/serve-exchanges.ts'

const TEXT = 'text/plain'
const KEPT = headOf('GET', '/one').replace('close', 'keep-alive')
const POST = 'POST /one HTTP/1.1\r\nHost: here\r\n'

/** An exchange that waits until the test says more. */
async function waiting() {
  const came: Exchange[] = []
  let arrived = Promise.withResolvers<void>()
  const served = await serveExchanges((exchange) => {
    came.push(exchange)
    arrived.resolve()
  })
  return {
    served,
    /** The next exchange that comes. */
    async next(): Promise<Exchange> {
      if (came.length === 0) await arrived.promise
      arrived = Promise.withResolvers()
      const exchange = came.shift()
      assert.ok(exchange)
      return exchange
    },
    [Symbol.asyncDispose]: () => served.server.close(),
  }
}

async function allOf(socket: Socket): Promise<string> {
  let text = ''
  socket.setEncoding('utf8').on('data', (piece: string) => (text += piece))
  await once(socket, 'close')
  return text
}

const withoutProbes = (text: string): string =>
  text.replaceAll('HTTP/1.1 100 Continue\r\n\r\n', '').replaceAll(':\n\n', '')

describe('a client that closes its half behind a whole request', () => {
  it('is answered, and the connection is closed behind the reply', async () => {
    await using server = await waiting()
    const socket = server.served.say(`${POST}Content-Length: 3\r\n\r\nabc`)
    socket.end()
    const reply = allOf(socket)
    const exchange = await server.next()
    assert.equal(Buffer.from(await exchange.readBody()).toString(), 'abc')
    await once(socket, 'data')
    assert.equal(exchange.signal.aborted, false)
    exchange.send(200, TEXT, 'here you are')
    assert.match(withoutProbes(await reply), /^HTTP\/1\.1 200 OK\r\n[^]*here you are$/)
  })

  it('has all of its stream', async () => {
    await using server = await waiting()
    const socket = server.served.say(KEPT)
    const reply = allOf(socket)
    const exchange = await server.next()
    const sink = openEvents(exchange)
    sink.write('data: a\n\n')
    await once(socket, 'data')
    socket.end()
    // A comment, which means nothing, asks whether it is there.
    await once(socket, 'data')
    assert.equal(exchange.signal.aborted, false)
    sink.write('data: b\n\n')
    sink.end()
    assert.match(withoutProbes((await reply).replaceAll(/\r\n[0-9a-f]+\r\n/g, '')), /data: a\n\n[^]*data: b\n\n/)
  })

  it('has all of its replies, where it sent several requests', async () => {
    await using server = await waiting()
    const socket = server.served.say(KEPT + KEPT.replace('one', 'two'))
    socket.end()
    const reply = allOf(socket)
    const one = await server.next()
    const two = await server.next()
    two.send(200, TEXT, 'second')
    one.send(200, TEXT, 'first')
    assert.match(withoutProbes(await reply), /^HTTP\/1\.1 200 OK[^]*first[^]*HTTP\/1\.1 200 OK[^]*second$/)
  })

  it('is gone where it has left altogether: whoever answers hears of it', async () => {
    for (const isStream of [false, true]) {
      await using server = await waiting()
      const socket = server.served.say(KEPT)
      const exchange = await server.next()
      const gone = once(exchange.signal, 'abort')
      if (isStream) {
        openEvents(exchange).write('data: a\n\n')
        await once(socket, 'data')
      }
      // Its half is closed, and nobody reads the other one.
      socket.destroy()
      await gone
    }
  })

  it('is taken for gone where its HTTP is too old to be asked', async () => {
    await using server = await waiting()
    const socket = server.served.say('GET / HTTP/1.0\r\n\r\n')
    const exchange = await server.next()
    const gone = once(exchange.signal, 'abort')
    socket.end()
    await gone
  })
})

describe('what is no HTTP', () => {
  it('behind whole requests is refused behind their replies', async () => {
    await using server = await waiting()
    const socket = server.served.say(`${KEPT}${KEPT}what is this?\r\n\r\n`)
    const reply = allOf(socket)
    const one = await server.next()
    const two = await server.next()
    two.send(200, TEXT, 'second')
    one.send(200, TEXT, 'first')
    assert.match(
      await reply,
      /^HTTP\/1\.1 200 OK[^]*first[^]*HTTP\/1\.1 200 OK[^]*second[^]*HTTP\/1\.1 400 Bad Request[^]*no: invalid_request é$/,
    )
  })

  it('in the middle of a request is refused in the place of its reply', async () => {
    await using server = await waiting()
    const socket = server.served.say(`${POST}Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n`)
    const reply = allOf(socket)
    const exchange = await server.next()
    const body = assert.rejects(exchange.readBody(), { code: 'client_closed' })
    socket.write('no length\r\n')
    assert.match(await reply, /^HTTP\/1\.1 400 Bad Request[^]*no: invalid_request é$/)
    await body
  })

  it('in the middle of a request whose reply has begun breaks the connection', async () => {
    await using server = await waiting()
    const socket = server.served.say(`${POST}Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n`)
    const reply = allOf(socket)
    const exchange = await server.next()
    exchange.open(200, TEXT).write('half')
    await once(socket, 'data')
    socket.write('no length\r\n')
    assert.doesNotMatch(await reply, /\r\n0\r\n|no: invalid_request/)
  })
})

describe('what is no request behind two that are', () => {
  it('is refused when both are answered, and not before', () => {
    // It is asked only whether it can be written to.
    const connection = new ClientConnection(new PassThrough() as unknown as Socket, '')
    const [first, second] = [0, 1].map(() => ({ isWhole: true, reply: 'none' as const, probe: () => false }))
    assert.ok(first !== undefined && second !== undefined)
    connection.add(first)
    connection.add(second)
    let refused = 0
    connection.broken(() => (refused += 1))
    connection.remove(first)
    assert.equal(refused, 0)
    connection.remove(second)
    assert.equal(refused, 1)
  })
})
