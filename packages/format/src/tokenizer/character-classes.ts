/** What the split pattern asks of a character, as bits: looked up by code point, worked out at the first sight of each. */

/** Script Han, whatever else it is: letters mostly, but radicals and some numbers too. */
export const HAN = 1
/** `\p{N}` */
export const NUMBER = 2
/** `\s`: White_Space, which is not quite what JavaScript's `\s` is. */
export const SPACE = 4
/** `[\r\n]` */
export const NEWLINE = 8
/** `[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}&&[^\p{Han}]]` */
export const UPPER = 16
/** `[\p{Ll}\p{Lm}\p{Lo}\p{M}&&[^\p{Han}]]`. Letters without case and marks are both UPPER and LOWER. */
export const LOWER = 32
/** `[^\s\p{L}\p{N}]`: punctuation, symbols, controls, marks, and what is not assigned. */
export const SYMBOL = 64
/** What Python's `str.isspace` calls a space: SPACE and four control characters. */
export const PYTHON_SPACE = 128

/**
 * Classes by code point; 0 is "not seen yet", since every character has at least one bit. One table for everybody: what
 * stands in it never changes, and of its 1.1 MB only the parts that are touched take memory.
 */
const classes = new Uint8Array(0x11_00_00)
for (let ascii = 0; ascii < 0x80; ascii += 1) classify(ascii)

/** The class of the character that begins at `at`. The bytes are well-formed UTF-8. */
export function classAt(bytes: Uint8Array, at: number): number {
  const lead = bytes[at] ?? 0
  return lead < 0x80 ? (classes[lead] ?? 0) : classOf(codePointAt(bytes, at))
}

/** How many bytes the character has that begins with this byte. */
export function widthOf(lead: number): number {
  return lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4
}

/** Of a character of two bytes or more. */
export function codePointAt(bytes: Uint8Array, at: number): number {
  const lead = bytes[at] ?? 0
  const second = (bytes[at + 1] ?? 0) & 0x3f
  if (lead < 0xe0) return ((lead & 0x1f) << 6) | second
  const third = (bytes[at + 2] ?? 0) & 0x3f
  if (lead < 0xf0) return ((lead & 0x0f) << 12) | (second << 6) | third
  return ((lead & 0x07) << 18) | (second << 12) | (third << 6) | ((bytes[at + 3] ?? 0) & 0x3f)
}

function classOf(codePoint: number): number {
  return classes[codePoint] || classify(codePoint)
}

function classify(codePoint: number): number {
  const character = String.fromCodePoint(codePoint)
  const isSpace = /\p{White_Space}/u.test(character)
  const isLetter = /\p{L}/u.test(character)
  const isNumber = /\p{N}/u.test(character)
  let found = 0
  if (isNumber) found |= NUMBER
  if (isSpace) found |= SPACE
  if (codePoint === 0x0a || codePoint === 0x0d) found |= NEWLINE
  if (isSpace || (codePoint >= 0x1c && codePoint <= 0x1f)) found |= PYTHON_SPACE
  if (!isSpace && !isLetter && !isNumber) found |= SYMBOL
  if (/\p{Script=Han}/u.test(character)) found |= HAN
  else {
    if (/[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]/u.test(character)) found |= UPPER
    if (/[\p{Ll}\p{Lm}\p{Lo}\p{M}]/u.test(character)) found |= LOWER
  }
  classes[codePoint] = found
  return found
}
