/** An answer is the same, however often the way to it breaks, and whatever breaks it. */

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as fc from 'fast-check'
import type { ChatRequest } from '@moonbase/protocol'
import { fold, NEW_CONVERSATION, type Conversation, type Run } from '../conversation/index.ts'
import { WireRecord } from '../wire/wire-record.ts'
import { Answer, type Place } from './index.ts'
import { ScriptedServer, sseOf } from './testing/scripted-server.ts'

const REQUEST: ChatRequest = { model: 'kimi-k2.5', messages: [{ role: 'user', content: 'Hi' }], stream: true }
const RECEIPT = {
  request: 'q-1',
  cost: '0.004829',
  currency: 'USD',
  hit: 1,
  miss: 2,
  output: 3,
  engine: 'cluster',
  held: '1',
}

function play(server: ScriptedServer, how: { request?: ChatRequest; detach?: boolean; place?: Place } = {}) {
  const { request = REQUEST, detach = true, place } = how
  let conversation: Conversation = fold(NEW_CONVERSATION, {
    type: 'run',
    run: 'r',
    turn: 'a',
    after: null,
    request: {},
    asked: { model: 'kimi-k2.5', thinking: true, form: 'text' },
    at: 0,
  })
  const record = new WireRecord({ method: 'POST', address: '/', headers: [], body: '' })
  const receipt = Promise.withResolvers<string>()
  const failures: string[] = []
  const answer = new Answer({
    around: server.around,
    detach,
    isOffline: (engine) => engine === 'stand-in',
    tap: {
      head: () => undefined,
      whole: () => undefined,
      push: (bytes) => record.push(bytes),
      number: (id) => record.number(id),
      note: () => undefined,
      again: (after) => record.again(after),
    },
    tell: (happened, ms) => {
      conversation = fold(conversation, { ...happened, run: 'r', ms })
      if (happened.type === 'receipt') receipt.resolve(happened.receipt.cost)
      if (happened.type === 'fail') failures.push(happened.error.sentence)
      server.told(happened.type, answer)
    },
    ...(place !== undefined && { age: 5000 }),
  })
  const done = place === undefined ? answer.run(request) : answer.resume(place)
  const run = (): Run => {
    const found = conversation.runs['r']
    assert.ok(found)
    return found
  }
  return { answer, done, run, receipt: receipt.promise, failures }
}

const said = ({ text, reasoning, calls, finish, usage, seams, error }: Run) => ({
  text,
  reasoning,
  calls: calls.map(({ id, name, arguments: all }) => ({ id, name, all })),
  finish,
  usage,
  seams: seams.length,
  error: error?.sentence,
})

const STREAM = sseOf(['think ', 'more'], ['Hello', ' 🌒', '\n月'], RECEIPT)

