import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { systemClock } from '../clock.ts'
import { ApiError, apiError } from '@moonbase/protocol'
import { Conversation, Reader, turns } from './testing/stream-conversation.ts'
import { StreamStore } from './stream-store.ts'
import type { StreamLimits } from './stream-limits.ts'

const is = (code: string) => (error: unknown) => error instanceof ApiError && error.code === code
const numbered = (...data: string[]): string => data.map((one, index) => `id: ${index + 1}\ndata: ${one}\n\n`).join('')

/** A store whose timer ends with the test. */
function openStore(limits?: Partial<StreamLimits>) {
  const store = new StreamStore(systemClock, limits)
  return { store, [Symbol.asyncDispose]: () => store.close(apiError('shutting_down')) }
}

describe('re-attaching', () => {
  it('replays a finished stream from any place, with the headers of the first reply', async () => {
    await using opened = openStore()
    const client = new Conversation(opened.store, 'org-a')
    client.writer.write('data: a\n\ndata: b\n\n')
    client.writer.end('data: [DONE]\n\n')
    const whole = new Reader(opened.store, client.streamId)
    await whole.done
    assert.equal(whole.text, numbered('a', 'b', '[DONE]'))
    assert.deepEqual(
      [...whole.headers],
      [
        ['x-moonbase-stream-id', client.streamId],
        ['x-moonbase-served-by', 'm; engine=e'],
      ],
    )
    const rest = new Reader(opened.store, client.streamId, { query: 'after=2' })
    await rest.done
    assert.equal(rest.text, 'id: 3\ndata: [DONE]\n\n')
    const nothing = new Reader(opened.store, client.streamId, { query: 'after=3' })
    await nothing.done
    assert.deepEqual([nothing.status, nothing.text], [204, ''])
  })

  it('goes on with a running stream, for several readers at different places', async () => {
    await using opened = openStore()
    const client = new Conversation(opened.store, 'org-a')
    client.writer.write('data: a\n\n')
    const first = new Reader(opened.store, client.streamId)
    const second = new Reader(opened.store, client.streamId, { query: 'after=1' })
    const ahead = new Reader(opened.store, client.streamId, { query: 'after=2' })
    await turns()
    assert.equal(first.text, numbered('a'))
    assert.equal(second.text, ': waiting for event 2\n\n')
    client.writer.write('data: b\n\n')
    await turns()
    assert.equal(second.text, ': waiting for event 2\n\nid: 2\ndata: b\n\n')
    assert.equal(ahead.text, ': waiting for event 3\n\n')
    client.writer.comment('seam')
    client.writer.write('data: c\n\n')
    client.writer.end('data: [DONE]\n\n')
    await Promise.all([first.done, second.done, ahead.done])
    assert.equal(ahead.text, ': waiting for event 3\n\n: seam\n\nid: 3\ndata: c\n\nid: 4\ndata: [DONE]\n\n')
    assert.ok(first.text.endsWith(': seam\n\nid: 3\ndata: c\n\nid: 4\ndata: [DONE]\n\n'))
    assert.equal((await opened.store.find(client.streamId, 'org-a')).readers, 0)
  })

  it('lets a slow reader hold up neither the generation nor the others', async () => {
    await using opened = openStore()
    const client = new Conversation(opened.store, 'org-a')
    const slow = new Reader(opened.store, client.streamId, { slow: true })
    const quick = new Reader(opened.store, client.streamId)
    await turns()
    client.writer.write('data: 0\n\n')
    await turns()
    const writes = slow.writes
    for (let index = 1; index < 5000; index += 1) assert.equal(client.writer.write(`data: ${index}\n\n`), undefined)
    client.writer.end('data: [DONE]\n\n')
    await quick.done
    assert.equal(slow.writes, writes, 'nothing piles up for who does not read')
    const all =
      ': waiting for event 1\n\n' + numbered(...Array.from({ length: 5000 }, (_, index) => String(index)), '[DONE]')
    assert.equal(quick.text, all)
    slow.catchUp()
    await slow.done
    assert.equal(slow.text, all)
  })

  it('refuses a place that a finished stream does not have, also when it is still running at first', async () => {
    await using opened = openStore()
    const client = new Conversation(opened.store, 'org-a')
    client.writer.write('data: a\n\n')
    const early = new Reader(opened.store, client.streamId, { query: 'after=9' })
    await turns()
    client.writer.end('data: [DONE]\n\n')
    await early.done
    assert.match(early.text, /data: \{"error":\{"message":"[^"]*event 9 is beyond the last event 2/)
    assert.equal(early.notes.failure?.code, 'stream_position')
    const late = new Reader(opened.store, client.streamId, { query: 'after=3' })
    await assert.rejects(late.done, is('stream_position'))
    assert.equal(late.status, undefined)
  })

  it('refuses a stream of another organisation, an unknown one, a bad number, and a reader too many', async () => {
    await using opened = openStore({ readers: 1 })
    const client = new Conversation(opened.store, 'org-a')
    const refused = async (reader: Reader, code: string) => assert.rejects(reader.done, is(code))
    await refused(new Reader(opened.store, client.streamId, { organisation: 'org-b' }), 'stream_not_found')
    await refused(new Reader(opened.store, 'stream-1'), 'stream_not_found')
    await refused(new Reader(opened.store, client.streamId, { query: 'after=x' }), 'invalid_request')
    const only = new Reader(opened.store, client.streamId)
    await refused(new Reader(opened.store, client.streamId), 'stream_limit')
    only.leave(apiError('client_closed'))
    await only.done
    const next = new Reader(opened.store, client.streamId)
    client.writer.end('data: [DONE]\n\n')
    await next.done
  })

  it('says in the reply when a stream is given up under its reader, and as a refusal afterwards', async () => {
    await using opened = openStore({ streamBytes: 50 })
    const client = new Conversation(opened.store, 'org-a')
    client.writer.write('data: a\n\n')
    const reader = new Reader(opened.store, client.streamId)
    await turns()
    client.writer.write(`data: ${'x'.repeat(60)}\n\n`)
    await reader.done
    assert.match(reader.text, /^id: 1\ndata: a\n\ndata: \{"error":\{"message":"The stream .* is not kept/)
    await assert.rejects(new Reader(opened.store, client.streamId).done, is('stream_not_kept'))
    client.writer.end('data: [DONE]\n\n')
    assert.ok(client.text.endsWith('data: [DONE]\n\n'))
  })

  it("says what is the reader's own failure in the wire that the stream speaks", async () => {
    await using opened = openStore()
    const client = new Conversation(opened.store, 'org-a', {}, ({ code }) => `event: error\ndata: "${code}"\n\n`)
    client.writer.write('event: begin\ndata: {}\n\n')
    const [early, told] = [
      new Reader(opened.store, client.streamId, { query: 'after=9' }),
      new Reader(opened.store, client.streamId),
    ]
    await turns()
    told.leave(apiError('shutting_down'))
    await told.done
    assert.equal(told.text, 'id: 1\nevent: begin\ndata: {}\n\nevent: error\ndata: "shutting_down"\n\n')
    client.writer.end('event: end\ndata: {}\n\n')
    await early.done
    assert.equal(early.text, ': waiting for event 10\n\nevent: error\ndata: "stream_position"\n\n')
  })

  it('tells a waiting reader that the server stops, and lets go of one that leaves', async () => {
    await using opened = openStore()
    const client = new Conversation(opened.store, 'org-a')
    client.writer.write('data: a\n\n')
    const [told, left] = [new Reader(opened.store, client.streamId), new Reader(opened.store, client.streamId)]
    await turns()
    left.leave(apiError('client_closed'))
    await left.done
    assert.equal(client.writer.signal.aborted, false, 'a reader that leaves stops nothing')
    told.leave(apiError('shutting_down'))
    await told.done
    assert.match(told.text, /^id: 1\ndata: a\n\ndata: \{"error":.*shutting down.*\}\n\n$/)
    assert.ok(told.ended)
    client.writer.end()
  })

  it('never ends a cut stream as a complete one: its error is its last event', async () => {
    await using opened = openStore()
    const client = new Conversation(opened.store, 'org-a')
    client.writer.write('data: a\n\n')
    client.leave(apiError('client_closed'))
    client.writer.end('data: {"error":{"message":"The client closed the request"}}\n\n')
    const reader = new Reader(opened.store, client.streamId)
    await reader.done
    assert.equal(reader.text, numbered('a', '{"error":{"message":"The client closed the request"}}'))
  })
})
