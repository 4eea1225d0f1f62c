import assert from 'node:assert/strict'
import { getEventListeners } from 'node:events'
import { test } from 'node:test'
import {
  openaiCompatibleEngine,
  type Transport,
  TransportError,
  type TransportRequest,
} from '@moonbase/core/engines/openai-compatible'
import { engineContract } from '@moonbase/core/engines/contract'
import { eventually } from '../../../../../test/support/eventually.ts'
import { type Fault, type HostileReply, openHostileUpstream } from '../../../../../test/support/hostile-upstream.ts'
import { CONTRACT_REQUESTS } from '../../../../core/src/engines/openai-compatible/testing/contract-requests.ts'
import { HANDED_IN } from '../../../../core/src/engines/openai-compatible/testing/handed-in.ts'
import { scriptedReply } from '../../../../core/src/engines/openai-compatible/testing/scripted-upstream.ts'
import { type HttpTransportOptions, httpTransport } from './http-transport.ts'

const NEVER = new AbortController().signal

function requestTo(url: string, more: Partial<TransportRequest> = {}): TransportRequest & { body: string } {
  return { url, headers: {}, signal: NEVER, headersTimeoutMs: 10_000, bodyTimeoutMs: 10_000, body: '{"a":1}', ...more }
}

async function open(script: (count: number) => HostileReply, options: HttpTransportOptions = {}) {
  const upstream = await openHostileUpstream((_request, count) => script(count))
  const transport = httpTransport(options)
  return {
    upstream,
    transport,
    url: `${upstream.url}/v1/chat/completions`,
    async [Symbol.asyncDispose]() {
      await transport.close()
      await upstream.close()
    },
  }
}

/** The event loop goes round: a connection is free for the next request one turn after its reply. */
function turn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve)
  })
}

async function readAll(body: AsyncIterable<Uint8Array>): Promise<string> {
  const parts: Uint8Array[] = []
  for await (const part of body) parts.push(part)
  return Buffer.concat(parts).toString('utf8')
}

async function postAll(transport: Transport, request: TransportRequest & { body: string }): Promise<string> {
  return readAll((await transport.post(request)).body)
}

const fails = (kind: string) => (error: unknown) => {
  assert.ok(error instanceof TransportError, String(error))
  assert.equal(error.kind, kind, error.message)
  return true
}

test('a request arrives with its method, path, headers and body, and asks for no encoding', async () => {
  await using at = await open(() => ({ status: 201, headers: { 'x-said': 'yes' }, body: ['one ', 'two'] }))
  const reply = await at.transport.post(requestTo(`${at.url}?a=b`, { headers: { authorization: 'Bearer k' } }))
  assert.equal(reply.status, 201)
  assert.equal(reply.headers['x-said'], 'yes')
  assert.equal(await readAll(reply.body), 'one two')
  const [request] = at.upstream.requests
  assert.equal(request?.method, 'POST')
  assert.equal(request?.path, '/v1/chat/completions?a=b')
  assert.equal(request?.body, '{"a":1}')
  assert.equal(request?.headers['authorization'], 'Bearer k')
  assert.equal(request?.headers['accept-encoding'], 'identity')
})

test('a GET has no body', async () => {
  await using at = await open(() => ({ body: 'ok' }))
  const reply = await at.transport.get(requestTo(at.url))
  assert.equal(await readAll(reply.body), 'ok')
  assert.equal(at.upstream.requests[0]?.method, 'GET')
  assert.equal(at.upstream.requests[0]?.headers['content-length'], undefined)
})

test('every framing gives the same bytes', async () => {
  for (const framing of ['chunked', 'length', 'close'] as const) {
    await using at = await open(() => ({ body: ['мир', ' and ', '世界'], framing }))
    assert.equal(await postAll(at.transport, requestTo(at.url)), 'мир and 世界', framing)
  }
})

test('HTTP chunks that arrive in one read reach the reader in one batch', async () => {
  const pieces = Array.from({ length: 50 }, (_, at) => `piece ${at};`)
  await using at = await open(() => ({ body: [pieces.join(''), ...pieces] }))
  const reply = await at.transport.post(requestTo(at.url))
  let batches = 0
  let bytes = 0
  for await (const batch of reply.body) {
    batches += 1
    bytes += batch.length
  }
  assert.equal(bytes, pieces.join('').length * 2)
  assert.ok(batches < pieces.length, `${batches} batches`)
})

