/** Thoughts that a client carries for us: sealed with a key of its organisation, so that nobody reads, changes or borrows them. */

import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'

/** The form may change one day; what was sealed in another is not opened. */
const FORM = 'mb1.'
const CIPHER = 'aes-256-gcm'
const KEY_BYTES = 32
const IV_BYTES = 12
const TAG_BYTES = 16
/** Keys that are at hand; making one takes longer than sealing a thought. */
const MOST_KEYS = 1_000

export interface Seal {
  seal(thought: string): string
  /** `undefined` for what was not sealed here, was changed, or belongs to another organisation. */
  open(sealed: string): string | undefined
}

/** AES-256-GCM with a key for each organisation, derived (HKDF, SHA-256) from the server's secret. */
export class ReasoningSeals {
  readonly #secret: Uint8Array
  readonly #keys = new Map<string, Uint8Array>()

  /** @param secret the same for all gateways of one store, and at every start */
  constructor(secret: Uint8Array) {
    this.#secret = secret
  }

  of(organisation: string): Seal {
    return {
      seal: (thought) => sealed(thought, this.#key(organisation)),
      open: (text) => opened(text, this.#key(organisation)),
    }
  }

  #key(organisation: string): Uint8Array {
    let key = this.#keys.get(organisation)
    if (key === undefined) {
      key = new Uint8Array(hkdfSync('sha256', this.#secret, '', `reasoning of ${organisation}`, KEY_BYTES))
      if (this.#keys.size >= MOST_KEYS) this.#keys.clear()
      this.#keys.set(organisation, key)
    }
    return key
  }
}

function sealed(thought: string, key: Uint8Array): string {
  const iv = randomBytes(IV_BYTES)
  const cipher = createCipheriv(CIPHER, key, iv)
  const bytes = Buffer.concat([iv, cipher.update(thought, 'utf8'), cipher.final(), cipher.getAuthTag()])
  return FORM + bytes.toString('base64url')
}

function opened(text: string, key: Uint8Array): string | undefined {
  if (!text.startsWith(FORM)) return undefined
  const bytes = Buffer.from(text.slice(FORM.length), 'base64url')
  if (bytes.length < IV_BYTES + TAG_BYTES) return undefined
  const decipher = createDecipheriv(CIPHER, key, bytes.subarray(0, IV_BYTES), { authTagLength: TAG_BYTES })
  decipher.setAuthTag(bytes.subarray(-TAG_BYTES))
  try {
    const thought = decipher.update(bytes.subarray(IV_BYTES, -TAG_BYTES))
    return Buffer.concat([thought, decipher.final()]).toString('utf8')
  } catch {
    // The tag does not fit: another key, or other bytes. That is an answer.
    return undefined
  }
}
