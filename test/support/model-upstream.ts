/**
 * An upstream that behaves like a host of the model, and fails where it is told to: it knows the whole answer to every
 * request, goes on from any prefix of it, and can be cut, stalled, reset or broken after so many chunks.
 */

import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { once } from './eventually.ts'
import { chatDeltas, event, rawDeltas, wholeReply } from './model-upstream/deltas.ts'
import { fail, silence } from './model-upstream/faults.ts'
import { Gate } from './model-upstream/gate.ts'
import { type ChatBody, prefixOf } from './model-upstream/model-answer.ts'
import type { ModelUpstreamOptions } from './model-upstream/options.ts'
import { usageOf } from './model-upstream/usage.ts'

export type { UpstreamFault } from './model-upstream/faults.ts'
export type { ChatBody, ModelAnswer } from './model-upstream/model-answer.ts'
export type { ModelUpstreamOptions } from './model-upstream/options.ts'

export interface ModelUpstream extends AsyncDisposable {
  /** Base address, with `/v1`. */
  readonly url: string
  readonly bodies: readonly ChatBody[]
  /** Requests that are being answered now. */
  running: number
  /** Sockets that are open now. */
  readonly connections: number
  /** Stops answering at once: every connection is reset, and new ones too, until `revive`. */
  kill(): void
  revive(): void
  /**
   * Falls silent until `release`: each answer stops behind so many of its chunks, or where it is if it has said more; of none,
   * nothing is begun.
   */
  hold(chunks?: number): void
  release(): void
  close(): Promise<void>
}

export async function openModelUpstream(options: ModelUpstreamOptions): Promise<ModelUpstream> {
  const bodies: ChatBody[] = []
  const gate = new Gate()
  let dead = false
  let asked = 0
  const server: Server = createServer((request, response) => {
    if (dead) {
      request.socket.resetAndDestroy()
      return
    }
    upstream.running += 1
    response.once('close', () => (upstream.running -= 1))
    void serve(request, response, options, { bodies, gate, count: () => (asked += 1) - 1 }).catch((error: unknown) => {
      // The client has gone, or the play wants it so.
      response.destroy(error instanceof Error ? error : undefined)
    })
  })
  server.listen(options.port ?? 0, '127.0.0.1')
  await once(server, 'listening')
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- it listens on a port
  const { port } = server.address() as AddressInfo
  const sockets = new Set<import('node:net').Socket>()
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
    socket.on('error', () => socket.destroy())
  })
  const upstream: ModelUpstream = {
    url: `http://127.0.0.1:${port}/v1`,
    bodies,
    running: 0,
    get connections() {
      return sockets.size
    },
    kill() {
      dead = true
      for (const socket of sockets) socket.resetAndDestroy()
    },
    revive() {
      dead = false
    },
    hold: (chunks = 0) => gate.shut(chunks),
    release: () => gate.open(),
    async close() {
      gate.open()
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
    [Symbol.asyncDispose]: () => upstream.close(),
  }
  return upstream
}

interface Desk {
  readonly bodies: ChatBody[]
  readonly gate: Gate
  /** The number of this request, from 0. */
  readonly count: () => number
}

async function serve(
  request: IncomingMessage,
  response: ServerResponse,
  options: ModelUpstreamOptions,
  { bodies, gate, count: next }: Desk,
): Promise<void> {
  const pieces: Buffer[] = []
  for await (const piece of request) pieces.push(piece)
  if (request.method === 'GET') {
    response.setHeader('content-type', 'application/json')
    response.end('{"object":"list","data":[]}')
    return
  }
  const body: ChatBody = JSON.parse(Buffer.concat(pieces).toString('utf8'))
  const count = next()
  if (options.remembers !== false) bodies.push(body)
  await gate.passed(0)
  if (response.destroyed) return
  const fault = options.fault?.(count, body)
  if (fault !== undefined && 'status' in fault) {
    response.writeHead(fault.status, { 'content-type': 'application/json', ...fault.headers })
    response.end(fault.body ?? JSON.stringify({ error: { message: 'scripted', type: 'scripted' } }))
    return
  }
  if (fault !== undefined && 'before' in fault) {
    if (fault.before === 'reset') {
      request.socket.resetAndDestroy()
      return
    }
    await silence(response, fault.ms)
  }
  const answer = options.answer(body)
  const given = prefixOf(body)
  if (given !== undefined && options.refusesPrefix === true) {
    response.writeHead(400, { 'content-type': 'application/json' })
    response.end(
      JSON.stringify({
        error: { message: 'the last message must not be of the assistant', type: 'invalid_request_error' },
      }),
    )
    return
  }
  const deltas =
    body.prompt === undefined ? chatDeltas(answer, given, options) : rawDeltas(answer, body.prompt, options)
  const finish = answer.calls.length > 0 && body.prompt === undefined ? 'tool_calls' : 'stop'
  if (body.stream !== true) {
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify(wholeReply(deltas, finish, usageOf(answer, body, deltas, options))))
    return
  }
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  let sent = 0
  for (const delta of deltas) {
    if (fault !== undefined && 'how' in fault && sent === fault.after) return fail(response, fault.how, delta)
    response.write(event({ choices: [delta] }))
    sent += 1
    if (options.paced === true) await new Promise((resolve) => setImmediate(resolve))
    if (options.pauseMs !== undefined) await new Promise((resolve) => setTimeout(resolve, options.pauseMs))
    await gate.passed(sent)
    if (response.destroyed) return
  }
  if (fault !== undefined && 'how' in fault) return fail(response, fault.how, deltas.at(-1) ?? {})
  const usage = usageOf(answer, body, deltas, options)
  const last =
    body.prompt === undefined
      ? { index: 0, delta: {}, finish_reason: finish }
      : { index: 0, text: '', finish_reason: finish }
  response.write(event({ choices: [last] }))
  response.write(event({ choices: [], usage }))
  if (fault !== undefined && 'after' in fault) {
    response.end()
    return
  }
  response.end('data: [DONE]\n\n')
}
