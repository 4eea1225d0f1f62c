/** For tests: a client of a stream and a reader that comes back to it, without a server. */

import { type ApiError, encodeSseData, errorBody } from '@moonbase/protocol'
import { keyAccount } from '../../accounts/testing/account-fixtures.ts'
import type { BodySink, Exchange } from '../../http/exchange.ts'
import type { ExchangeNotes } from '../../http/exchange-notes.ts'
import { openEvents } from '../../http/open-events.ts'
import { followStream } from '../../apis/follow-stream.ts'
import type { KeptStream, SayFailure } from '../kept-stream.ts'
import type { StreamStore } from '../stream-store.ts'
import type { StreamWishes } from '../stream-wishes.ts'
import type { StreamWriter } from '../stream-writer.ts'

/** Lets everything that waits for nothing else have its turns. */
export async function turns(): Promise<void> {
  for (let left = 5; left > 0; left -= 1) await new Promise((resolve) => setImmediate(resolve))
}

/** What is kept of a stream, read to its end. */
export function readAll(stream: KeptStream): string {
  let text = ''
  let seen = 0
  for (let events = stream.read(0); events !== undefined; events = stream.read(seen)) {
    seen = events.last
    text += events.text
  }
  return text
}

/** One end of an exchange, as a client would see it. */
class Client implements Exchange {
  readonly id = 'exchange'
  readonly method = 'GET'
  readonly path = ''
  readonly query: string
  readonly address = '127.0.0.1'
  readonly notes: ExchangeNotes = {}
  readonly headers = new Map<string, string>()
  readonly #abort = new AbortController()
  readonly #slow: boolean
  #release: (() => void) | undefined
  status: number | undefined
  text = ''
  writes = 0
  ended = false

  constructor({ query = '', slow = false }: { readonly query?: string; readonly slow?: boolean }) {
    this.query = query
    this.#slow = slow
  }

  get signal(): AbortSignal {
    return this.#abort.signal
  }

  abort(reason: ApiError): void {
    this.#abort.abort(reason)
  }

  header(): undefined {
    return undefined
  }

  readBody(): Promise<Uint8Array> {
    return Promise.resolve(new Uint8Array())
  }

  async *body(): AsyncGenerator<Uint8Array> {
    yield await this.readBody()
  }

  setHeader(name: string, value: string): void {
    this.headers.set(name, value)
  }

  send(status: number, _contentType: string, body: string | Uint8Array): void {
    this.status = status
    this.text = textOf(body)
  }

  open(status: number): BodySink {
    this.status = status
    return {
      write: (piece) => {
        this.text += textOf(piece)
        this.writes += 1
        if (!this.#slow || this.#release === SET_FREE) return undefined
        return new Promise((resolve) => (this.#release = resolve))
      },
      end: () => {
        this.ended = true
      },
    }
  }

  /** A slow client reads what waits for it, and is slow no more. */
  catchUp(): void {
    this.#release?.()
    this.#release = SET_FREE
  }

  leave(reason: ApiError): void {
    this.#abort.abort(reason)
  }
}

const textOf = (piece: string | Uint8Array): string =>
  typeof piece === 'string' ? piece : new TextDecoder().decode(piece)

const SET_FREE = (): void => undefined

/** The client that asked for a stream, at the first event of it. */
export class Conversation extends Client {
  readonly writer: StreamWriter

  constructor(
    store: StreamStore,
    organisation: string,
    wishes: Partial<StreamWishes> = {},
    fail: SayFailure = (error) => encodeSseData(JSON.stringify(errorBody(error))),
  ) {
    super({})
    this.writer = store.open(organisation, { detach: false, eventIds: false, ...wishes }, this)
    if (this.writer.id !== undefined) this.setHeader('x-moonbase-stream-id', this.writer.id)
    this.writer.begin(openEvents(this), 'm; engine=e', fail)
  }

  get streamId(): string {
    return this.headers.get('x-moonbase-stream-id') ?? ''
  }
}

export interface ReaderOptions {
  readonly organisation?: string
  readonly query?: string
  readonly slow?: boolean
}

/** A client that asks for a stream again. */
export class Reader extends Client {
  /** Settles with the reply. */
  readonly done: Promise<void>

  constructor(store: StreamStore, id: string, { organisation = 'org-a', ...options }: ReaderOptions = {}) {
    super(options)
    const key = keyAccount({ organisation })
    this.done = followStream(store)(this, { key, parameters: { id } })
  }
}
