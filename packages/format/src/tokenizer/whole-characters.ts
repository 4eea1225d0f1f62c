/**
 * Characters that are always whole before anything else happens to them, so that merging may begin with them and not
 * with their bytes. In Chinese that saves two merges in three.
 *
 * Let a character be a token, made from its bytes by merges of rank F at most. As long as it is not whole, the next of
 * those merges is possible, so nothing above F is merged anywhere in the piece. If every token that has bytes of this
 * character and bytes beside it is above F, then no byte of it goes elsewhere before it is whole; and whatever it is merged
 * into afterwards is above F, and so could not have come before. To have it whole from the beginning changes nothing.
 *
 * That is checked for each character against all tokens. Characters that fail are merged from their bytes, as ever.
 */

import { codePointAt, widthOf } from './character-classes.ts'
import type { TokenTable } from './token-table.ts'

/** By code point, up to U+FFFF: the id of the character's token + 1, or 0 for those that must be merged from bytes. */
export function wholeCharacters(tokens: TokenTable): Int32Array {
  const limits = new Limits()
  for (let id = 0; id < tokens.count; id += 1) limits.see(tokens.bytesOf(id), id)
  const whole = new Int32Array(0x1_00_00)
  for (let id = 0; id < tokens.count; id += 1) {
    const bytes = tokens.bytesOf(id)
    if (isOneCharacter(bytes) && lastRank(bytes, id, tokens) < limits.of(bytes)) whole[codePointAt(bytes, 0)] = id + 1
  }
  return whole
}

/** Of two or three bytes, and in its shortest form. Those of four are rare, and few of them are tokens. */
function isOneCharacter(bytes: Uint8Array): boolean {
  const width = bytes.length
  const lead = bytes[0] ?? 0
  if (width < 2 || width > 3 || isContinuation(lead) || widthOf(lead) !== width || !isTail(bytes, 1, width))
    return false
  return codePointAt(bytes, 0) >= (width === 2 ? 0x80 : 0x8_00)
}

/** The highest rank on the way from the bytes to the token; infinite when merges do not lead there. */
function lastRank(bytes: Uint8Array, id: number, tokens: TokenTable): number {
  if (bytes.length === 2) return id
  const ranks = [tokens.find(bytes, 0, 2), tokens.find(bytes, 1, 3)].filter((rank) => rank >= 0)
  return ranks.length === 0 ? Infinity : Math.max(id, Math.min(...ranks))
}

/** The lowest tokens that reach beyond a character: by the whole of it, by how it begins, by how it ends. */
class Limits {
  readonly #around = new Int32Array(0x1_00_00).fill(NONE)
  /** By one byte, or by two: 0x100 + both. */
  readonly #heads = new Int32Array(0x1_01_00).fill(NONE)
  readonly #tails = new Int32Array(0x1_01_00).fill(NONE)

  /** Tokens come in the order of their ranks, so the first to be noted is the lowest. */
  see(bytes: Uint8Array, id: number): void {
    const end = bytes.length
    let at = 0
    while (at < end && isContinuation(bytes[at] ?? 0)) at += 1
    // Only the end of a character: it reaches nowhere.
    if (at === end) return
    if (at > 0) note(this.#tails, keyOf(bytes, 0, at), id)
    while (at < end) {
      const width = widthOf(bytes[at] ?? 0)
      const next = Math.min(end, at + width)
      // No text has such bytes.
      if (!isTail(bytes, at + 1, next)) return
      const isAll = at === 0 && next === end
      if (at + width > end) {
        if (!isAll) note(this.#heads, keyOf(bytes, at, end), id)
      } else if (!isAll && width > 1 && width < 4) {
        note(this.#around, codePointAt(bytes, at), id)
      }
      at = next
    }
  }

  of(bytes: Uint8Array): number {
    const end = bytes.length
    let lowest = Math.min(
      this.#around[codePointAt(bytes, 0)] ?? NONE,
      this.#heads[keyOf(bytes, 0, 1)] ?? NONE,
      this.#tails[keyOf(bytes, end - 1, end)] ?? NONE,
    )
    if (end === 3) {
      lowest = Math.min(lowest, this.#heads[keyOf(bytes, 0, 2)] ?? NONE, this.#tails[keyOf(bytes, 1, 3)] ?? NONE)
    }
    return lowest
  }
}

const NONE = 0x7f_ff_ff_ff

function note(lowest: Int32Array, key: number, id: number): void {
  lowest[key] = Math.min(lowest[key] ?? NONE, id)
}

/** Three bytes of a part are of a character of four, and share their key with nothing that matters: the last two go in. */
function keyOf(bytes: Uint8Array, start: number, end: number): number {
  if (end - start === 1) return bytes[start] ?? 0
  return 0x1_00 + ((bytes[start] ?? 0) << 8) + (bytes[start + 1] ?? 0)
}

function isTail(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at += 1) if (!isContinuation(bytes[at] ?? 0)) return false
  return true
}

function isContinuation(byte: number): boolean {
  return byte >= 0x80 && byte < 0xc0
}
