/**
 * Keeps grammars honest about UTF-8.
 *
 * llama.cpp's grammars put code points together without asking whether their bytes may follow each other: `C0 A2` counts
 * as a quotation mark there, and closes a string, while every other reader sees two broken bytes. A model that was trained
 * hardly ever writes such bytes, but "hardly" is not what a constraint promises. So, while a grammar holds, tokens that
 * could only make broken UTF-8 are not sampled: those broken in themselves never, and those that begin in the wrong range
 * not behind the four lead bytes whose second byte is restricted. (RFC 3629, section 4; that continuation bytes follow a
 * lead byte at all, and in the right number, the grammars do check.)
 */

/** What the bytes so far still allow: anything, or a second byte from a part of its range only. */
export type Utf8Pending = 'free' | 'after-e0' | 'after-ed' | 'after-f0' | 'after-f4'

/** For each pending state, the second bytes that may not come. */
const FORBIDDEN: Readonly<Record<Exclude<Utf8Pending, 'free'>, readonly [from: number, to: number]>> = {
  'after-e0': [0x80, 0x9f],
  'after-ed': [0xa0, 0xbf],
  'after-f0': [0x80, 0x8f],
  'after-f4': [0x90, 0xbf],
}

const PENDING_BY_LEAD: Readonly<Record<number, Utf8Pending>> = {
  0xe0: 'after-e0',
  0xed: 'after-ed',
  0xf0: 'after-f0',
  0xf4: 'after-f4',
}

/** What holds behind a token: only a lead byte at its very end leaves something open. */
export function pendingAfter(bytes: Uint8Array): Utf8Pending {
  return PENDING_BY_LEAD[bytes.at(-1) ?? 0] ?? 'free'
}

/** Whether a token with these bytes may come in this state. */
export function mayFollow(bytes: Uint8Array, pending: Utf8Pending): boolean {
  if (pending === 'free') return true
  const [from, to] = FORBIDDEN[pending]
  const first = bytes[0] ?? 0
  return first < from || first > to
}

/** Whether these bytes are a piece of any UTF-8 text at all. */
export function isPieceOfUtf8(bytes: Uint8Array): boolean {
  let index = 0
  // A piece may begin within a character, which has at most three bytes behind its first.
  while (index < bytes.length && isContinuation(bytes[index])) index += 1
  if (index > 3) return false
  while (index < bytes.length) {
    const lead = bytes[index] ?? 0
    const length = lengthOf(lead)
    if (length === 0) return false
    for (let place = 1; place < length && index + place < bytes.length; place += 1) {
      if (!isContinuation(bytes[index + place])) return false
    }
    const second = bytes.subarray(index + 1, index + 2)
    if (second.length > 0 && length > 1 && !mayFollow(second, PENDING_BY_LEAD[lead] ?? 'free')) return false
    index += length
  }
  return true
}

function isContinuation(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x80 && byte <= 0xbf
}

/** Bytes of the character that begins so; 0 for what begins none. */
function lengthOf(lead: number): number {
  if (lead < 0x80) return 1
  if (lead < 0xc2) return 0
  if (lead < 0xe0) return 2
  if (lead < 0xf0) return 3
  return lead < 0xf5 ? 4 : 0
}
