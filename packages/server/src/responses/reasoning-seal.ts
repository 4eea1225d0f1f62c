/** Thoughts that a client carries for us: sealed with a key of its organisation, so that nobody reads, changes or borrows them. */

import { randomBytes } from 'node:crypto'
import { IV_BYTES, derivedKey, openText, sealText } from '../keys/sealed-text.ts'

/** The form may change one day; what was sealed in another is not opened. */
const FORM = 'mb1.'
/** Keys that are at hand; making one takes longer than sealing a thought. */
const MOST_KEYS = 1_000

export interface Seal {
  seal(thought: string): string
  /** `undefined` for what was not sealed here, was changed, or belongs to another organisation. */
  open(sealed: string): string | undefined
}

/** With a key for each organisation, out of the server's secret. */
export class ReasoningSeals {
  readonly #secret: Uint8Array
  readonly #keys = new Map<string, Uint8Array>()

  /** @param secret the same for all gateways of one store, and at every start */
  constructor(secret: Uint8Array) {
    this.#secret = secret
  }

  of(organisation: string): Seal {
    return {
      seal: (thought) => FORM + sealText(thought, this.#key(organisation), randomBytes(IV_BYTES)).toString('base64url'),
      open: (text) =>
        text.startsWith(FORM)
          ? openText(Buffer.from(text.slice(FORM.length), 'base64url'), this.#key(organisation))
          : undefined,
    }
  }

  #key(organisation: string): Uint8Array {
    let key = this.#keys.get(organisation)
    if (key === undefined) {
      key = derivedKey(this.#secret, `reasoning of ${organisation}`)
      if (this.#keys.size >= MOST_KEYS) this.#keys.clear()
      this.#keys.set(organisation, key)
    }
    return key
  }
}
