/** The body of a request as a gateway sees it: by what it is alike to others, and how much of it a log may show. */

import { createHash } from 'node:crypto'

/** Cloudflare caches requests of at most so many bytes. */
const MOST_CACHEABLE_BYTES = 25 * 1024 * 1024
/** Of either body, in a log. */
export const MOST_HEAD_CHARACTERS = 64 * 1024

export interface StepBody {
  /** Bytes. */
  readonly size: number
  /** SHA-256 of the body; `undefined` for one that is too large to be cached. */
  readonly digest: string | undefined
  /** Its beginning. */
  readonly head: string
  readonly headComplete: boolean
}

/** To be asked before the body is parsed: a large one is gone afterwards. */
export function bodyOfBytes(bytes: Uint8Array): StepBody {
  const digest = bytes.length > MOST_CACHEABLE_BYTES ? undefined : createHash('sha256').update(bytes).digest('hex')
  // A character has at most four bytes.
  const beginning = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, MOST_HEAD_CHARACTERS * 4))
  return { size: bytes.length, digest, ...headOf(beginning.toString('utf8'), bytes.length === beginning.length) }
}

/** Of a part of a body that was parsed, such as a step or a binding's inputs. */
export function bodyOfJson(value: unknown): StepBody {
  const text = JSON.stringify(value) ?? ''
  const size = Buffer.byteLength(text)
  const digest = size > MOST_CACHEABLE_BYTES ? undefined : createHash('sha256').update(text).digest('hex')
  return { size, digest, ...headOf(text, true) }
}

function headOf(text: string, whole: boolean): Pick<StepBody, 'head' | 'headComplete'> {
  if (text.length <= MOST_HEAD_CHARACTERS) return { head: text, headComplete: whole }
  return { head: text.slice(0, MOST_HEAD_CHARACTERS).toWellFormed(), headComplete: false }
}
