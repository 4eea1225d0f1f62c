/** Bytes of a video that lies elsewhere, read forward in pieces and looked at one by one. */

export type ReadBytes = (length: number, offset: number) => Promise<Uint8Array>

const WINDOW = 128 * 1024

export class ByteWindow {
  readonly size: number
  readonly #read: ReadBytes
  #bytes: Uint8Array = new Uint8Array(0)
  /** Where in the video `#bytes` begins. */
  #start = 0

  constructor(size: number, read: ReadBytes) {
    this.size = size
    this.#read = read
  }

  /** `length` bytes at `offset`; `undefined` where the video ends before, and for no bytes or more than 128 KB. */
  at(offset: number, length: number): DataView | undefined | Promise<DataView | undefined> {
    if (length < 1 || length > WINDOW || offset + length > this.size) return undefined
    // No promise where none is needed: a walk looks at millions of places.
    return this.#view(offset, length) ?? this.#move(offset, length)
  }

  #view(offset: number, length: number): DataView | undefined {
    const at = offset - this.#start
    if (at < 0 || at + length > this.#bytes.length) return undefined
    return new DataView(this.#bytes.buffer, this.#bytes.byteOffset + at, length)
  }

  async #move(offset: number, length: number): Promise<DataView | undefined> {
    this.#bytes = await this.#read(Math.min(WINDOW, this.size - offset), offset)
    this.#start = offset
    return this.#view(offset, length)
  }
}
