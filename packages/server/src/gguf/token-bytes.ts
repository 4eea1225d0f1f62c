/** The bytes behind the tokens of a GGUF file, which writes them in GPT-2's printable form. */

/** `undefined` for what is not in that form, such as a special token with a space in its name. */
export function bytesOfToken(token: string): Uint8Array | undefined {
  const bytes = new Uint8Array(token.length)
  for (let index = 0; index < token.length; index += 1) {
    const byte = BYTES[token.charCodeAt(index)]
    if (byte === undefined) return undefined
    bytes[index] = byte
  }
  return bytes
}

/**
 * GPT-2's table, turned round: bytes that print in Latin-1 stand for themselves, the 68 others follow from U+0100 on, in
 * their order. Source: `bytes_to_unicode` of GPT-2's encoder.
 */
const BYTES: readonly (number | undefined)[] = printableTable()

function printableTable(): (number | undefined)[] {
  const table: (number | undefined)[] = []
  let moved = 0x100
  for (let byte = 0; byte < 256; byte += 1) {
    const prints = (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae
    table[prints ? byte : moved] = byte
    if (!prints) moved += 1
  }
  return table
}
