/** SHA-256 of texts for cassettes. */

import { hash } from 'node:crypto'

/** Shorter texts are hashed here and now, in a few milliseconds at most; longer ones, which hold media, beside the event loop. */
const SHORT_CHARACTERS = 1024 * 1024

/** In lower-case hex. */
export async function sha256(text: string): Promise<string> {
  if (text.length <= SHORT_CHARACTERS) return hash('sha256', text)
  return Buffer.from(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))).toString('hex')
}
