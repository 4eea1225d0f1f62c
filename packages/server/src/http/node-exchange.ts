/** One exchange over `node:http`: its request as it was read, and its reply as it goes out. */

import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { type ApiError, apiError } from '@moonbase/protocol'
import type { Tracked } from '../collections/active-list.ts'
import type { BodyShares } from './body-shares.ts'
import type { ClientAddress } from './client-address.ts'
import type { ClientConnection, OnConnection } from './client-connection.ts'
import type { Connections } from './connections.ts'
import type { EndOfTurnWrite, EndOfTurnWrites } from './end-of-turn-writes.ts'
import type { BodySink, Exchange, ReplyHeader } from './exchange.ts'
import type { ExchangeNotes } from './exchange-notes.ts'
import type { HttpLimits } from './http-server-options.ts'
import { pathOf } from './request-path.ts'
import { RequestBody } from './request-body.ts'
import { ResponseBody } from './response-body.ts'
import { StreamedBody } from './streamed-body.ts'
import { wrongWithHead } from './wrong-head.ts'

/** What all exchanges of one server share. */
export interface SharedByExchanges {
  readonly limits: HttpLimits
  readonly bodies: BodyShares
  readonly clients: Connections
  readonly writes: EndOfTurnWrites
  readonly addressOf: ClientAddress
}

/** Of server-sent events. */
const EMPTY_COMMENT = ':\n\n'

export class NodeExchange implements Exchange, Tracked, EndOfTurnWrite, OnConnection {
  place = -1
  readonly id = randomUUID()
  readonly notes: ExchangeNotes = {}
  readonly path: string
  readonly wrongHead: ApiError | undefined
  readonly #request: IncomingMessage
  readonly #response: ServerResponse
  readonly #shared: SharedByExchanges
  /** Absent where the system has taken it back already. */
  readonly #connection: ClientConnection | undefined
  /** Of the reply, until its head has left: a stream waits for long, and needs none. */
  #headers: string[] | undefined
  /** Made when somebody asks: most exchanges of the platform never wait for anything. */
  #abort: AbortController | undefined
  #sink: ResponseBody | undefined
  #body: RequestBody | StreamedBody | undefined
  /** What may be written into the body of the reply to hear whether anybody is there. */
  #meaningless = ''
  #clientGone = false
  /** The body of a whole reply, until the turn ends. */
  #reply: string | Uint8Array = ''
  #replyEncoding: 'latin1' | 'utf8' = 'utf8'

  constructor(
    request: IncomingMessage,
    response: ServerResponse,
    shared: SharedByExchanges,
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

/**
 * Node keeps the text of a head that it wrote, put together of some forty pieces; V8 keeps these too, a kilobyte and more for
 * each stream that waits, until somebody looks into the text.
 */
function flattened(response: ServerResponse): void {
  const head: unknown = Reflect.get(response, '_header')
  if (typeof head === 'string') head.charCodeAt(0)
}

function readAlready(): Error {
  return new Error('the body of an exchange is read once: either whole or piece by piece')
}
