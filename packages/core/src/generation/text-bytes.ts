/** Bytes of text in UTF-8, without anything that encodes it. */

export function bytesOf(text: string): number {
  let bytes = 0
  for (let at = 0; at < text.length; at += widthAt(text, at)) bytes += bytesAt(text, at)
  return bytes
}

/** Bytes of the character that begins here; half a pair becomes a character of three. */
export function bytesAt(text: string, at: number): number {
  const code = text.codePointAt(at) ?? 0
  return code < 0x80 ? 1 : code < 0x8_00 ? 2 : code < 0x1_00_00 ? 3 : 4
}

/** UTF-16 units of it. */
export function widthAt(text: string, at: number): number {
  return (text.codePointAt(at) ?? 0) > 0xff_ff ? 2 : 1
}
