/** An exchange as somebody else is to see it: the same request and reply, of which a view changes what it must. */

import type { ApiError } from '@moonbase/protocol'
import type { BodySink, Exchange, ReplyHeader } from '../../http/exchange.ts'
import type { ExchangeNotes } from '../../http/exchange-notes.ts'

export class ExchangeView implements Exchange {
  readonly #exchange: Exchange

  constructor(exchange: Exchange) {
    this.#exchange = exchange
  }

  get id(): string {
    return this.#exchange.id
  }

  get method(): string {
    return this.#exchange.method
  }

  get wrongHead(): ApiError | undefined {
    return this.#exchange.wrongHead
  }

  get notes(): ExchangeNotes {
    return this.#exchange.notes
  }

  get path(): string {
    return this.#exchange.path
  }

  get query(): string {
    return this.#exchange.query
  }

  get address(): string {
    return this.#exchange.address
  }

  get signal(): AbortSignal {
    return this.#exchange.signal
  }

  header(name: string): string | undefined {
    return this.#exchange.header(name)
  }

  abort(reason: ApiError): void {
    this.#exchange.abort(reason)
  }

  readBody(mostBytes?: number): Promise<Uint8Array> {
    return this.#exchange.readBody(mostBytes)
  }

  body(mostBytes: number): AsyncIterable<Uint8Array> {
    return this.#exchange.body(mostBytes)
  }

  setHeader(name: string, value: string): void {
    this.#exchange.setHeader(name, value)
  }

  send(status: number, contentType: string, body: string | Uint8Array): void {
    this.#exchange.send(status, contentType, body)
  }

  open(status: number, contentType: string, headers?: readonly ReplyHeader[], meaningless?: string): BodySink {
    return this.#exchange.open(status, contentType, headers, meaningless)
  }
}
