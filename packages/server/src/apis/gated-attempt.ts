/**
 * One attempt of a gateway's step, as the route that answers sees it: an exchange of its own, whose reply is the client's only
 * when the attempt has given its first byte.
 */

import type { WireRequest } from '@moonbase/core/dialects'
import type { ApiError } from '@moonbase/protocol'
import type { BodySink, Exchange, ReplyHeader } from '../http/exchange.ts'

/** What it is told of, and asks. */
export interface AttemptHooks {
  /** The first byte is there: nobody else is asked any more. */
  began(attempt: GatedAttempt): void
  /** A piece of a stream is about to leave. */
  gave(piece: string | Uint8Array): void
}

export interface WholeReply {
  readonly status: number
  readonly contentType: string
  readonly body: string | Uint8Array
}

export class GatedAttempt implements Exchange {
  readonly id: string
  readonly method: string
  readonly path: string
  readonly query: string
  readonly address: string
  readonly notes: Exchange['notes']
  readonly #client: Exchange
  readonly #wire: WireRequest
  readonly #hooks: AttemptHooks
  readonly #abort = new AbortController()
  /** Of the reply, in the order in which they were set. */
  readonly headers: [name: string, value: string][] = []
  /** Of a reply that is whole: it has not left. */
  whole: WholeReply | undefined
  /** The body of a reply that comes bit by bit. */
  stream: AttemptStream | undefined

  constructor(client: Exchange, id: string, wire: WireRequest, hooks: AttemptHooks) {
    this.#client = client
    this.id = id
    this.method = client.method
    this.path = client.path
    this.query = client.query
    this.address = client.address
    this.notes = client.notes
    this.#wire = wire
    this.#hooks = hooks
    if (client.signal.aborted) this.#leave()
    else client.signal.addEventListener('abort', this.#leave, { once: true })
  }

  get signal(): AbortSignal {
    return this.#abort.signal
  }

  /** Whether its reply has begun, and is that of the client. */
  get given(): boolean {
    return this.whole !== undefined || this.stream !== undefined
  }

  header(name: string): string | undefined {
    return this.#wire.header(name)
  }

  /** Ends this attempt alone. */
  abort(reason: ApiError): void {
    this.#abort.abort(reason)
  }

  /** Nothing of it is under way any more. */
  release(): void {
    this.#client.signal.removeEventListener('abort', this.#leave)
  }

  readBody(): Promise<Uint8Array> {
    return Promise.reject(new Error('what a step asks is read already'))
  }

  body(): AsyncIterable<Uint8Array> {
    throw new Error('what a step asks is read already')
  }

  setHeader(name: string, value: string): void {
    this.headers.push([name, value])
  }

  send(status: number, contentType: string, body: string | Uint8Array): void {
    if (this.given) return
    this.whole = { status, contentType, body }
    this.#hooks.began(this)
  }

  open(status: number, contentType: string, headers: readonly ReplyHeader[] = []): BodySink {
    const stream = new AttemptStream(contentType, headers, this.#hooks)
    this.stream = stream
    this.#hooks.began(this)
    stream.follow(this.#client.open(status, contentType, headers))
    return stream
  }

  readonly #leave = (): void => this.#abort.abort(this.#client.signal.reason)
}

/** What is written goes to the client at once. Its end waits for whoever made the attempt. */
class AttemptStream implements BodySink {
  readonly contentType: string
  readonly headers: readonly ReplyHeader[]
  readonly #hooks: AttemptHooks
  #sink: BodySink | undefined
  /** Whoever answered has said that this is all. */
  ended = false

  constructor(contentType: string, headers: readonly ReplyHeader[], hooks: AttemptHooks) {
    this.contentType = contentType
    this.headers = headers
    this.#hooks = hooks
  }

  follow(sink: BodySink): void {
    this.#sink = sink
  }

  write(piece: string | Uint8Array): Promise<void> | undefined {
    this.#hooks.gave(piece)
    return this.#sink?.write(piece)
  }

  end(): void {
    this.ended = true
  }

  /** The client hears of the end, where there is one. */
  close(): void {
    if (this.ended) this.#sink?.end()
  }
}