describe('an answer', () => {
  it('is read to its end, with its head, its seams, its usage and its receipt', async () => {
    const server = new ScriptedServer(STREAM)
    const { done, run } = play(server)
    await done
    const { head, receipt } = run()
    assert.deepEqual(said(run()).text, 'Hello 🌒\n月')
    assert.deepEqual([run().reasoning, run().finish, run().seams.length], ['think more', 'stop', 2])
    assert.deepEqual(
      [head?.streamId, head?.requestId, head?.servedBy],
      ['stream-1', 'q-1', { model: 'kimi-k2.5', engine: 'stand-in', offline: true }],
    )
    assert.deepEqual(head?.lenient, [{ name: 'drop-fixed-sampling', fields: ['temperature', 'top_p'] }])
    assert.equal(receipt?.cost, '0.004829')
    const [post] = server.asked
    assert.deepEqual(
      ['x-moonbase-web', 'x-moonbase-receipt', 'x-moonbase-event-ids', 'x-moonbase-on-disconnect'].map(
        (name) => post?.headers[name],
      ),
      ['1', 'on', 'on', 'detach'],
    )
    assert.ok(!server.asked.some(({ headers }) => 'authorization' in headers))
  })

  it('is the same wherever the connection is cut, and however the bytes are cut', async () => {
    const whole = play(new ScriptedServer(STREAM))
    await whole.done
    const bytes = new TextEncoder().encode(STREAM).length
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.nat({ max: bytes }), { maxLength: 5 }),
        fc.integer({ min: 1, max: 64 }),
        async (cuts, size) => {
          const server = new ScriptedServer(STREAM, { cuts, size })
          const { done, run } = play(server)
          await done
          assert.deepEqual(said(run()), said(whole.run()))
          assert.equal(server.asked.filter(({ method }) => method === 'POST').length, 1)
        },
      ),
      { numRuns: 200 },
    )
  })

  it('goes on from where a page left it', async () => {
    const server = new ScriptedServer(STREAM)
    const { done, run } = play(server, { place: { streamId: 'stream-1', requestId: 'q-1', after: 4 } })
    await done
    assert.deepEqual([run().text, run().finish, run().reasoning], [' 🌒\n月', 'stop', ''])
    assert.match(server.asked[0]?.address ?? '', /\/v1\/streams\/stream-1\?after=4$/)
    assert.ok(run().fetchedAgain > 0)
    assert.ok((run().stretches[0]?.from ?? 0) >= 5000)
  })

  it('of which nothing is missing is over', async () => {
    const server = new ScriptedServer(STREAM, { again: [204] })
    const { done, run } = play(server, { place: { streamId: 'stream-1', requestId: 'q-1', after: 9 } })
    await done
    assert.equal(run().error?.sentence, 'cut')
  })

  it('says why the rest is not kept any more', async () => {
    for (const [status, sentence] of [
      [404, 'stream_not_found'],
      [410, 'stream_not_kept'],
    ] as const) {
      const server = new ScriptedServer(STREAM, { cuts: [400], again: [status] })
      const { done, run } = play(server)
      await done
      assert.equal(run().error?.status, status)
      assert.equal(run().error?.sentence, sentence)
      assert.notEqual(run().reasoning, '')
    }
  })

  it('is asked for again while the server is away, with growing pauses, and not for ever', async () => {
    const away = new ScriptedServer(STREAM, { away: 3 })
    const { done, run, failures } = play(away)
    await done
    assert.equal(run().text, 'Hello 🌒\n月')
    assert.deepEqual(away.rests.slice(0, 3), [1000, 2000, 4000])
    assert.deepEqual(failures, ['network', 'network', 'network'])
    const gone = new ScriptedServer(STREAM, { away: Infinity })
    const lost = play(gone)
    await lost.done
    assert.equal(lost.run().error?.sentence, 'network')
    assert.deepEqual([...new Set(gone.rests)], [1000, 2000, 4000, 8000, 16000, 30000])
    assert.equal(gone.rests.length, 12)
  })

  it('is asked for again of a server that has no room for its reader for a moment', async () => {
    const server = new ScriptedServer(STREAM, { cuts: [700], again: [503, 429] })
    const { done, run } = play(server)
    await done
    assert.equal(run().finish, 'stop')
  })

  it('that was stopped is stopped at the server, and its receipt is looked up', async () => {
    const server = new ScriptedServer(STREAM, { stopAt: 'text', receipts: [404, 404, 200] })
    const { done, run, receipt } = play(server)
    await done
    assert.deepEqual(
      server.asked.filter(({ method }) => method === 'DELETE').map(({ address }) => address),
      ['/v1/streams/stream-1'],
    )
    assert.equal(await receipt, '0.004829')
    assert.equal(run().finish, undefined)
  })

  it('that is left is neither stopped nor asked about', async () => {
    const server = new ScriptedServer(STREAM, { leaveAt: 'text' })
    const { done } = play(server)
    await done
    assert.deepEqual(
      server.asked.map(({ method }) => method),
      ['POST'],
    )
  })

  it('that is no stream is read whole', async () => {
    const server = new ScriptedServer(STREAM, { whole: RECEIPT })
    const { done, run } = play(server, { request: { ...REQUEST, stream: false } })
    await done
    assert.deepEqual(
      [run().text, run().reasoning, run().finish, run().receipt?.cost],
      ['whole', 'why', 'stop', '0.004829'],
    )
    assert.equal(server.asked[0]?.headers['x-moonbase-on-disconnect'], undefined)
  })

  it('in whose place something else came is not taken for one', async () => {
    for (const body of ['<html>', '{}', '{"choices":1}']) {
      const server = new ScriptedServer(STREAM, { body, receipts: [404, 404, 404, 404, 404, 404, 404] })
      const { done, run } = play(server, { request: { ...REQUEST, stream: false } })
      await done
      assert.equal(run().error?.sentence, 'cut')
    }
  })

  it('that is refused says why, in the words of the platform, and when it may be tried again', async () => {
    const message = 'invalid temperature: only 1 is allowed for this model'
    const refused = new ScriptedServer(STREAM, {
      refusal: { status: 400, body: JSON.stringify({ error: { message, type: 'invalid_request_error' } }) },
    })
    const { done, run } = play(refused)
    await done
    assert.deepEqual(
      [run().error?.sentence, run().error?.words, run().error?.parameters],
      ['fixed_value', message, { parameter: 'temperature', value: '1' }],
    )
    assert.equal(refused.asked.length, 1)
    const page = new ScriptedServer(STREAM, { refusal: { status: 502, body: '<html>', retryAfter: '7' } })
    const other = play(page)
    await other.done
    assert.deepEqual([other.run().error?.status, other.run().error?.retryAt], [502, page.around.epoch() + 7000])
  })

  it('is not tried again by itself where the server has answered', async () => {
    const server = new ScriptedServer(STREAM, { refusal: { status: 503, body: '' } })
    const { done } = play(server)
    await done
    assert.equal(server.rests.filter((ms) => ms >= 1000).length, 0)
  })

  it('without a stream id that breaks off is cut, and is not asked for twice', async () => {
    const server = new ScriptedServer(STREAM, { cuts: [500], isKept: false, receipts: [200] })
    const { done, run, receipt } = play(server)
    await done
    assert.equal(run().error?.sentence, 'cut')
    assert.equal(await receipt, '0.004829')
    assert.equal(server.asked.filter(({ method }) => method === 'POST').length, 1)
  })
})