test('a connection is used again after a reply that was read to its end', async () => {
  await using at = await open(() => ({ body: 'ok' }))
  for (let count = 0; count < 3; count += 1) {
    assert.equal(await postAll(at.transport, requestTo(at.url)), 'ok')
    await turn()
  }
  assert.equal(at.upstream.connections, 1)
})

test('the connection that was used last is used next', async () => {
  await using at = await open((count) =>
    count === 0 ? { body: 'slow', fault: { kind: 'stall', after: 4 } } : { body: 'ok' },
  )
  const slow = await at.transport.post(requestTo(at.url))
  for (let count = 0; count < 3; count += 1) {
    assert.equal(await postAll(at.transport, requestTo(at.url)), 'ok')
    await turn()
  }
  assert.deepEqual(
    at.upstream.requests.map(({ connection }) => connection),
    [0, 1, 1, 1],
  )
  await slow.body[Symbol.asyncIterator]().return?.()
})

test('a connection whose reply failed is not used again, and one that the upstream closed is no loss', async () => {
  await using at = await open((count) =>
    count === 0 ? { body: 'x', fault: { kind: 'cut', after: 1 } } : { body: 'ok', framing: 'close' },
  )
  await assert.rejects(postAll(at.transport, requestTo(at.url)))
  for (let count = 0; count < 3; count += 1) assert.equal(await postAll(at.transport, requestTo(at.url)), 'ok')
  assert.equal(at.upstream.connections, 4)
})

test('a reply that is all here is had at once, and then counts as read', async () => {
  await using at = await open(() => ({ body: ['one ', 'two'], framing: 'length' }))
  const reply = await at.transport.post(requestTo(at.url))
  await eventually(
    () => at.upstream.requests[0]?.complete,
    (complete) => complete,
  )
  await turn()
  assert.equal(Buffer.from(reply.takeAll?.() ?? '').toString(), 'one two')
  assert.equal(reply.takeAll?.(), undefined)
  assert.equal(await readAll(reply.body), '')
})

test('a reply that is not all here, was begun to be read, or was cut is not had at once', async () => {
  await using at = await open((count) => ({
    body: 'begun',
    fault: count === 2 ? { kind: 'cut', after: 5 } : { kind: 'stall', after: 5 },
  }))
  const stalled = await at.transport.post(requestTo(at.url))
  assert.equal(stalled.takeAll?.(), undefined)
  const begun = await at.transport.post(requestTo(at.url))
  const bytes = begun.body[Symbol.asyncIterator]()
  await bytes.next()
  assert.equal(begun.takeAll?.(), undefined)
  const cut = await at.transport.post(requestTo(at.url))
  await at.upstream.requests[2]?.closed
  await turn()
  assert.equal(cut.takeAll?.(), undefined)
  await assert.rejects(readAll(cut.body), fails('reset'))
  await bytes.return?.()
  await stalled.body[Symbol.asyncIterator]().return?.()
})

test('a released reply keeps its connection, and one that goes on for too long loses it', async () => {
  const long = 'x'.repeat(1_000_000)
  await using at = await open((count) => ({ body: count === 0 ? ['first', ' rest'] : ['first', long] }))
  const short = await at.transport.post(requestTo(at.url))
  short.release?.()
  await turn()
  const next = await at.transport.post(requestTo(at.url))
  assert.equal(at.upstream.requests[1]?.connection, at.upstream.requests[0]?.connection)
  next.release?.()
  await at.upstream.requests[1]?.closed
})

test('a redirect is an answer like any other', async () => {
  await using at = await open(() => ({ status: 307, headers: { location: 'http://127.0.0.1:1/' } }))
  const reply = await at.transport.post(requestTo(at.url))
  assert.equal(reply.status, 307)
  assert.equal(await readAll(reply.body), '')
  assert.equal(at.upstream.requests.length, 1)
})

test('a body that is cut, reset or broken fails after everything that came before', async () => {
  const faults = [
    ['cut', 'reset'],
    ['malformed', 'malformed'],
  ] as const
  for (const [kind, expected] of faults) {
    await using at = await open(() => ({ body: ['first ', 'second'], fault: { kind, after: 8 } }))
    const reply = await at.transport.post(requestTo(at.url))
    let text = ''
    await assert.rejects(async () => {
      for await (const part of reply.body) text += Buffer.from(part).toString()
    }, fails(expected))
    assert.equal(text, 'first se', kind)
  }
  await using at = await open(() => ({ body: 'first', fault: { kind: 'reset', after: 3 } }))
  await assert.rejects(postAll(at.transport, requestTo(at.url)), fails('reset'))
})

