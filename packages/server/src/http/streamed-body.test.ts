import assert from 'node:assert/strict'
import { type IncomingMessage, createServer, request as ask } from 'node:http'
import type { AddressInfo } from 'node:net'
import { PassThrough } from 'node:stream'
import { describe, it } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { ApiError } from '@moonbase/protocol'
import { once } from '../../../../test/support/eventually.ts'
import { BodyShares } from './body-shares.ts'
import { MOST_IN_HAND_BYTES, StreamedBody } from './streamed-body.ts'

const MEBIBYTE = 1024 * 1024
const GIBIBYTE = 1024 * MEBIBYTE
const roomFor = (bytes: number) => new BodyShares({ bytes, bytesPerSecond: 0 })
const is = (code: string) => (error: unknown) => error instanceof ApiError && error.code === code

function incoming(headers: Record<string, string> = {}) {
  const stream = new PassThrough()
  return { stream, request: Object.assign(stream, { headers }) as unknown as IncomingMessage }
}

async function textOf(body: AsyncIterable<Uint8Array>): Promise<string> {
  let text = ''
  for await (const piece of body) text += Buffer.from(piece).toString()
  return text
}

describe('a body that is read piece by piece', () => {
  it('comes as it was sent, and takes of the common budget while it comes', async () => {
    const bodies = roomFor(GIBIBYTE)
    const { stream, request } = incoming()
    const body = new StreamedBody(request, 100, bodies, 'a')
    assert.equal(bodies.bytes, 0, 'nothing before the first look')
    const first = body.next()
    assert.equal(bodies.bytes, MOST_IN_HAND_BYTES)
    stream.write('one ')
    assert.equal(Buffer.from((await first).value ?? '').toString(), 'one ')
    stream.end('two')
    assert.equal(await textOf(body), 'two')
    assert.equal(bodies.bytes, 0)
    assert.deepEqual(await body.next(), { done: true, value: undefined })
  })

  it('takes no more of the budget than the client announced', async () => {
    const bodies = roomFor(GIBIBYTE)
    const { stream, request } = incoming({ 'content-length': '6' })
    const body = new StreamedBody(request, 6, bodies, 'a')
    const first = body.next()
    assert.equal(bodies.bytes, 6)
    stream.end('123456')
    assert.equal((await first).value?.length, 6)
    assert.equal((await body.next()).done, true)
  })

  it('is nothing where there is none', async () => {
    const { stream, request } = incoming()
    const body = textOf(new StreamedBody(request, 0, roomFor(GIBIBYTE), 'a'))
    stream.end()
    assert.equal(await body, '')
  })

  it('is refused before a byte of it when it was announced as too large, and dropped', async () => {
    const bodies = roomFor(GIBIBYTE)
    const { stream, request } = incoming({ 'content-length': '7' })
    const body = new StreamedBody(request, 6, bodies, 'a')
    await assert.rejects(body.next(), is('body_too_large'))
    stream.end('1234567')
    await once(stream, 'end')
    assert.equal(bodies.bytes, 0)
  })

  it('is refused at the byte past its limit, each time it is asked for, and the rest is dropped', async () => {
    const bodies = roomFor(GIBIBYTE)
    const { stream, request } = incoming()
    const body = new StreamedBody(request, 5, bodies, 'a')
    stream.write('12345')
    assert.equal((await body.next()).value?.length, 5)
    stream.write('6')
    await assert.rejects(body.next(), is('body_too_large'))
    await assert.rejects(body.next(), is('body_too_large'), 'what failed is never a whole body')
    assert.equal(bodies.bytes, 0)
    for (let left = 100; left > 0; left -= 1) stream.write(Buffer.alloc(10_000))
    stream.end()
    await once(stream, 'end')
  })

  it('is refused when its owner, or all bodies together, would have more than there is', async () => {
    const bodies = roomFor(4 * MOST_IN_HAND_BYTES)
    const { stream, request } = incoming()
    const one = new StreamedBody(incoming().request, GIBIBYTE, bodies, 'a')
    const held = [one.next(), new StreamedBody(incoming().request, GIBIBYTE, bodies, 'b').next()]
    const more = Array.from({ length: 2 }, () => new StreamedBody(incoming().request, GIBIBYTE, bodies, 'a'))
    for (const body of more) held.push(body.next())
    await assert.rejects(new StreamedBody(incoming().request, GIBIBYTE, bodies, 'a').next(), {
      code: 'share_limit',
      retryAfterMs: 1000,
    })
    const another = new StreamedBody(request, 5, bodies, 'c').next()
    await assert.rejects(another, { code: 'share_limit', retryAfterMs: 1000 })
    assert.equal(bodies.bytes, 4 * MOST_IN_HAND_BYTES)
    stream.end('x')
    await once(stream, 'end')
    const gone = Promise.allSettled(held)
    for (const body of [one, ...more]) body.abandon()
    assert.equal(bodies.bytes, MOST_IN_HAND_BYTES)
    void gone
  })

  it('fails when the client goes, whether a piece is waited for or not', async () => {
    const bodies = roomFor(GIBIBYTE)
    const waiting = new StreamedBody(incoming().request, 100, bodies, 'a')
    const piece = waiting.next()
    waiting.abandon()
    await assert.rejects(piece, is('client_closed'))
    const { stream, request } = incoming()
    const busy = new StreamedBody(request, 100, bodies, 'a')
    stream.write('one')
    await busy.next()
    busy.abandon()
    assert.equal(bodies.bytes, 0)
    stream.write('two')
    await assert.rejects(busy.next(), is('client_closed'))
    const unread = new StreamedBody(incoming().request, 100, bodies, 'a')
    unread.abandon()
    await assert.rejects(unread.next(), is('client_closed'))
  })

  it('drops the rest when its consumer stops early, waiting or not', async () => {
    const bodies = roomFor(GIBIBYTE)
    const { stream, request } = incoming()
    stream.write('one')
    for await (const piece of new StreamedBody(request, 10_000_000, bodies, 'a')) {
      assert.equal(Buffer.from(piece).toString(), 'one')
      break
    }
    assert.equal(bodies.bytes, 0)
    for (let left = 100; left > 0; left -= 1) stream.write(Buffer.alloc(10_000))
    stream.end()
    await once(stream, 'end')
    const waiting = new StreamedBody(incoming().request, 100, bodies, 'a')
    const piece = waiting.next()
    await waiting.return()
    assert.equal((await piece).done, true)
    waiting.abandon()
    assert.equal((await waiting.next()).done, true)
    assert.equal(bodies.bytes, 0)
  })

  it('is read once, and one piece after the other', async () => {
    const { stream, request } = incoming()
    const body = new StreamedBody(request, 100, roomFor(GIBIBYTE), 'a')
    const first = body.next()
    await assert.rejects(body.next(), /one by one/)
    stream.end('one')
    assert.equal((await first).value?.length, 3)
    assert.equal(await textOf(body), '')
    await assert.rejects(textOf(body), /read once/)
  })

  it('goes through in constant memory, however slow its consumer is', async () => {
    const bodies = roomFor(GIBIBYTE)
    const total = 200 * MEBIBYTE
    let taken = 0
    let held = 0
    let pieces = 0
    const server = createServer((request, response) => {
      const pass = async (): Promise<void> => {
        const head = 1024
        for await (const piece of new StreamedBody(request, total, bodies, 'a')) {
          // Time for whatever wants to come on.
          for (let turns = 4; turns > 0; turns -= 1) await setImmediate()
          assert.equal(bodies.bytes, MOST_IN_HAND_BYTES)
          // All that the process took from the system, less what went through.
          held = Math.max(held, request.socket.bytesRead - taken - head)
          taken += piece.length
          pieces += 1
        }
        response.end(String(taken))
      }
      void pass()
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    const upload = ask({ port, method: 'PUT', headers: { 'content-length': total } })
    const answered = once(upload, 'response')
    const block = Buffer.alloc(MEBIBYTE, 'x')
    let stops = 0
    for (let sent = 0; sent < total; sent += block.length) {
      if (upload.write(block)) continue
      stops += 1
      await once(upload, 'drain')
    }
    upload.end()
    const [response] = (await answered) as [IncomingMessage]
    response.resume()
    await once(response, 'end')
    server.close()
    assert.equal(taken, total)
    assert.equal(bodies.bytes, 0)
    assert.ok(held <= MOST_IN_HAND_BYTES, `${held} bytes were here at once`)
    assert.ok(held > MOST_IN_HAND_BYTES / 8, `the consumer was slow: ${held} bytes at once, ${pieces} pieces`)
    assert.ok(stops > 0, 'the client had to wait')
  })
})
