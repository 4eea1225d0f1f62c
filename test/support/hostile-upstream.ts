/** An upstream that misbehaves on purpose: raw sockets on 127.0.0.1 that replay scripted bytes and fail where told. */

import { type Server, type Socket, createServer } from 'node:net'
import { once } from './eventually.ts'

export interface HostileReply {
  /** Default 200. */
  readonly status?: number
  /** Default `content-type: text/event-stream`. Framing headers are added. */
  readonly headers?: Readonly<Record<string, string>>
  /** The body; each piece is one write and, when chunked, one HTTP chunk. */
  readonly body?: string | Uint8Array | readonly (string | Uint8Array)[]
  /** How the client knows where the body ends: by chunks (default), by `content-length`, or by the connection's end. */
  readonly framing?: 'chunked' | 'length' | 'close'
  /** What goes wrong. Default: nothing. */
  readonly fault?: Fault
}

/** `after` counts bytes of the body; `head` faults come before any byte of the reply. */
export type Fault =
  /** The socket is closed without the end that the framing promises. */
  | { readonly kind: 'cut'; readonly after: number }
  /** The body ends properly, as HTTP goes, but too early. */
  | { readonly kind: 'end'; readonly after: number }
  /** The connection is reset (RST). */
  | { readonly kind: 'reset'; readonly after: number }
  /** Nothing more comes; the socket stays open. */
  | { readonly kind: 'stall'; readonly after: number }
  /** The next chunk has a length that is none. */
  | { readonly kind: 'malformed'; readonly after: number }
  | { readonly kind: 'head'; readonly how: 'close' | 'reset' | 'stall' | 'malformed' }

export interface UpstreamRequest {
  readonly method: string
  readonly path: string
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  /** Which connection it came on, from 0. */
  readonly connection: number
  /** Resolves when the connection is gone, whoever closed it. */
  readonly closed: Promise<void>
  /** The connection is gone. */
  gone: boolean
  /** The reply has been written to its proper end. */
  complete: boolean
}

export interface HostileUpstream extends AsyncDisposable {
  /** `http://127.0.0.1:port` */
  readonly url: string
  readonly requests: readonly UpstreamRequest[]
  /** Connections made so far. */
  readonly connections: number
  close(): Promise<void>
}

