/** Text that only who has the key can read, change or make: AES-256-GCM, with keys for one purpose each out of a secret. */

import { createCipheriv, createDecipheriv, hkdfSync } from 'node:crypto'

const CIPHER = 'aes-256-gcm'
const KEY_BYTES = 32
export const IV_BYTES = 12
const TAG_BYTES = 16

/** HKDF, SHA-256. @param purpose what it is for and whose: no two have keys in common */
export function derivedKey(secret: Uint8Array, purpose: string, bytes = KEY_BYTES): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, '', purpose, bytes))
}

/** @param iv of {@link IV_BYTES}, and never the same for two texts */
export function sealText(text: string, key: Uint8Array, iv: Uint8Array): Buffer {
  const cipher = createCipheriv(CIPHER, key, iv, { authTagLength: TAG_BYTES })
  return Buffer.concat([iv, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()])
}

/** `undefined` for what was changed, or sealed with another key. */
export function openText(sealed: Uint8Array, key: Uint8Array): string | undefined {
  if (sealed.length < IV_BYTES + TAG_BYTES) return undefined
  const decipher = createDecipheriv(CIPHER, key, sealed.subarray(0, IV_BYTES), { authTagLength: TAG_BYTES })
  decipher.setAuthTag(sealed.subarray(-TAG_BYTES))
  try {
    const text = decipher.update(sealed.subarray(IV_BYTES, -TAG_BYTES))
    return Buffer.concat([text, decipher.final()]).toString('utf8')
  } catch {
    // The tag does not fit: another key, or other bytes. That is an answer.
    return undefined
  }
}
