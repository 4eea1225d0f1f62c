import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Clock } from '@moonbase/core/generation'
import { ApiError, apiError } from '@moonbase/protocol'
import { Conversation, readAll, turns } from './testing/stream-conversation.ts'
import { StreamStore } from './stream-store.ts'

/** Time that passes when it is told to. */
class TestClock implements Clock {
  #now = 0
  #sleepers: { until: number; wake: () => void }[] = []

  now(): number {
    return this.#now
  }

  sleep(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#sleepers.push({ until: this.#now + ms, wake: resolve })
      signal.addEventListener('abort', () => reject(new Error('aborted')), { once: true })
    })
  }

  async pass(ms: number): Promise<void> {
    this.#now += ms
    const woken = this.#sleepers.filter(({ until }) => until <= this.#now)
    this.#sleepers = this.#sleepers.filter(({ until }) => until > this.#now)
    for (const { wake } of woken) wake()
    await turns()
  }

  get sleeping(): number {
    return this.#sleepers.length
  }
}

const is = (code: string) => (error: unknown) => error instanceof ApiError && error.code === code
const gone = (): ApiError => apiError('client_closed')
/** An event of exactly so many bytes. */
const event = (bytes: number): string => `data: ${'x'.repeat(bytes - 8)}\n\n`
const MINUTE = 60_000

