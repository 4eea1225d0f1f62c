/** What is wrong with documents that somebody wants to keep, or with a question about them: a mistake of whoever asks. */

export type DocumentErrorKind =
  /** A kind, an owner, an id, a label or a prefix that cannot be. */
  | 'bad_name'
  /** Times, revisions, values that are no JSON. */
  | 'bad_value'
  /** One value, or those of a put together. */
  | 'too_large'
  /** Writes of a put, or a page. */
  | 'too_many'
  /** The same document twice in one put. */
  | 'twice'
  /** The memory that they are kept in has no room. */
  | 'full'

export class DocumentError extends Error {
  override readonly name = 'DocumentError'
  readonly kind: DocumentErrorKind

  constructor(kind: DocumentErrorKind, message: string) {
    super(message)
    this.kind = kind
  }
}
