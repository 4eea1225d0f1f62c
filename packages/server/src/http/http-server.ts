/** `node:http` behind the exchange: the one file that knows it. */

import { randomUUID } from 'node:crypto'
import { type IncomingMessage, type ServerResponse, createServer } from 'node:http'
import { type ApiError, apiError } from '@moonbase/protocol'
import { ActiveList, type Tracked } from '../collections/active-list.ts'
import { BodyShares } from './body-shares.ts'
import { type ClientAddress, clientAddress, peerIsListed } from './client-address.ts'
import type { ClientConnection, OnConnection } from './client-connection.ts'
import { Connections } from './connections.ts'
import { type EndOfTurnWrite, EndOfTurnWrites } from './end-of-turn-writes.ts'
import type { BodySink, Exchange, ReplyHeader } from './exchange.ts'
import type { ExchangeNotes } from './exchange-notes.ts'
import type { HttpLimits, HttpServer, HttpServerOptions } from './http-server-options.ts'
import { flattened } from './flattened-head.ts'
import { listen } from './listen.ts'
import { RequestBody } from './request-body.ts'
import { ResponseBody } from './response-body.ts'
import { pathOf } from './request-path.ts'
import { keepDescriptors } from './spare-descriptors.ts'
import { StreamedBody } from './streamed-body.ts'
import { watchConnections } from './watch-connections.ts'
import { wrongWithHead } from './wrong-head.ts'

/** What all exchanges of one server share. */
interface Shared {
  readonly limits: HttpLimits
  readonly bodies: BodyShares
  readonly clients: Connections
  readonly writes: EndOfTurnWrites
  readonly addressOf: ClientAddress
}

/** A gateway's load balancer keeps idle connections for a minute; ours must outlive it, or it meets a closing socket. */
const KEEP_ALIVE_MS = 75_000
const HEADERS_TIMEOUT_MS = 60_000
/** How often node looks for requests that outlived their time, at the most. */
const TIMEOUT_CHECK_MS = 5_000
/** How often slow bodies and idle connections are looked for. */
const LOOK_MS = 1000
/** Connections past the limit that are there for as long as they are told so. */
const BEING_REFUSED = 16
/** Of server-sent events. */
const EMPTY_COMMENT = ':\n\n'

