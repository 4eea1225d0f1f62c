/** Why a GGUF model cannot be served: said once, at the start, in words that its operator can act on. */

export type GgufErrorKind =
  /** There is no such file, or a part of it is missing. */
  | 'missing'
  /** It is a file, and no GGUF. */
  | 'not-gguf'
  /** A GGUF that ends too early, or that llama.cpp cannot read. */
  | 'broken'
  /** A model of another family than Kimi K2. */
  | 'family'
  /** Weights and context do not fit into the memory that is free. */
  | 'memory'
  /** llama.cpp itself does not start here. */
  | 'runtime'

export class GgufError extends Error {
  override readonly name = 'GgufError'
  readonly kind: GgufErrorKind

  constructor(kind: GgufErrorKind, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.kind = kind
  }
}