/** `script` is asked once for each request, with the request and its number from 0. */
export async function openHostileUpstream(
  script: (request: UpstreamRequest, count: number) => HostileReply,
): Promise<HostileUpstream> {
  const requests: UpstreamRequest[] = []
  const sockets = new Set<Socket>()
  let connections = 0
  const server = createServer((socket) => {
    const connection = connections
    connections += 1
    sockets.add(socket)
    const served: UpstreamRequest[] = []
    const closed = new Promise<void>((resolve) => {
      socket.once('close', () => {
        sockets.delete(socket)
        for (const request of served) request.gone = true
        resolve()
      })
    })
    // A client that resets is part of the play; `close` follows.
    socket.on('error', () => socket.destroy())
    socket.setNoDelay(true)
    serve(socket, (parsed) => {
      const request = { ...parsed, connection, closed, gone: false, complete: false }
      served.push(request)
      requests.push(request)
      return { reply: script(request, requests.length - 1), request }
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the upstream has no port')
  const close = (): Promise<void> => closeAll(server, sockets)
  return {
    url: `http://127.0.0.1:${address.port}`,
    requests,
    get connections() {
      return connections
    },
    close,
    [Symbol.asyncDispose]: close,
  }
}

async function closeAll(server: Server, sockets: ReadonlySet<Socket>): Promise<void> {
  for (const socket of sockets) socket.destroy()
  if (!server.listening) return
  server.close()
  await once(server, 'close')
}

type ParsedRequest = Pick<UpstreamRequest, 'method' | 'path' | 'headers' | 'body'>
type Answer = (parsed: ParsedRequest) => { reply: HostileReply; request: UpstreamRequest }

const HEAD_END = '\r\n\r\n'

/** Takes requests off the socket one after the other, and plays the reply to each. */
function serve(socket: Socket, answer: Answer): void {
  let received = Buffer.alloc(0)
  socket.on('data', (bytes) => {
    received = Buffer.concat([received, bytes])
    for (;;) {
      const headEnd = received.indexOf(HEAD_END)
      if (headEnd === -1) return
      const head = received.subarray(0, headEnd).toString('latin1')
      const headers = readHeaders(head)
      const bodyStart = headEnd + HEAD_END.length
      const bodyEnd = bodyStart + Number(headers['content-length'] ?? 0)
      if (received.length < bodyEnd) return
      const [method = '', path = ''] = head.split(' ', 2)
      const body = received.subarray(bodyStart, bodyEnd).toString('utf8')
      received = received.subarray(bodyEnd)
      const { reply, request } = answer({ method, path, headers, body })
      play(socket, reply, request)
    }
  })
}

function readHeaders(head: string): Record<string, string> {
  const headers: Record<string, string> = {}
  for (const line of head.split('\r\n').slice(1)) {
    const colon = line.indexOf(':')
    headers[line.slice(0, colon).toLowerCase()] = line.slice(colon + 1).trim()
  }
  return headers
}

function play(socket: Socket, reply: HostileReply, request: UpstreamRequest): void {
  const { fault, framing = 'chunked' } = reply
  if (fault?.kind === 'head') {
    playHeadFault(socket, fault.how)
    return
  }
  const pieces = piecesOf(reply.body)
  const sent = fault === undefined ? pieces : cutAfter(pieces, fault.after)
  // A body that ends too early but properly announces its early length.
  const announced = fault?.kind === 'end' ? sent : pieces
  socket.write(headOf(reply, framing, size(announced)))
  for (const piece of sent) socket.write(framing === 'chunked' ? chunk(piece) : piece)
  if (fault === undefined || fault.kind === 'end') {
    request.complete = true
    if (framing === 'chunked') socket.write(`0${HEAD_END}`)
    if (framing === 'close') socket.end()
    return
  }
  switch (fault.kind) {
    case 'cut':
      socket.end(() => socket.destroy())
      return
    case 'reset':
      // After what was written has left the process, so that the client has a chance to read it.
      socket.write('', () => setImmediate(() => socket.resetAndDestroy()))
      return
    case 'malformed':
      socket.write('this is no length\r\n')
      return
    case 'stall':
  }
}

function playHeadFault(socket: Socket, how: 'close' | 'reset' | 'stall' | 'malformed'): void {
  if (how === 'close') socket.end()
  else if (how === 'reset') socket.resetAndDestroy()
  else if (how === 'malformed') socket.end('I am no web server\r\n\r\n')
}

function headOf(reply: HostileReply, framing: 'chunked' | 'length' | 'close', length: number): string {
  const framed = {
    chunked: { 'transfer-encoding': 'chunked' },
    length: { 'content-length': String(length) },
    close: { connection: 'close' },
  }[framing]
  const headers = Object.entries({ 'content-type': 'text/event-stream', ...reply.headers, ...framed })
  const lines = headers.map(([name, value]) => `${name}: ${value}\r\n`).join('')
  return `HTTP/1.1 ${reply.status ?? 200} Scripted\r\n${lines}\r\n`
}

function piecesOf(body: HostileReply['body'] = ''): Buffer[] {
  const list = typeof body === 'string' || body instanceof Uint8Array ? [body] : body
  return list.map((piece) => Buffer.from(piece)).filter((piece) => piece.length > 0)
}

function cutAfter(pieces: readonly Buffer[], after: number): Buffer[] {
  const kept: Buffer[] = []
  let left = after
  for (const piece of pieces) {
    if (left > 0) kept.push(piece.subarray(0, left))
    left -= piece.length
  }
  return kept
}

function size(pieces: readonly Buffer[]): number {
  return pieces.reduce((sum, piece) => sum + piece.length, 0)
}

function chunk(piece: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`${piece.length.toString(16)}\r\n`), piece, Buffer.from('\r\n')])
}
