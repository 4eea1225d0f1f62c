/** Signs thoughts, and seals those that a client does not want to see: HMAC-SHA256, and AES-256-GCM. */

import { createCipheriv, createDecipheriv, createHmac, hkdfSync, timingSafeEqual } from 'node:crypto'
import type { ThinkingSeal } from '@moonbase/core/dialects/anthropic'

/** The first byte of what is made here, and behind it which secret made it. */
const SIGNED = 1
const SEALED = 2
const MARK_BYTES = 5
const MAC_BYTES = 32
const IV_BYTES = 12
const TAG_BYTES = 16

/**
 * @param secret 32 bytes that nobody else has
 * @param organisation whose thoughts they are: what is sealed for one is no seal to another
 */
export function openThinkingSeal(secret: Uint8Array, organisation: string): ThinkingSeal {
  const derive = (use: string, bytes: number): Buffer =>
    Buffer.from(hkdfSync('sha256', secret, '', `thinking ${use} of ${organisation}`, bytes))
  const macKey = derive('signature', 32)
  const sealKey = derive('seal', 32)
  const ivKey = derive('iv', 32)
  const name = derive('name', MARK_BYTES - 1)
  const mark = (kind: number): Buffer => Buffer.concat([Buffer.from([kind]), name])
  const signedMark = mark(SIGNED)
  const sealedMark = mark(SEALED)
  const macOf = (thinking: string): Buffer => createHmac('sha256', macKey).update(thinking).digest()

  return {
    sign: (thinking) => Buffer.concat([signedMark, macOf(thinking)]).toString('base64'),
    verify(thinking, signature) {
      const given = Buffer.from(signature, 'base64')
      if (given.length !== MARK_BYTES + MAC_BYTES || !startsWith(given, signedMark)) return 'unknown'
      return timingSafeEqual(given.subarray(MARK_BYTES), macOf(thinking)) ? 'right' : 'wrong'
    },
    seal(thinking) {
      // Made of the thought itself: one thought has one seal, and no two have one initialisation vector.
      const iv = createHmac('sha256', ivKey).update(thinking).digest().subarray(0, IV_BYTES)
      const cipher = createCipheriv('aes-256-gcm', sealKey, iv)
      const sealed = Buffer.concat([cipher.update(thinking, 'utf8'), cipher.final()])
      return Buffer.concat([sealedMark, iv, cipher.getAuthTag(), sealed]).toString('base64')
    },
    open(text) {
      if (!text.startsWith(SEALED_BEGINNING)) return undefined
      const given = Buffer.from(text, 'base64')
      const head = MARK_BYTES + IV_BYTES + TAG_BYTES
      if (given.length < head || !startsWith(given, sealedMark)) return undefined
      const decipher = createDecipheriv('aes-256-gcm', sealKey, given.subarray(MARK_BYTES, MARK_BYTES + IV_BYTES))
      decipher.setAuthTag(given.subarray(MARK_BYTES + IV_BYTES, head))
      try {
        return Buffer.concat([decipher.update(given.subarray(head)), decipher.final()]).toString('utf8')
      } catch {
        // It was changed on its way, and is nobody's thought any more.
        return undefined
      }
    },
  }
}

/** Six bits of the first byte: most signatures are known not to be a seal by their first letter. */
const SEALED_BEGINNING = Buffer.from([SEALED]).toString('base64').slice(0, 1)

function startsWith(bytes: Buffer, mark: Buffer): boolean {
  return bytes.subarray(0, mark.length).equals(mark)
}
