/** Bytes that are read a few at a time, since what holds them may be a hundred megabytes of base64. */

export interface ByteSource {
  /** The bytes from `offset` on: `length` of them, or fewer where the bytes end. */
  at(offset: number, length: number): Uint8Array
}

/** What a reader throws for a header that is none; it never leaves `readImageSize`. */
export class HeaderProblem extends Error {
  override readonly name = 'HeaderProblem'
}

/** Exactly `length` bytes, or a `HeaderProblem`. */
export function bytesAt(bytes: ByteSource, offset: number, length: number): DataView {
  const read = bytes.at(offset, length)
  if (read.length < length) throw new HeaderProblem('ends inside its header')
  return new DataView(read.buffer, read.byteOffset, length)
}

/** The byte at `offset`, or a `HeaderProblem`. */
export function byteAt(bytes: ByteSource, offset: number): number {
  return bytesAt(bytes, offset, 1).getUint8(0)
}
