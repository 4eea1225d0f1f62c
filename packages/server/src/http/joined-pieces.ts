/** Bytes as they come from a client, in their order, and small pieces of them joined. */

/** Pieces from here on are worth an object each, which takes some 200 bytes. */
const SMALL_BYTES = 1024
/** So many pieces stay as they came, however small: nearly all bodies have fewer, and nothing of them is copied here. */
const FEW_PIECES = 16
const BLOCK_BYTES = 16 * 1024

/** A client may send its body byte by byte. Kept as they came, two megabytes of it took half a gigabyte. */
export class JoinedPieces {
  #pieces: Buffer[] = []
  #bytes = 0
  /** Where small pieces are copied to. */
  #block: Buffer | undefined
  /** What stands in the block behind the last of the pieces, from `#from` to `#to`. */
  #from = 0
  #to = 0

  get bytes(): number {
    return this.#bytes
  }

  push(piece: Buffer): void {
    this.#bytes += piece.length
    if (this.#pieces.length < FEW_PIECES) this.#pieces.push(piece)
    else if (piece.length < SMALL_BYTES) this.#join(piece)
    else {
      this.#close()
      this.#pieces.push(piece)
    }
  }

  /** All of it in one, and none of it is kept. */
  take(): Buffer {
    this.#close()
    const [only] = this.#pieces
    const whole = only !== undefined && this.#pieces.length === 1 ? only : Buffer.concat(this.#pieces, this.#bytes)
    this.empty()
    return whole
  }

  empty(): void {
    this.#pieces = []
    this.#bytes = 0
    this.#block = undefined
    this.#from = 0
    this.#to = 0
  }

  #join(piece: Buffer): void {
    if (this.#block === undefined || this.#to + piece.length > BLOCK_BYTES) {
      this.#close()
      this.#block = Buffer.allocUnsafeSlow(BLOCK_BYTES)
      this.#from = 0
      this.#to = 0
    }
    this.#block.set(piece, this.#to)
    this.#to += piece.length
  }

  #close(): void {
    if (this.#block === undefined || this.#from === this.#to) return
    this.#pieces.push(this.#block.subarray(this.#from, this.#to))
    this.#from = this.#to
  }
}
