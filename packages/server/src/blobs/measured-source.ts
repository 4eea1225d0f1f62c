/** The bytes of a blob on their way in: counted, hashed, and cut off where there are too many. */

import { createHash } from 'node:crypto'
import { BlobError } from './blob-error.ts'
import type { KeptBlob } from './blob-store.ts'

export class MeasuredSource {
  readonly #source: AsyncIterable<Uint8Array>
  readonly #mostBytes: number
  readonly #hash = createHash('sha256')
  #bytes = 0

  constructor(source: AsyncIterable<Uint8Array>, mostBytes: number) {
    this.#source = source
    this.#mostBytes = mostBytes
  }

  /** @throws BlobError `too_large` before a byte too much is given on; the source is not read any further */
  async *chunks(): AsyncGenerator<Uint8Array> {
    for await (const chunk of this.#source) {
      this.#bytes += chunk.byteLength
      if (this.#bytes > this.#mostBytes) {
        throw new BlobError('too_large', `the blob has more than ${this.#mostBytes} bytes`)
      }
      if (chunk.byteLength === 0) continue
      this.#hash.update(chunk)
      yield chunk
    }
  }

  /** When all of it was read. */
  kept(): KeptBlob {
    return { bytes: this.#bytes, sha256: this.#hash.digest('hex') }
  }
}