test('a body shorter than its announced length is a reset, not an end', async () => {
  await using at = await open(() => ({ body: 'twelve bytes', framing: 'length', fault: { kind: 'cut', after: 6 } }))
  await assert.rejects(postAll(at.transport, requestTo(at.url)), fails('reset'))
})

test('what comes instead of a head is named: nothing, a reset, something else', async () => {
  const faults = [
    ['close', 'reset'],
    ['reset', 'reset'],
    ['malformed', 'malformed'],
  ] as const
  for (const [how, kind] of faults) {
    await using at = await open(() => ({ fault: { kind: 'head', how } }))
    await assert.rejects(at.transport.post(requestTo(at.url)), fails(kind), how)
  }
})

test('a head that does not come in time and a body that falls silent are timeouts', async () => {
  await using head = await open(() => ({ fault: { kind: 'head', how: 'stall' } }))
  await using body = await open(() => ({ body: 'begun', fault: { kind: 'stall', after: 3 } }))
  await Promise.all([
    assert.rejects(head.transport.post(requestTo(head.url, { headersTimeoutMs: 1 })), fails('timeout')),
    assert.rejects(postAll(body.transport, requestTo(body.url, { bodyTimeoutMs: 1 })), fails('timeout')),
  ])
  await body.upstream.requests[0]?.closed
})

test('a place where nobody listens is a failed connection', async () => {
  const upstream = await openHostileUpstream(() => ({}))
  await upstream.close()
  const transport = httpTransport()
  await assert.rejects(transport.post(requestTo(upstream.url)), fails('connect'))
  await transport.close()
})

test('an abort before, while waiting for the head, and in the body destroys the connection and says aborted', async () => {
  await using at = await open((count) =>
    count === 0 ? { fault: { kind: 'head', how: 'stall' } } : { body: 'begun', fault: { kind: 'stall', after: 5 } },
  )
  await assert.rejects(at.transport.post(requestTo(at.url, { signal: AbortSignal.abort() })), fails('aborted'))
  assert.equal(at.upstream.requests.length, 0)

  const whileWaiting = new AbortController()
  const head = assert.rejects(at.transport.post(requestTo(at.url, { signal: whileWaiting.signal })), fails('aborted'))
  await eventually(
    () => at.upstream.requests.length,
    (requests) => requests > 0,
  )
  whileWaiting.abort()
  await head
  await at.upstream.requests[0]?.closed

  const inBody = new AbortController()
  const reply = await at.transport.post(requestTo(at.url, { signal: inBody.signal }))
  const bytes = reply.body[Symbol.asyncIterator]()
  assert.equal(Buffer.from((await bytes.next()).value ?? '').toString(), 'begun')
  const pending = assert.rejects(async () => bytes.next(), fails('aborted'))
  inBody.abort()
  await pending
  await at.upstream.requests[1]?.closed
  assert.deepEqual(await bytes.next(), { done: true, value: undefined })
})

test('an abort while the connection is being made rejects at once and frees its place', async () => {
  await using at = await open(() => ({ body: 'ok' }), { connections: 1 })
  const stopped = new AbortController()
  const first = assert.rejects(at.transport.post(requestTo(at.url, { signal: stopped.signal })), fails('aborted'))
  stopped.abort()
  await first
  // The place is free again as soon as the connection has been made and given up.
  const again = (): Promise<string | void> =>
    postAll(at.transport, requestTo(at.url)).catch((error: unknown) => {
      fails('busy')(error)
    })
  await eventually(again, (text) => text === 'ok')
})

test('a reader that leaves destroys the connection', async () => {
  await using at = await open(() => ({ body: 'begun', fault: { kind: 'stall', after: 5 } }))
  const reply = await at.transport.post(requestTo(at.url))
  for await (const part of reply.body) {
    assert.equal(Buffer.from(part).toString(), 'begun')
    break
  }
  await at.upstream.requests[0]?.closed
  assert.equal(at.upstream.requests[0]?.complete, false)
})

test('a reader that leaves while it waits is answered with the end', async () => {
  await using at = await open(() => ({ body: 'begun', fault: { kind: 'stall', after: 5 } }))
  const bytes = (await at.transport.post(requestTo(at.url))).body[Symbol.asyncIterator]()
  await bytes.next()
  const pending = bytes.next()
  await bytes.return?.()
  assert.deepEqual(await pending, { done: true, value: undefined })
  await at.upstream.requests[0]?.closed
})

