/** Decodes bytes as they come, and never gives half a character. */

/** A byte order mark is text like any other here, as it is for the model. */
const decoder = new TextDecoder('utf-8', { ignoreBOM: true })

export function decodeUtf8(bytes: Uint8Array): string {
  return decoder.decode(bytes)
}

/**
 * UTF-8 in pieces. What is given out, joined, is what `decodeUtf8` makes of all the bytes: only a character that may
 * still become complete is held back, which is three bytes at most.
 */
export class Utf8Stream {
  #held: Uint8Array = NOTHING

  push(bytes: Uint8Array): string {
    const known = this.#held.length === 0 ? bytes : joined(this.#held, bytes)
    const whole = known.length - openTail(known)
    // A copy, since what was given may be a view of something large, or be written to again.
    this.#held = whole === known.length ? NOTHING : known.slice(whole)
    return whole === 0 ? '' : decodeUtf8(known.subarray(0, whole))
  }

  end(): string {
    const held = this.#held
    this.#held = NOTHING
    return held.length === 0 ? '' : decodeUtf8(held)
  }
}

const NOTHING = new Uint8Array(0)

function joined(first: Uint8Array, second: Uint8Array): Uint8Array {
  const both = new Uint8Array(first.length + second.length)
  both.set(first)
  both.set(second, first.length)
  return both
}

/** How many bytes at the end are the beginning of a character that more bytes could complete. */
function openTail(bytes: Uint8Array): number {
  const end = bytes.length
  for (let length = 1; length <= 3 && length <= end; length += 1) {
    const lead = bytes[end - length] ?? 0
    if (lead < 0x80) return 0
    if (lead >= 0xc0) return isOpen(lead, length, bytes[end - length + 1] ?? 0) ? length : 0
  }
  return 0
}

/** Whether a character can begin with this byte, go on with the second, and not be complete with `length` bytes. */
function isOpen(lead: number, length: number, second: number): boolean {
  if (lead < 0xc2 || lead > 0xf4) return false
  const whole = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4
  if (length >= whole) return false
  if (length === 1) return true
  // Not every second byte may follow: no overlong form, no surrogate, nothing above U+10FFFF.
  if (lead === 0xe0) return second >= 0xa0
  if (lead === 0xed) return second < 0xa0
  if (lead === 0xf0) return second >= 0x90
  return lead !== 0xf4 || second < 0x90
}
