/** What went wrong with a blob, whatever keeps it. */

export type BlobErrorKind =
  | 'bad_key'
  | 'bad_range'
  | 'not_found'
  /** More bytes than were allowed. */
  | 'too_large'
  /** More keys at once than may be. */
  | 'too_many'
  /** The memory that blobs are kept in has no room. */
  | 'full'
  /** The disk or the service does not do what it should. */
  | 'unavailable'

export class BlobError extends Error {
  override readonly name = 'BlobError'
  readonly kind: BlobErrorKind

  constructor(kind: BlobErrorKind, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.kind = kind
  }
}

export function notFound(key: string): BlobError {
  return new BlobError('not_found', `there is no blob ${key}`)
}

/** What a disk or a service threw, as it is told. */
export function unavailable(error: unknown): BlobError {
  const why = error instanceof Error ? error.message : String(error)
  return new BlobError('unavailable', `the store of blobs does not work: ${why}`, error)
}
