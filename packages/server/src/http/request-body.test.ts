import assert from 'node:assert/strict'
import type { IncomingMessage } from 'node:http'
import { PassThrough } from 'node:stream'
import { describe, it } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { BodyShares } from './body-shares.ts'
import { RequestBody } from './request-body.ts'

function incoming(headers: Record<string, string> = {}) {
  const stream = new PassThrough()
  return { stream, request: Object.assign(stream, { headers }) as unknown as IncomingMessage }
}

const roomFor = (bytes: number) => new BodyShares({ bytes, bytesPerSecond: 10 })

describe('RequestBody', () => {
  it('joins the pieces, and holds what it took until its exchange is over', async () => {
    const bodies = roomFor(1000)
    const { stream, request } = incoming()
    const body = new RequestBody(request, 100, bodies, 'a')
    const read = body.read()
    stream.write('one ')
    stream.end('two')
    assert.equal(Buffer.from(await read).toString(), 'one two')
    assert.equal(bodies.bytes, 7)
    body.abandon()
    body.abandon()
    assert.equal(bodies.bytes, 0)
  })

  it('is a block of its own when it is large, announced or not', async () => {
    for (const headers of [{}, { 'content-length': String(20 * 64 * 1024) }] as const) {
      const { stream, request } = incoming({ ...headers })
      const read = new RequestBody(request, 5_000_000, roomFor(10_000_000), 'a').read()
      for (let piece = 0; piece < 20; piece += 1) stream.write(Buffer.alloc(64 * 1024, 0x61 + piece))
      stream.end()
      const whole = await read
      assert.deepEqual([whole.length, whole.buffer.byteLength], [20 * 64 * 1024, 20 * 64 * 1024])
      for (let piece = 0; piece < 20; piece += 1) assert.equal(whole[(piece + 1) * 64 * 1024 - 1], 0x61 + piece)
    }
  })

  it('is refused by what it announces, where its owner has no room for that, and nothing more of it is read', async () => {
    const bodies = roomFor(1000)
    const first = new RequestBody(incoming().request, 1000, bodies, 'a')
    void first.read()
    bodies.open('a', { fail: () => undefined }).take(300)
    const { stream, request } = incoming({ 'content-length': '451' })
    const second = new RequestBody(request, 1000, bodies, 'a')
    await assert.rejects(second.read(), { code: 'share_limit', status: 429 })
    assert.deepEqual([second.isLeft, stream.isPaused()], [true, true])
    const another = new RequestBody(incoming({ 'content-length': '451' }).request, 1000, bodies, 'b')
    const read = another.read()
    another.abandon()
    await assert.rejects(read, { code: 'client_closed' })
  })

  it('refuses a byte past the limit, and reads on so that the client gets the answer', async () => {
    const bodies = roomFor(1000)
    const { stream, request } = incoming()
    const read = new RequestBody(request, 5, bodies, 'a').read()
    stream.write('12345')
    stream.write('6')
    await assert.rejects(read, { code: 'body_too_large' })
    stream.end('more')
    await new Promise((resolve) => stream.once('end', resolve))
    assert.equal(bodies.bytes, 0)
    const announced = new RequestBody(incoming({ 'content-length': '6' }).request, 5, bodies, 'a')
    await assert.rejects(announced.read(), { code: 'body_too_large' })
  })

  it('gives up when the client goes, and lets go of what it took', async () => {
    const bodies = roomFor(1000)
    const { stream, request } = incoming()
    const body = new RequestBody(request, 100, bodies, 'a')
    const read = body.read()
    stream.write('one')
    await setImmediate()
    assert.equal(bodies.bytes, 3)
    body.abandon()
    await assert.rejects(read, { code: 'client_closed' })
    stream.write('two')
    await setImmediate()
    assert.equal(bodies.bytes, 0)
  })

  it('is given up when it stops coming', async () => {
    const bodies = roomFor(1000)
    const { stream, request } = incoming()
    const read = new RequestBody(request, 100, bodies, 'a').read()
    stream.write('one')
    await setImmediate()
    for (let look = 0; look < 10; look += 1) bodies.look()
    await assert.rejects(read, { code: 'body_too_slow', status: 408 })
    assert.equal(bodies.bytes, 0)
  })
})
