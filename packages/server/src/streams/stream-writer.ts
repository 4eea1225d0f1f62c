/** The writing end of a streamed reply: what goes to the client is kept, and what the client's leaving means is decided. */

import { ApiError, apiError, encodeSseComment } from '@moonbase/protocol'
import type { BodySink, Exchange } from '../http/exchange.ts'
import { openEvents } from '../http/open-events.ts'
import type { KeptStream } from './kept-stream.ts'
import { numberEvents } from './number-events.ts'
import type { StreamWishes } from './stream-wishes.ts'

/** A limit that was passed, as the error table says it. */
export interface Limit {
  readonly limit: number
  readonly unit: string
}

/** What a writer tells the store. */
export interface Keeper {
  /** The limit that leaves no room for so many characters more, after what is finished has made room. */
  refusal(stream: KeptStream, more: number): Limit | undefined
  append(stream: KeptStream, text: string): void
  giveUp(stream: KeptStream): void
  /** Its client has gone, and it goes on. */
  detached(writer: StreamWriter): void
  ended(writer: StreamWriter): void
}

export interface StreamWriterParts {
  readonly keeper: Keeper
  /** `undefined` when there is no room for another stream. */
  readonly stream: KeptStream | undefined
  readonly wishes: StreamWishes
  /** Fires when the client has gone, or the server must stop. */
  readonly client: AbortSignal
}

/** Nobody sets the pace of a detached stream: after so many characters others get their turn. */
const TURN_UNITS = 64 * 1024

export class StreamWriter {
  readonly stream: KeptStream | undefined
  /** For the engine. Without `detach` it is the client's. */
  readonly signal: AbortSignal
  readonly #keeper: Keeper
  readonly #eventIds: boolean
  /** Only of a stream that may go on without its client. */
  readonly #own: AbortController | undefined
  /** The client, from the first event until it leaves. */
  #sink: BodySink | undefined
  #state: 'opened' | 'begun' | 'ended' = 'opened'
  /** Number of the last event, as far as numbers were asked for. */
  #last = 0
  /** Characters since others had their turn. */
  #turn = 0

  constructor({ keeper, stream, wishes, client }: StreamWriterParts) {
    this.stream = stream
    this.#keeper = keeper
    this.#eventIds = wishes.eventIds
    if (!wishes.detach) {
      this.signal = client
      return
    }
    this.#own = new AbortController()
    this.signal = this.#own.signal
    if (client.aborted) this.#own.abort(client.reason)
    else client.addEventListener('abort', () => this.#leave(client.reason), { once: true })
  }

  /** False while nobody can know of it. */
  get begun(): boolean {
    return this.#state !== 'opened'
  }

  /** Tells the client the stream's id and opens the body. To be called when all other headers are set. */
  begin(exchange: Exchange, servedBy: string): void {
    if (this.stream !== undefined) {
      this.stream.servedBy = servedBy
      exchange.setHeader('x-moonbase-stream-id', this.stream.id)
    }
    this.#sink = openEvents(exchange)
    this.#state = 'begun'
  }

  /**
   * Takes whole events; a promise comes back when the client is slower than the source, to be awaited.
   *
   * @throws ApiError `detached_limit` when nobody but the store is left to take them, and the store is full
   */
  write(text: string): Promise<void> | undefined {
    const { stream } = this
    if (stream?.kept === true) {
      const limit = this.#keeper.refusal(stream, text.length)
      if (limit === undefined) this.#keeper.append(stream, text)
      else if (this.#sink === undefined) throw apiError('detached_limit', limit)
      // The client gets all of it: a stream that is not kept any more is no worse for it.
      else this.#keeper.giveUp(stream)
    }
    if (this.#sink !== undefined) return this.#sink.write(this.#numbered(text))
    this.#turn += text.length
    if (this.#turn < TURN_UNITS) return undefined
    this.#turn = 0
    return new Promise((resolve) => setImmediate(resolve))
  }

  /** Says something beside the events, for people. */
  comment(text: string): void {
    this.#say(encodeSseComment(text))
  }

  /** The last words, if there are any, and the end. They are kept whatever the limits say. May be called again. */
  end(last = ''): void {
    if (this.#state === 'ended') return
    if (last !== '') this.#say(last)
    this.#sink?.end()
    this.#sink = undefined
    this.#keeper.ended(this)
    this.#state = 'ended'
  }

  /** Ends a generation whose client has gone. */
  stop(reason: ApiError): void {
    this.#own?.abort(reason)
  }

  /** Few words, which no limit keeps back. */
  #say(text: string): void {
    if (this.stream?.kept === true) this.#keeper.append(this.stream, text)
    void this.#sink?.write(this.#numbered(text))
  }

  #numbered(text: string): string {
    if (!this.#eventIds) return text
    const numbered = numberEvents(text, this.#last + 1)
    this.#last = numbered.last
    return numbered.text
  }

  /** Whoever left before the first event never learned the id, and nobody could come back for the answer. */
  #leave(reason: unknown): void {
    if (this.#state === 'ended') return
    const gone = reason instanceof ApiError && reason.code === 'client_closed'
    if (gone && this.#state === 'begun' && this.stream?.kept === true) {
      this.#sink = undefined
      this.#keeper.detached(this)
    } else this.#own?.abort(reason)
  }
}
