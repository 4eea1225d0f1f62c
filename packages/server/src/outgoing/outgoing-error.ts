/** Why something was not fetched. No words of it hold the URL: that is a client's, and may hold a secret. */

export type OutgoingErrorKind =
  /** It is none, is too long, or holds a name or a password of somebody. */
  | 'url'
  /** Something else than http and https. */
  | 'scheme'
  /** One on which no web server is expected. */
  | 'port'
  /** It is not of the public internet. */
  | 'address'
  /** Nobody knows it. */
  | 'name'
  | 'connect'
  | 'status'
  /** Too many of them, or one that leads nowhere. */
  | 'redirects'
  | 'type'
  /** More bytes than were asked for, as they come or as they unfold. */
  | 'size'
  | 'time'
  /** A compression that is unknown or broken. */
  | 'encoding'
  /** It ended before it was whole, or never says where it ends. */
  | 'cut'

export class OutgoingError extends Error {
  override readonly name = 'OutgoingError'
  readonly kind: OutgoingErrorKind
  /** What the other side answered, where that is why. */
  readonly status: number | undefined

  constructor(kind: OutgoingErrorKind, message: string, details: { status?: number; cause?: unknown } = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause })
    this.kind = kind
    this.status = details.status
  }
}