test('nothing stays on the signal, however a request ended', async () => {
  const { signal } = new AbortController()
  await using at = await open((count) =>
    count === 1 ? { body: 'x', fault: { kind: 'cut', after: 1 } } : { body: 'x' },
  )
  await postAll(at.transport, requestTo(at.url, { signal }))
  await assert.rejects(postAll(at.transport, requestTo(at.url, { signal })))
  const released = await at.transport.post(requestTo(at.url, { signal }))
  released.release?.()
  const left = await at.transport.post(requestTo(at.url, { signal }))
  await left.body[Symbol.asyncIterator]().return?.()
  assert.equal(getEventListeners(signal, 'abort').length, 0)
})

test('a reader that does not read stops the sender, and gets every byte when it does', async () => {
  const piece = 'x'.repeat(64 * 1024)
  const pieces = Array.from({ length: 128 }, () => piece)
  await using at = await open(() => ({ body: pieces }))
  const reply = await at.transport.post(requestTo(at.url))
  for (let turns = 0; turns < 200; turns += 1) await turn()
  let bytes = 0
  let largest = 0
  for await (const batch of reply.body) {
    bytes += batch.length
    largest = Math.max(largest, batch.length)
  }
  assert.equal(bytes, piece.length * pieces.length)
  // The limit, and the one read that passed it.
  assert.ok(largest <= 256 * 1024 + 64 * 1024, `${largest} bytes were queued`)
})

test('the limit of running requests at one origin refuses the next one, and is counted down again', async () => {
  await using at = await open((count) => (count === 0 ? { fault: { kind: 'head', how: 'stall' } } : { body: 'ok' }), {
    connections: 1,
  })
  const stop = new AbortController()
  const first = assert.rejects(at.transport.post(requestTo(at.url, { signal: stop.signal })), fails('aborted'))
  await assert.rejects(at.transport.post(requestTo(at.url)), { kind: 'busy', message: /all 1 connections are taken/ })
  await eventually(
    () => at.upstream.requests.length,
    (requests) => requests > 0,
  )
  stop.abort()
  await first
  assert.equal(await postAll(at.transport, requestTo(at.url)), 'ok')
})

test('the limit of origins gives up one that is idle, and refuses when none is', async () => {
  await using one = await open(() => ({ body: 'ok' }), { origins: 1 })
  await using two = await open(() => ({ fault: { kind: 'head', how: 'stall' } }))
  assert.equal(await postAll(one.transport, requestTo(one.url)), 'ok')
  const stop = new AbortController()
  const stalled = assert.rejects(one.transport.post(requestTo(two.url, { signal: stop.signal })), fails('aborted'))
  await assert.rejects(one.transport.post(requestTo(one.url)), fails('busy'))
  stop.abort()
  await stalled
})

test('a closed transport fails what runs and refuses what comes', async () => {
  await using at = await open(() => ({ body: 'begun', fault: { kind: 'stall', after: 5 } }))
  const reply = await at.transport.post(requestTo(at.url))
  const reading = assert.rejects(readAll(reply.body), fails('reset'))
  await at.transport.close()
  await reading
  await assert.rejects(at.transport.post(requestTo(at.url)), fails('connect'))
})

/** How a scripted reply ends on the wire. */
function faultOf(ending: 'end' | 'stall' | 'cut', pieces: readonly string[]): { fault?: Fault } {
  const after = Buffer.byteLength(pieces.join(''))
  return ending === 'end' ? {} : { fault: { kind: ending, after } }
}

engineContract('openai-compatible, vllm, over real sockets', async () => {
  const upstream = await openHostileUpstream(({ method, body }) => {
    if (method === 'GET') return { headers: { 'content-type': 'application/json' }, body: '{"data":[]}' }
    const { status, headers, pieces, ending } = scriptedReply('vllm', JSON.parse(body))
    return { status, headers, body: pieces, ...faultOf(ending, pieces) }
  })
  const transport = httpTransport()
  const engine = openaiCompatibleEngine({
    name: 'vllm',
    url: `${upstream.url}/v1`,
    flavour: 'vllm',
    transport,
    clock: { now: () => 0 },
    ...HANDED_IN,
  })
  return {
    ...CONTRACT_REQUESTS,
    engine,
    begun: () => upstream.requests.length,
    active: () => upstream.requests.filter(({ complete, gone }) => !complete && !gone).length,
    honours: { choices: true },
    close: async () => {
      await transport.close()
      await upstream.close()
    },
  }
})
