/** Signs thoughts, with HMAC-SHA256, and seals those that a client does not want to see. */

import { createHmac, timingSafeEqual } from 'node:crypto'
import type { ThinkingSeal } from '@moonbase/core/dialects/anthropic'
import { IV_BYTES, derivedKey, openText, sealText } from '../../keys/sealed-text.ts'

/** The first byte of what is made here, and behind it which secret made it. A seal of another form has another. */
const SIGNED = 1
const SEALED = 3
const MARK_BYTES = 5
const MAC_BYTES = 32

/**
 * @param secret 32 bytes that nobody else has
 * @param organisation whose thoughts they are: what is sealed for one is no seal to another
 */
export function openThinkingSeal(secret: Uint8Array, organisation: string): ThinkingSeal {
  const derive = (use: string, bytes?: number): Buffer =>
    derivedKey(secret, `thinking ${use} of ${organisation}`, bytes)
  const macKey = derive('signature')
  const sealKey = derive('seal')
  const ivKey = derive('iv')
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
      return Buffer.concat([sealedMark, sealText(thinking, sealKey, iv)]).toString('base64')
    },
    open(text) {
      if (!text.startsWith(SEALED_BEGINNING)) return undefined
      const given = Buffer.from(text, 'base64')
      return startsWith(given, sealedMark) ? openText(given.subarray(MARK_BYTES), sealKey) : undefined
    },
  }
}

/** Six bits of the first byte: most signatures are known not to be a seal by their first letter. */
const SEALED_BEGINNING = Buffer.from([SEALED]).toString('base64').slice(0, 1)

function startsWith(bytes: Buffer, mark: Buffer): boolean {
  return bytes.subarray(0, mark.length).equals(mark)
}
