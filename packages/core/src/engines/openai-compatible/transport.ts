/** The way to an upstream, handed in: this package names no Node module, so whoever opens an engine brings the HTTP. */

export interface Transport {
  /** Resolves with the reply's head. Rejects with a `TransportError`, and with nothing else. Follows no redirect. */
  post(request: TransportRequest & { readonly body: BodyText }): Promise<TransportReply>
  get(request: TransportRequest): Promise<TransportReply>
  /** Destroys every connection; requests that are running fail. Whoever opened the transport closes it. */
  close(): Promise<void>
}

/**
 * The text of a body, whole or in the pieces that it is joined of. A long one comes in pieces: with one letter of Chinese in it, all of
 * it would be kept at two bytes a letter, and be converted so; in pieces only that one is.
 */
export type BodyText = string | readonly string[]

export interface TransportRequest {
  readonly url: string
  /** Names in lower case. The transport adds `accept-encoding: identity`, for it decodes nothing. */
  readonly headers: Readonly<Record<string, string>>
  /** When it fires the connection is destroyed at once and whatever is pending rejects with `aborted`. */
  readonly signal: AbortSignal
  /** Milliseconds from the request to the end of the reply's head. Transports may be a second late. */
  readonly headersTimeoutMs: number
  /** Milliseconds without a byte of the reply's body. The same holds for it. */
  readonly bodyTimeoutMs: number
}

export interface TransportReply {
  readonly status: number
  /** Names in lower case; a header sent twice is joined with a comma. */
  readonly headers: Readonly<Record<string, string>>
  /**
   * The bytes, one batch for each read from the network. Read once. It rejects with a `TransportError`, after everything
   * that arrived before the failure has been given out. An early `return()` destroys the connection at once
   * and never rejects.
   */
  readonly body: AsyncIterable<Uint8Array>
  /**
   * The whole body, where all of it has come and nobody has begun to read; the reply counts as read then. A short reply is
   * nearly always here together with its head, and is so had without waiting for it piece by piece.
   */
  takeAll?(): Uint8Array | undefined
  /**
   * The reader has all it wants although the body has not ended: unlike `return()` this keeps the connection for the
   * next request, if the rest is short. Nothing may be read afterwards.
   */
  release?(): void
}

export type TransportErrorKind =
  /** No connection could be made. The upstream has not seen the request. */
  | 'connect'
  /** The transport's own limit of open requests is reached. The upstream has not seen the request. */
  | 'busy'
  /** The head did not come in time, or the body fell silent. */
  | 'timeout'
  /** The connection broke. */
  | 'reset'
  /** What came is not HTTP. */
  | 'malformed'
  /** `signal` fired, or the reader left. */
  | 'aborted'

/** The one way in which a transport fails. `message` is for our log and may name hosts. */
export class TransportError extends Error {
  override readonly name = 'TransportError'
  readonly kind: TransportErrorKind

  constructor(kind: TransportErrorKind, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.kind = kind
  }
}
