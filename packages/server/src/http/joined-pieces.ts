/** Bytes as they come from a client, in their order, and small pieces of them joined. */

/** Pieces from here on are worth an object each, which takes some 200 bytes. */
const SMALL_BYTES = 1024
/** So many pieces stay as they came, however small: nearly all bodies have fewer, and nothing of them is copied here. */
const FEW_PIECES = 16
const BLOCK_BYTES = 16 * 1024
/**
 * From here on the whole is one block that nobody else has a part of, so that it can be handed to a thread without a copy. Where
 * its length is known pieces are copied into it as they come: kept as they are, they live long enough to cost full collections.
 */
export const BLOCK_FROM_BYTES = 1024 * 1024

/** A client may send its body byte by byte. Kept as they came, two megabytes of it took half a gigabyte. */
export class JoinedPieces {
  #pieces: Buffer[] = []
  #bytes = 0
  /** Where small pieces are copied to. */
  #block: Buffer | undefined
  /** Bytes that were announced; 0: nobody knows. */
  readonly #announced: number
  /** All that came, of what was announced. */
  #whole: Buffer | undefined
  /** What stands in the block behind the last of the pieces, from `#from` to `#to`. */
  #from = 0
  #to = 0

  constructor(announced = 0) {
    this.#announced = announced
  }

  get bytes(): number {
    return this.#bytes
  }

  push(piece: Buffer): void {
    const at = this.#bytes
    this.#bytes += piece.length
    if (this.#whole !== undefined) this.#whole.set(piece, at)
    else if (this.#bytes > BLOCK_FROM_BYTES && this.#announced >= this.#bytes) {
      const whole = Buffer.from(new ArrayBuffer(this.#announced))
      this.#close()
      this.#pieces.push(piece)
      this.#copyTo(whole)
      this.#whole = whole
    } else if (this.#pieces.length < FEW_PIECES) this.#pieces.push(piece)
    else if (piece.length < SMALL_BYTES) this.#join(piece)
    else {
      this.#close()
      this.#pieces.push(piece)
    }
  }

  /** All of it in one, and none of it is kept. */
  take(): Buffer {
    if (this.#whole !== undefined) {
      const whole = this.#whole.subarray(0, this.#bytes)
      this.#empty()
      return whole
    }
    this.#close()
    const [only] = this.#pieces
    const whole = only !== undefined && this.#pieces.length === 1 ? only : this.#joined()
    this.#empty()
    return whole
  }

  #empty(): void {
    this.#whole = undefined
    this.#pieces = []
    this.#bytes = 0
    this.#block = undefined
    this.#from = 0
    this.#to = 0
  }

  #joined(): Buffer {
    if (this.#bytes <= BLOCK_FROM_BYTES) return Buffer.concat(this.#pieces, this.#bytes)
    const whole = Buffer.from(new ArrayBuffer(this.#bytes))
    this.#copyTo(whole)
    return whole
  }

  #copyTo(whole: Buffer): void {
    let at = 0
    for (const piece of this.#pieces) {
      whole.set(piece, at)
      at += piece.length
    }
    this.#pieces = []
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
