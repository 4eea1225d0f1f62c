/** Why there is no grammar for a schema. */

type GrammarErrorKind =
  /** Nothing that can be written fits the schema. */
  | 'no-instance'
  /** Alternatives and references multiply beyond what one grammar may hold. */
  | 'too-complex'
  /** The grammar's text would be longer than what is fit to be read for each answer. */
  | 'too-large'

/** `message` names numbers and never the schema, so it may be logged. */
export class GrammarError extends Error {
  override readonly name = 'GrammarError'
  readonly kind: GrammarErrorKind

  constructor(kind: GrammarErrorKind, message: string) {
    super(message)
    this.kind = kind
  }
}
