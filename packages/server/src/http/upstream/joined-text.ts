/** A text in pieces, as the bytes that it is joined of: each piece is converted for itself, and nothing is copied twice. */

/** Where it is written before its length is known. Of what a longer text would need nothing is kept. */
const SCRATCH_BYTES = 4 * 1024 * 1024
/** A UTF-16 unit takes at most three bytes. */
const MOST_BYTES_OF_A_UNIT = 3

/** One for all who write in the same turns: it keeps the memory that it works in. */
export class JoinedText {
  #scratch: Buffer | undefined

  /** In UTF-8. The bytes are the caller's. */
  bytesOf(pieces: readonly string[]): Buffer {
    let units = 0
    for (const piece of pieces) units += piece.length
    if (units * MOST_BYTES_OF_A_UNIT > SCRATCH_BYTES) return Buffer.from(pieces.join(''))
    const scratch = (this.#scratch ??= Buffer.allocUnsafeSlow(SCRATCH_BYTES))
    let end = 0
    for (const piece of pieces) end += scratch.write(piece, end, 'utf8')
    return Buffer.from(scratch.subarray(0, end))
  }
}
