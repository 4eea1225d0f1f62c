/** One request and its reply, as routes see them: a small thing of our own, so that `node:http` stays behind one file. */

import type { ApiError } from '@moonbase/protocol'
import type { ExchangeNotes } from './exchange-notes.ts'

export interface Exchange {
  /** Ours; on every reply as `Msh-Request-Id` and `x-request-id`, and on every log line. */
  readonly id: string
  readonly method: string
  /** Why it cannot be answered, whatever it asks for: its head is not what HTTP wants. */
  readonly wrongHead?: ApiError | undefined
  /** What the log will say of this exchange. */
  readonly notes: ExchangeNotes
  /** Without the query. */
  readonly path: string
  /** What stands behind the `?`; empty without one. */
  readonly query: string
  /** Of the client, as far as it is known; empty when the connection is gone. */
  readonly address: string
  /** By lower-case name; the first value where a name came more than once. */
  header(name: string): string | undefined
  /** Fires when the client has gone, or with an `ApiError` as its reason when the server must stop. */
  readonly signal: AbortSignal
  /** Fires the signal: whatever is under way for this exchange ends with that reason. */
  abort(reason: ApiError): void
  /**
   * The whole body. Rejects with an `ApiError` when it is larger than the server allows, or than `mostBytes`: what comes
   * beyond is not kept. A body is read once, by this or by `body`.
   */
  readBody(mostBytes?: number): Promise<Uint8Array>
  /**
   * The body piece by piece, however large it is, at constant memory: the client waits while the consumer is slow. What a
   * consumer that stops early has not read is dropped. A body is read once, by this or by `readBody`.
   *
   * @throws ApiError from the iterator: `body_too_large` past `mostBytes`, `client_closed`, `server_busy`. The pieces before
   * it are of a body that is not whole.
   */
  body(mostBytes: number): AsyncIterable<Uint8Array>
  /** Adds a header to the reply, whichever it will be. */
  setHeader(name: string, value: string): void
  /**
   * The whole reply. For HEAD the same headers leave without the body. Behind a reply that is out already it does nothing,
   * but cuts one whose body was opened and has no end: nobody may take that for a whole one.
   */
  send(status: number, contentType: string, body: string | Uint8Array): void
  /**
   * Begins a reply whose body comes bit by bit. `headers` are those of the body, and stand behind its type. `meaningless` may come
   * between any two pieces, to hear whether a client is there: where it is left out an empty comment in a stream of events, and
   * nothing in other bodies.
   */
  open(status: number, contentType: string, headers?: readonly ReplyHeader[], meaningless?: string): BodySink
}

export type ReplyHeader = readonly [name: string, value: string]

/** The body of a reply, while it is written. For HEAD it takes everything and writes nothing. */
export interface BodySink {
  /**
   * Takes a piece at once, and bytes as they stand: they must not be changed afterwards. A promise comes back when the
   * client is slower than the source, to be awaited.
   */
  write(piece: string | Uint8Array): Promise<void> | undefined
  /** What was written is the whole body. */
  end(): void
}
