import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { eventually } from '../../../../test/support/eventually.ts'
import type { BodySink } from './exchange.ts'
import { headOf, serveExchanges } from './testing/serve-exchanges.ts'

/** The chunks of a reply that was written so, as they stand on the wire. */
async function chunksOf(write: (sink: BodySink) => Promise<void> | void): Promise<string[]> {
  await using served = await serveExchanges(async (exchange) => {
    const sink = exchange.open(200, 'text/plain')
    await write(sink)
    sink.end()
  })
  const reply = await served.raw(headOf('GET'))
  const [, body = ''] = reply.split(/\r\n\r\n([^]*)/)
  return [...body.matchAll(/[0-9a-f]+\r\n([^\r]*)\r\n/g)].map(([, text = '']) => text)
}

describe('the body of a reply', () => {
  it('is written once a turn, whatever was said in it', async () => {
    const chunks = await chunksOf(async (sink) => {
      sink.write('a')
      await Promise.resolve()
      sink.write('b')
      await setImmediate()
      await setImmediate()
      sink.write('c')
    })
    assert.deepEqual(chunks, ['ab', 'c', ''])
  })

  it('keeps the order of text and bytes', async () => {
    const chunks = await chunksOf((sink) => {
      sink.write('é')
      sink.write('1')
      sink.write(Buffer.from('月'))
      sink.write(new Uint8Array())
      sink.write('2')
      sink.write(Buffer.from('3'))
      sink.write(Buffer.from('4'))
      sink.write('5')
    })
    assert.equal(chunks.join(''), 'é1月2345')
  })

  it('may end in bytes, in nothing, and with nothing said at all', async () => {
    assert.deepEqual((await chunksOf((sink) => void sink.write(Buffer.from('end')))).join(''), 'end')
    assert.deepEqual((await chunksOf(() => undefined)).join(''), '')
  })

  it('gives others their turn when a source has much, in text or in bytes', async () => {
    const much = 70_000
    const turns: unknown[] = []
    const chunks = await chunksOf(async (sink) => {
      for (const piece of ['x'.repeat(much), Buffer.alloc(much, 'y'), 'z']) {
        const turn = sink.write(piece)
        turns.push(turn instanceof Promise)
        await turn
      }
    })
    assert.deepEqual(turns, [true, true, false])
    assert.equal(chunks.join(''), 'x'.repeat(much) + 'y'.repeat(much) + 'z')
  })

  it('keeps its source waiting while the client does not read, and goes on when it does', async () => {
    const block = Buffer.alloc(1024 * 1024)
    let written = 0
    const began = Promise.withResolvers<void>()
    await using served = await serveExchanges(async (exchange) => {
      began.resolve()
      const sink = exchange.open(200, 'application/octet-stream')
      for (; written < 64; written += 1) await sink.write(block)
      sink.end()
    })
    const socket = served.say(headOf('GET')).pause()
    await began.promise
    for (let turns = 200; turns > 0; turns -= 1) await setImmediate()
    // What the system takes in for a client that does not read is a few MiB.
    assert.ok(written < 32, `${written} blocks were written to a client that reads nothing`)
    let bytes = 0
    for await (const piece of socket) bytes += (piece as Buffer).length
    assert.ok(bytes > 64 * block.length)
    assert.equal(written, 64)
  })

  it('drops a client that reads nothing for two minutes, and lets go of its source', async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] })
    const turns = async (left: number): Promise<void> => {
      for (; left > 0; left -= 1) await setImmediate()
    }
    const seen = { written: 0, isOver: false }
    await using served = await serveExchanges(async (exchange) => {
      const sink = exchange.open(200, 'application/octet-stream')
      for (; !exchange.signal.aborted; seen.written += 1) await sink.write(Buffer.alloc(1024 * 1024))
      seen.isOver = true
    })
    const socket = served.say(headOf('GET')).pause()
    // Until the system takes in no more for a client that does not read.
    for (let before = -1; seen.written === 0 || seen.written !== before; await turns(200)) before = seen.written
    t.mock.timers.tick(119_000)
    await turns(200)
    assert.equal(seen.isOver, false)
    t.mock.timers.tick(1_000)
    await eventually(() => seen.isOver, Boolean)
    socket.destroy()
  })

  it('lets go of its source when the client leaves', async () => {
    const left = Promise.withResolvers<void>()
    await using served = await serveExchanges(async (exchange) => {
      const sink = exchange.open(200, 'application/octet-stream')
      while (!exchange.signal.aborted) await sink.write(Buffer.alloc(1024 * 1024))
      sink.write('to nobody')
      sink.end()
      left.resolve()
    })
    const socket = served.say(headOf('GET'))
    socket.once('data', () => socket.destroy())
    await left.promise
  })
})