/** `handle` answers every exchange and never rejects. */
export function httpServer(
  handle: (exchange: Exchange) => Promise<void>,
  { limits, trustedProxies = [], refusalBody }: HttpServerOptions,
): HttpServer {
  const active = new ActiveList<NodeExchange>()
  const addressOf = clientAddress(trustedProxies)
  const bodies = new BodyShares({ bytes: limits.bodiesBytes, bytesPerSecond: limits.bodyBytesPerSecond })
  const clients = new Connections({ connections: limits.connections, idleOfAddress: limits.idleConnections })
  const shared: Shared = { limits, bodies, clients, writes: new EndOfTurnWrites(), addressOf }
  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    const exchange = new NodeExchange(request, response, shared, connections.get(request.socket))
    active.add(exchange)
    response.on('close', () => {
      exchange.closed()
      active.remove(exchange)
    })
    void handle(exchange)
  }

  const server = createServer(
    {
      keepAliveTimeout: KEEP_ALIVE_MS,
      headersTimeout: Math.min(HEADERS_TIMEOUT_MS, limits.bodyTimeoutMs),
      requestTimeout: limits.bodyTimeoutMs,
      connectionsCheckingInterval: Math.min(TIMEOUT_CHECK_MS, limits.bodyTimeoutMs),
      noDelay: true,
      // Node's own refusal is no body at all: `wrongWithHead` looks.
      requireHostHeader: false,
    },
    answer,
  )
  server.maxConnections = limits.connections + BEING_REFUSED
  const connections = watchConnections(server, {
    clients,
    isProxy: peerIsListed(trustedProxies),
    bodyTimeoutMs: limits.bodyTimeoutMs,
    refusalBody,
  })
  const looking = setInterval(() => {
    bodies.look()
    clients.look()
    keepDescriptors(() => clients.relieve())
  }, LOOK_MS).unref()
  // Whatever is expected, the head is looked at with all others.
  server.on('checkExpectation', answer)

  return {
    get figures() {
      return { bodyBytes: bodies.bytes, connections: clients.size }
    },
    // A system without descriptors says so here. Whoever came is gone by then; the next one finds one that was idle.
    listen: (host, port) => listen(server, host, port, () => void clients.relieve()),
    relieve: () => void clients.relieve(),
    stopAccepting() {
      server.close()
      server.closeIdleConnections()
    },
    abortAll(reason) {
      for (const exchange of active.list()) exchange.abort(reason)
    },
    idle: () => active.idle(),
    close: () =>
      new Promise((resolve) => {
        clearInterval(looking)
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

class NodeExchange implements Exchange, Tracked, EndOfTurnWrite, OnConnection {
  place = -1
  readonly id = randomUUID()
  readonly notes: ExchangeNotes = {}
  readonly path: string
  readonly wrongHead: ApiError | undefined
  readonly #request: IncomingMessage
  readonly #response: ServerResponse
  readonly #shared: Shared
  /** Absent where the system has taken it back already. */
  readonly #connection: ClientConnection | undefined
  /** Of the reply, until its head has left: a stream waits for long, and needs none. */
  #headers: string[] | undefined
  /** Made when somebody asks: most exchanges of the platform never wait for anything. */
  #abort: AbortController | undefined
  #sink: ResponseBody | undefined
  #body: RequestBody | StreamedBody | undefined
  /** May be written into the reply to hear whether anybody is there. */
  #meaningless = ''
  #clientGone = false
  /** The body of a whole reply, until the turn ends. */
  #reply: string | Uint8Array = ''
  #replyEncoding: 'latin1' | 'utf8' = 'utf8'

  constructor(
    request: IncomingMessage,
    response: ServerResponse,
    shared: Shared,
    connection: ClientConnection | undefined,
  ) {
    this.#request = request
    this.#response = response
    this.#shared = shared
    this.#connection = connection
    if (connection !== undefined) {
      connection.add(this)
      shared.clients.began(connection)
    }
    const headers = ['Msh-Request-Id', this.id, 'x-request-id', this.id]
    this.#headers = headers
    this.wrongHead = wrongWithHead(request)
    // What follows may be the body that it has not sent, or another request.
    if (this.wrongHead !== undefined) headers.push('Connection', 'close')
    this.path = pathOf(request.url ?? '/')
  }

  get isWhole(): boolean {
    return this.#request.complete
  }

  get reply(): OnConnection['reply'] {
    if (!this.#response.headersSent) return 'none'
    return this.#sink === undefined ? 'whole' : 'begun'
  }

  probe(): boolean {
    const { httpVersionMajor, httpVersionMinor } = this.#request
    if (this.#response.headersSent) this.#sink?.probe(this.#meaningless)
    // Which means: go on. Clients take any number of them. An older one would take it for the reply.
    else if (httpVersionMajor === 1 && httpVersionMinor > 0) this.#response.writeContinue()
    else return false
    return true
  }

  get method(): string {
    return this.#request.method ?? 'GET'
  }

  get query(): string {
    const url = this.#request.url ?? ''
    const at = url.indexOf('?')
    return at === -1 ? '' : url.slice(at + 1)
  }

  get address(): string {
    return this.#shared.addressOf(this.#request.socket.remoteAddress, this.header('x-forwarded-for'))
  }

  header(name: string): string | undefined {
    const value = this.#request.headers[name]
    return Array.isArray(value) ? value[0] : value
  }

  get signal(): AbortSignal {
    if (this.#abort === undefined) {
      this.#abort = new AbortController()
      if (this.#clientGone) this.#abort.abort(apiError('client_closed'))
    }
    return this.#abort.signal
  }

  abort(reason: ApiError): void {
    this.#abort ??= new AbortController()
    this.#abort.abort(reason)
  }

  /** The connection is done with this exchange: the reply is out, or the client has gone. */
  closed(): void {
    if (this.#connection !== undefined) {
      this.#connection.remove(this)
      this.#shared.clients.ended(this.#connection, this.notes.keyId !== undefined)
    }
    this.#sink?.closed()
    // Also where the reply is out already: what nobody will read must not stay in hand.
    this.#body?.abandon()
    if (this.#response.writableFinished) return
    this.#clientGone = true
    this.#abort?.abort(apiError('client_closed'))
  }

  /** Whose its body is: known by then, as keys are asked for first. */
  get #owner(): string {
    const { organisation, keyId } = this.notes
    return organisation ?? keyId ?? this.address
  }

  readBody(mostBytes = Infinity): Promise<Uint8Array> {
    if (this.#body !== undefined) return Promise.reject(readAlready())
    const { limits, bodies } = this.#shared
    const body = new RequestBody(this.#request, Math.min(limits.bodyBytes, mostBytes), bodies, this.#owner)
    this.#body = body
    const whole = body.read()
    if (this.#clientGone) body.abandon()
    return whole
  }

  body(mostBytes: number): AsyncIterable<Uint8Array> {
    if (this.#body !== undefined) throw readAlready()
    const body = new StreamedBody(this.#request, mostBytes, this.#shared.bodies, this.#owner)
    this.#body = body
    if (this.#clientGone) body.abandon()
    return body
  }

  setHeader(name: string, value: string): void {
    this.#headers?.push(name, value)
  }

  send(status: number, contentType: string, body: string | Uint8Array): void {
    // Nobody is there, or a reply is out already: a failure behind it must not become another one.
    if (this.#response.destroyed) return
    if (this.#response.headersSent) return this.#sink?.cut()
    this.notes.status = status
    const bytes = Buffer.byteLength(body)
    const headers = this.#headers ?? []
    if (this.#body?.isLeft === true) headers.push('Connection', 'close')
    headers.push('Content-Type', contentType)
    // Not of a 304, where it would speak of the body that the client has. Source: RFC 9110, section 8.6.
    if (status !== 304) headers.push('Content-Length', String(bytes))
    this.#response.writeHead(status, headers)
    this.#reply = body
    // As many bytes as characters: it is ASCII, which node writes without converting it.
    this.#replyEncoding = bytes === body.length ? 'latin1' : 'utf8'
    this.#shared.writes.add(this)
  }

  depart(): void {
    // To HEAD node sends the head alone.
    this.#response.end(this.#reply, this.#replyEncoding)
    this.#reply = ''
  }

  open(
    status: number,
    contentType: string,
    more: readonly ReplyHeader[] = [],
    meaningless = contentType.startsWith('text/event-stream') ? EMPTY_COMMENT : '',
  ): BodySink {
    this.notes.status = status
    this.#meaningless = meaningless
    const headers = this.#headers ?? []
    headers.push('Content-Type', contentType)
    for (const [name, value] of more) headers.push(name, value)
    this.#response.writeHead(status, headers)
    flattened(this.#response)
    this.#headers = undefined
    this.#sink = new ResponseBody(this.#response, this.#shared.writes, this.#request.method === 'HEAD')
    return this.#sink
  }
}

function readAlready(): Error {
  return new Error('the body of an exchange is read once: either whole or piece by piece')
}
