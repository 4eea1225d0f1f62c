/** The writing end of a streamed reply: what goes to the client is kept, and what the client's leaving means is decided. */

import { ApiError, apiError, encodeSseComment } from '@moonbase/protocol'
import type { BodySink } from '../http/exchange.ts'
import type { KeptStream, SayFailure } from './kept-stream.ts'
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
  /** It goes on without a client, who has gone or never was. */
  detached(writer: StreamWriter): void
  ended(writer: StreamWriter): void
}

export interface StreamWriterParts {
  readonly keeper: Keeper
  /** `undefined` when there is no room for another stream. */
  readonly stream: KeptStream | undefined
  readonly wishes: StreamWishes
  /** `undefined` when there is none. */
  readonly client: StreamClient | undefined
}

/** The client of a stream, such as an exchange. */
export interface StreamClient {
  /** Fires when the client has gone, or the server must stop. */
  readonly signal: AbortSignal
  /** Fires the signal. A stream that may not outlive its client needs no other then: most never do. */
  abort?(reason: ApiError): void
}

/** Nobody sets the pace of a detached stream: after so many characters others get their turn. */
const TURN_UNITS = 64 * 1024

export class StreamWriter {
  readonly stream: KeptStream | undefined
  /** For the engine. Fires when the client's leaving is to stop it, and when it is stopped by its id. */
  readonly signal: AbortSignal
  readonly #keeper: Keeper
  readonly #eventIds: boolean
  /** Whether it may go on without its client. */
  readonly #detach: boolean
  /** Absent where the client's own signal is all that the engine needs. */
  readonly #abort: AbortController | undefined
  readonly #client: StreamClient | undefined
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
    this.#detach = wishes.detach
    if (stream !== undefined) stream.running = this
    if (client?.abort !== undefined && !wishes.detach) {
      this.#client = client
      this.signal = client.signal
      return
    }
    this.#abort = new AbortController()
    this.signal = this.#abort.signal
    const left = client?.signal
    if (left?.aborted === true) this.#abort.abort(left.reason)
    else left?.addEventListener('abort', () => this.#leave(left.reason), { once: true })
  }

  /** By which a client comes back, to be told before `begin`; `undefined` when there was no room to keep it. */
  get id(): string | undefined {
    return this.stream?.id
  }

  /** False while nobody can know of it. */
  get begun(): boolean {
    return this.#state !== 'opened'
  }

  /**
   * From here on the stream's id is known, and what is written goes to the client and is kept. A background response has
   * no client, and should have been opened with `detach`.
   *
   * @param servedBy the header that says who answers; empty where nobody does yet
   * @param fail for whoever reads it again; nothing of the request may hang on it
   */
  begin(sink: BodySink | undefined, servedBy: string, fail: SayFailure): void {
    this.stream?.begin(servedBy, fail)
    this.#sink = sink
    this.#state = 'begun'
    if (sink === undefined) this.#keeper.detached(this)
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

  /** Keeps the connection of a client alive while nothing is said. Nobody else hears of it: it is neither kept nor numbered. */
  idle(text: string): void {
    void this.#sink?.write(text)
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

  /** Ends the generation, whoever reads it. */
  stop(reason: ApiError): void {
    if (this.#abort === undefined) this.#client?.abort?.(reason)
    else this.#abort.abort(reason)
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
    if (!gone || !this.#detach || this.#state === 'opened' || this.stream?.kept !== true) {
      this.#abort?.abort(reason)
    } else if (this.#sink !== undefined) {
      this.#sink = undefined
      this.#keeper.detached(this)
    }
  }
}