describe('a stream store', () => {
  it('keeps what a stream says while it runs, and five minutes behind its end', async () => {
    const clock = new TestClock()
    const store = new StreamStore(clock)
    const client = new Conversation(store, 'org-a')
    client.writer.write('data: a\n\n')
    assert.equal(readAll(await store.find(client.streamId, 'org-a')), 'id: 1\ndata: a\n\n')
    await clock.pass(60 * MINUTE)
    client.writer.write('data: b\n\n')
    client.writer.end('data: [DONE]\n\n')
    await clock.pass(5 * MINUTE - 1)
    const stream = await store.find(client.streamId, 'org-a')
    assert.equal(readAll(stream), 'id: 1\ndata: a\n\nid: 2\ndata: b\n\nid: 3\ndata: [DONE]\n\n')
    assert.equal(client.text, 'data: a\n\ndata: b\n\ndata: [DONE]\n\n')
    await clock.pass(1)
    await assert.rejects(store.find(client.streamId, 'org-a'), is('stream_not_found'))
    await clock.pass(MINUTE)
    assert.deepEqual(store.size, { streams: 0, bytes: 0, detached: 0 })
    assert.equal(clock.sleeping, 0, 'an empty store sleeps without a timer')
    await store.close(apiError('shutting_down'))
  })

  it('gives a stream to its own organisation only, and an id to nobody twice', async () => {
    const store = new StreamStore(new TestClock())
    const [one, other] = [new Conversation(store, 'org-a'), new Conversation(store, 'org-b')]
    assert.notEqual(one.streamId, other.streamId)
    assert.match(one.streamId, /^stream-[0-9a-f]{32}$/)
    await assert.rejects(store.find(one.streamId, 'org-b'), is('stream_not_found'))
    await assert.rejects(store.find('stream-', 'org-a'), is('stream_not_found'))
    assert.equal((await store.find(one.streamId, 'org-a')).id, one.streamId)
  })

  it('gives nobody a stream that has not begun, and forgets one that failed before', async () => {
    const store = new StreamStore(new TestClock())
    const writer = store.open('org-a', { detach: false, eventIds: false }, new AbortController())
    await assert.rejects(store.find(writer.id ?? '', 'org-a'), is('stream_not_found'))
    writer.end()
    assert.deepEqual(store.size, { streams: 0, bytes: 0, detached: 0 })
  })

  it('numbers the events of the first reply when asked for, as it does for readers', async () => {
    const store = new StreamStore(new TestClock())
    const client = new Conversation(store, 'org-a', { eventIds: true })
    client.writer.write('data: a\n\n')
    client.writer.comment('seam')
    client.writer.write('data: b\n\ndata: c\n\n')
    client.writer.end('data: [DONE]\n\n')
    assert.equal(client.text, 'id: 1\ndata: a\n\n: seam\n\nid: 2\ndata: b\n\nid: 3\ndata: c\n\nid: 4\ndata: [DONE]\n\n')
    assert.equal(readAll(await store.find(client.streamId, 'org-a')), client.text)
  })

  it('makes room for the streams of an organisation with its oldest finished one', async () => {
    const store = new StreamStore(new TestClock(), { organisationBytes: 100 })
    const finished = ['first', 'second', 'third'].map(() => {
      const client = new Conversation(store, 'org-a')
      client.writer.write(event(30))
      client.writer.end()
      return client.streamId
    })
    const elsewhere = new Conversation(store, 'org-b')
    elsewhere.writer.write(event(90))
    elsewhere.writer.end()
    const running = new Conversation(store, 'org-a')
    running.writer.write(event(30))
    const [first, ...others] = finished
    await assert.rejects(store.find(first ?? '', 'org-a'), is('stream_not_found'))
    for (const id of others) assert.equal((await store.find(id, 'org-a')).kept, true)
    assert.equal((await store.find(elsewhere.streamId, 'org-b')).kept, true)
    assert.equal(store.size.bytes, 180)
  })

  it('gives up a running stream that passes a limit, and its own client notices nothing', async () => {
    for (const limits of [{ streamBytes: 100 }, { organisationBytes: 100 }, { allBytes: 100 }]) {
      const store = new StreamStore(new TestClock(), limits)
      const client = new Conversation(store, 'org-a')
      for (const _ of 'four') client.writer.write(event(40))
      client.writer.end('data: [DONE]\n\n')
      assert.equal(client.text, event(40).repeat(4) + 'data: [DONE]\n\n')
      assert.equal(client.ended, true)
      assert.equal((await store.find(client.streamId, 'org-a')).kept, false)
      assert.deepEqual(store.size, { streams: 1, bytes: 0, detached: 0 })
    }
  })

  it('ends a stream without a client that passes a limit, and keeps what it said and why', async () => {
    const store = new StreamStore(new TestClock(), { streamBytes: 100 })
    const client = new Conversation(store, 'org-a', { detach: true })
    client.writer.write(event(40))
    client.leave(gone())
    client.writer.write(event(40))
    assert.throws(() => client.writer.write(event(40)), is('detached_limit'))
    client.writer.end('data: {"error":{}}\n\n')
    assert.match(
      readAll(await store.find(client.streamId, 'org-a')),
      /^(?:id: \d\ndata: x+\n\n){2}id: 3\ndata: \{"error":\{\}\}\n\n$/,
    )
    assert.equal(client.text, event(40), 'nothing is written to a client that left')
  })

  it('lets a stream that is stopped for want of room take no other with it', async () => {
    const store = new StreamStore(new TestClock(), { organisationBytes: 100 })
    const [alone, other] = [new Conversation(store, 'org-a', { detach: true }), new Conversation(store, 'org-a')]
    alone.leave(gone())
    other.writer.write(event(20))
    alone.writer.write(event(50))
    assert.throws(() => alone.writer.write(event(31)), is('detached_limit'))
    other.writer.write(event(10))
    alone.writer.end('data: {"error":{}}\n\n')
    other.writer.write(event(20))
    assert.equal((await store.find(other.streamId, 'org-a')).kept, true)
    await assert.rejects(store.find(alone.streamId, 'org-a'), is('stream_not_found'), 'finished, it makes room')
  })

  it('forgets, for want of room of all, what the organisation with the most keeps', async () => {
    const store = new StreamStore(new TestClock(), { allBytes: 200, allStreams: 100 })
    const small = new Conversation(store, 'org-small')
    small.writer.write(event(40))
    small.writer.end()
    const large = [1, 2, 3].map(() => {
      const client = new Conversation(store, 'org-large')
      client.writer.write(event(40))
      client.writer.end()
      return client.streamId
    })
    new Conversation(store, 'org-new').writer.write(event(60))
    assert.equal((await store.find(small.streamId, 'org-small')).kept, true)
    await assert.rejects(store.find(large[0] ?? '', 'org-large'), is('stream_not_found'))
    assert.equal((await store.find(large[1] ?? '', 'org-large')).kept, true)
  })

  it('lets a stream run that has no place, without an id, and refuses it only when it was to go on alone', async () => {
    for (const limits of [{ organisationStreams: 2 }, { allStreams: 2 }]) {
      const store = new StreamStore(new TestClock(), limits)
      const first = new Conversation(store, 'org-a')
      const second = new Conversation(store, 'org-a')
      const third = new Conversation(store, 'org-a', { eventIds: true })
      third.writer.write('data: a\n\n')
      third.writer.end('data: [DONE]\n\n')
      assert.equal(third.headers.get('x-moonbase-stream-id'), undefined)
      assert.equal(third.text, 'id: 1\ndata: a\n\nid: 2\ndata: [DONE]\n\n')
      assert.throws(() => new Conversation(store, 'org-a', { detach: true }), is('stream_limit'))
      first.writer.end()
      const fourth = new Conversation(store, 'org-a', { detach: true })
      await assert.rejects(store.find(first.streamId, 'org-a'), is('stream_not_found'))
      assert.equal(
        (await store.find(fourth.streamId, 'org-a')).kept && (await store.find(second.streamId, 'org-a')).kept,
        true,
      )
    }
  })

  it('keeps a finished stream that somebody reads, and expires the others behind it', async () => {
    const clock = new TestClock()
    const store = new StreamStore(clock)
    const [read, other] = [new Conversation(store, 'org-a'), new Conversation(store, 'org-a')]
    read.writer.end('data: a\n\n')
    other.writer.end('data: b\n\n')
    const stream = await store.find(read.streamId, 'org-a')
    store.admitReader(stream)
    await clock.pass(6 * MINUTE)
    assert.equal(readAll(stream), 'id: 1\ndata: a\n\n')
    await assert.rejects(store.find(other.streamId, 'org-a'), is('stream_not_found'))
    stream.readers -= 1
    await clock.pass(6 * MINUTE)
    assert.equal(store.size.streams, 0)
  })
})

