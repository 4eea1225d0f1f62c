import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ApiError, apiError } from '@moonbase/protocol'
import { manualClock } from '../../../../test/support/manual-clock.ts'
import { Conversation, readAll } from './testing/stream-conversation.ts'
import { StreamStore } from './stream-store.ts'

const is = (code: string) => (error: unknown) => error instanceof ApiError && error.code === code
const gone = (): ApiError => apiError('client_closed')
/** An event of exactly so many bytes. */
const event = (bytes: number): string => `data: ${'x'.repeat(bytes - 8)}\n\n`
const MINUTE = 60_000

describe('stopping a stream by its id', () => {
  it('ends one that runs, with the reason that was given, whoever is there', () => {
    for (const wishes of [{ detach: false }, { detach: true }]) {
      const store = new StreamStore(manualClock())
      const client = new Conversation(store, 'org-a', wishes)
      client.writer.write('data: a\n\n')
      assert.equal(store.stop(client.streamId, 'org-a', apiError('engine_cut')), true)
      assert.equal(client.writer.signal.reason.code, 'engine_cut')
      client.writer.end('data: {"error":{}}\n\n')
      assert.equal(client.text, 'data: a\n\ndata: {"error":{}}\n\n', 'its client hears of it')
    }
  })

  it('ends one that goes on alone, and one whose id was told before it began', () => {
    const store = new StreamStore(manualClock())
    const alone = new Conversation(store, 'org-a', { detach: true })
    alone.leave(gone())
    const early = store.open('org-a', { detach: true, eventIds: false }, undefined)
    for (const writer of [alone.writer, early]) {
      assert.equal(store.stop(writer.id ?? '', 'org-a', apiError('engine_cut')), true)
      assert.equal(writer.signal.reason.code, 'engine_cut')
    }
  })

  it('knows none that has ended, is of another organisation, or was never there', () => {
    const store = new StreamStore(manualClock())
    const [ended, other] = [new Conversation(store, 'org-a'), new Conversation(store, 'org-b')]
    ended.writer.end('data: [DONE]\n\n')
    for (const id of [ended.streamId, other.streamId, 'stream-', '']) {
      assert.equal(store.stop(id, 'org-a', apiError('engine_cut')), false)
    }
    assert.equal(other.writer.signal.aborted, false)
  })
})

describe('a stream without a client', () => {
  const background = (store: StreamStore) => {
    const writer = store.open('org-a', { detach: true, eventIds: false }, undefined)
    writer.begin(undefined, '', () => '')
    return { writer, id: writer.id ?? '' }
  }

  it('is kept and found like any other, and others get their turn', async () => {
    const store = new StreamStore(manualClock())
    const { writer, id } = background(store)
    assert.equal(store.size.detached, 1)
    writer.write('data: a\n\n')
    writer.idle(': ping\n\n')
    const turn = writer.write(event(70_000))
    assert.ok(turn instanceof Promise)
    await turn
    writer.end('data: b\n\n')
    assert.equal(store.size.detached, 0)
    assert.equal((await store.find(id, 'org-a')).last, 3)
  })

  it('ends at its time limit, for want of room, and with the server', async () => {
    const clock = manualClock()
    const store = new StreamStore(clock, { detachedMs: MINUTE, streamBytes: 100 })
    const old = background(store)
    await clock.pass(MINUTE)
    assert.equal(old.writer.signal.reason.code, 'detached_limit')
    old.writer.end()
    const large = background(store)
    assert.throws(() => large.writer.write(event(101)), is('detached_limit'))
    large.writer.end()
    const last = background(store)
    const closing = store.close(apiError('shutting_down'))
    assert.equal(last.writer.signal.reason.code, 'shutting_down')
    last.writer.end()
    await closing
  })

  it('outlives the client that asked for it, and its time counts from its beginning', async () => {
    const clock = manualClock()
    const store = new StreamStore(clock, { detachedMs: MINUTE })
    const client = new AbortController()
    const writer = store.open('org-a', { detach: true, eventIds: false }, client)
    writer.begin(undefined, '', () => '')
    await clock.pass(MINUTE / 2)
    client.abort(gone())
    assert.equal(writer.signal.aborted, false)
    await clock.pass(MINUTE / 2)
    assert.equal(writer.signal.reason.code, 'detached_limit')
    writer.end()
  })
})

describe('what keeps a connection alive', () => {
  it('goes to the client alone: it is not kept, and has no number', async () => {
    const store = new StreamStore(manualClock())
    const client = new Conversation(store, 'org-a', { eventIds: true, detach: true })
    client.writer.write('data: a\n\n')
    client.writer.idle('event: ping\ndata: {}\n\n')
    client.writer.write('data: b\n\n')
    assert.equal(client.text, 'id: 1\ndata: a\n\nevent: ping\ndata: {}\n\nid: 2\ndata: b\n\n')
    assert.equal(readAll(await store.find(client.streamId, 'org-a')), 'id: 1\ndata: a\n\nid: 2\ndata: b\n\n')
    client.leave(gone())
    client.writer.idle('event: ping\ndata: {}\n\n')
    client.writer.end()
    assert.equal(client.text.split('ping').length, 2, 'nothing is written to a client that left')
  })
})
