/** Bytes in parts of one size, as uploads in several parts want them. */

/** S3 wants 5 MB at least, and 10,000 parts at most: so a blob may have 80 GB. */
export const PART_BYTES = 8 * 1024 * 1024

export class PartGatherer {
  readonly #source: AsyncIterator<Uint8Array>
  /** Of the chunk that did not fit into the last part. */
  #left: Uint8Array = new Uint8Array(0)
  #isDone = false

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#source = source[Symbol.asyncIterator]()
  }

  /** A part of the whole size, or the last one, which may be smaller; `undefined` behind it. */
  async next(): Promise<Uint8Array | undefined> {
    if (this.#isDone) return undefined
    const part = Buffer.allocUnsafeSlow(PART_BYTES)
    let filled = this.#take(part, 0)
    while (filled < PART_BYTES) {
      const { value, done = false } = await this.#source.next()
      if (done) {
        this.#isDone = true
        return filled === 0 ? undefined : part.subarray(0, filled)
      }
      this.#left = value
      filled += this.#take(part, filled)
    }
    return part
  }

  /** Lets go of the source, wherever it is. */
  async close(): Promise<void> {
    await this.#source.return?.()
  }

  #take(part: Uint8Array, at: number): number {
    const some = this.#left.subarray(0, PART_BYTES - at)
    part.set(some, at)
    this.#left = this.#left.subarray(some.byteLength)
    return some.byteLength
  }
}