describe('the policy on leaving', () => {
  it('cancel: the engine is told at once', () => {
    const store = new StreamStore(new TestClock())
    const client = new Conversation(store, 'org-a')
    client.leave(gone())
    assert.ok(client.writer.signal.aborted)
    assert.equal(client.writer.signal.reason.code, 'client_closed')
  })

  it('detach: the engine goes on, and others get their turn although nobody slows it down', async () => {
    const store = new StreamStore(new TestClock())
    const client = new Conversation(store, 'org-a', { detach: true })
    client.writer.write('data: a\n\n')
    client.leave(gone())
    assert.equal(client.writer.signal.aborted, false)
    assert.equal(store.size.detached, 1)
    assert.equal(client.writer.write(event(1000)), undefined)
    const turn = client.writer.write(event(70_000))
    assert.ok(turn instanceof Promise)
    await turn
    client.writer.end('data: [DONE]\n\n')
    assert.deepEqual([store.size.detached, (await store.find(client.streamId, 'org-a')).last], [0, 4])
  })

  it('detach: who leaves before the id was told is cancelled, for nobody could come back', () => {
    const store = new StreamStore(new TestClock())
    const client = new AbortController()
    const writer = store.open('org-a', { detach: true, eventIds: false }, client)
    client.abort(gone())
    assert.equal(writer.signal.reason.code, 'client_closed')
    const late = store.open('org-a', { detach: true, eventIds: false }, client)
    assert.equal(late.signal.reason.code, 'client_closed')
  })

  it('detach: a stream that was given up is cancelled with its client', () => {
    const store = new StreamStore(new TestClock(), { streamBytes: 100 })
    const client = new Conversation(store, 'org-a', { detach: true })
    client.writer.write(event(101))
    client.leave(gone())
    assert.equal(client.writer.signal.reason.code, 'client_closed')
  })

  it('detach: a generation ends at its time limit, and with the server', async () => {
    const clock = new TestClock()
    const store = new StreamStore(clock, { detachedMs: MINUTE })
    const old = new Conversation(store, 'org-a', { detach: true })
    old.leave(gone())
    await clock.pass(MINUTE)
    assert.equal(old.writer.signal.reason.code, 'detached_limit')
    old.writer.end()
    const young = new Conversation(store, 'org-a', { detach: true })
    young.leave(gone())
    let closed = false
    const closing = store.close(apiError('shutting_down')).then(() => (closed = true))
    await turns()
    assert.deepEqual([young.writer.signal.reason.code, closed], ['shutting_down', false])
    young.writer.end()
    await closing
    const late = new Conversation(store, 'org-a', { detach: true })
    late.leave(gone())
    assert.equal(late.writer.signal.reason.code, 'shutting_down')
  })

  it('detach: a server that stops is no client that left', () => {
    const store = new StreamStore(new TestClock())
    const client = new Conversation(store, 'org-a', { detach: true })
    client.leave(apiError('shutting_down'))
    assert.equal(client.writer.signal.reason.code, 'shutting_down')
  })
})
