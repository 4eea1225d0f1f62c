/** What makes a thought known again: handed in, because it takes a secret that only the server has. Synchronous. */

export interface ThinkingSeal {
  /** A signature of a thought that stands beside it. */
  sign(thinking: string): string
  /** `unknown`: of another maker, or under a secret that is not known here. */
  verify(thinking: string, signature: string): 'right' | 'wrong' | 'unknown'
  /** The thought itself, unreadable without the secret: for clients that do not want to see it and bring it back all the same. */
  seal(thinking: string): string
  /** The thought in a seal; `undefined` for what is none of ours. */
  open(sealed: string): string | undefined
}

/** The thought of a block that a client sends back; `undefined`: it was changed. */
export function thoughtOf(thinking: string, signature: string, seal: ThinkingSeal): string | undefined {
  if (signature === '') return thinking
  const sealed = seal.open(signature)
  if (sealed !== undefined) return thinking === '' || thinking === sealed ? sealed : undefined
  // A thought of another model, or from before the secret was lost, is one without a signature.
  return seal.verify(thinking, signature) === 'wrong' ? undefined : thinking
}
