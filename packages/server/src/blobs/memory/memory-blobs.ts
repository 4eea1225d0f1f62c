/** Blobs in memory, gone with the process: for tests, and for trying things out. */

import { BlobError, notFound } from '../blob-error.ts'
import type { BlobStore, ByteRange, KeptBlob } from '../blob-store.ts'
import { badRange, checkKeys, checkRange, partsOf } from '../check-blobs.ts'
import { MeasuredSource } from '../measured-source.ts'

/** Of all together. */
const MOST_BYTES = 256 * 1024 * 1024
/** As others give them. */
const CHUNK_BYTES = 64 * 1024

export class MemoryBlobs implements BlobStore {
  readonly #kept = new Map<string, Uint8Array>()
  readonly #mostBytes: number
  /** Of what is kept, and of what is on its way in. */
  #bytes = 0

  constructor(mostBytes = MOST_BYTES) {
    this.#mostBytes = mostBytes
  }

  async put(key: string, source: AsyncIterable<Uint8Array>, mostBytes: number): Promise<KeptBlob> {
    partsOf(key)
    const measured = new MeasuredSource(source, mostBytes)
    const chunks: Uint8Array[] = []
    let taken = 0
    try {
      for await (const chunk of measured.chunks()) {
        if (this.#bytes + chunk.byteLength > this.#mostBytes) {
          throw new BlobError('full', `the memory has room for ${this.#mostBytes} bytes of blobs`)
        }
        this.#bytes += chunk.byteLength
        taken += chunk.byteLength
        // Whoever gave it may use it again.
        chunks.push(chunk.slice())
      }
    } catch (error) {
      this.#bytes -= taken
      throw error
    }
    this.#remove(key)
    this.#kept.set(key, Buffer.concat(chunks))
    return measured.kept()
  }

  async open(key: string, range?: ByteRange): Promise<AsyncIterable<Uint8Array>> {
    partsOf(key)
    checkRange(range)
    const kept = this.#kept.get(key)
    if (kept === undefined) throw notFound(key)
    if (range !== undefined && range.from >= kept.byteLength) throw badRange(range)
    return inChunks(range === undefined ? kept : kept.subarray(range.from, range.to))
  }

  async remove(keys: readonly string[]): Promise<void> {
    checkKeys(keys)
    for (const key of keys) this.#remove(key)
  }

  #remove(key: string): void {
    this.#bytes -= this.#kept.get(key)?.byteLength ?? 0
    this.#kept.delete(key)
  }
}

async function* inChunks(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let from = 0; from < bytes.byteLength; from += CHUNK_BYTES) yield bytes.slice(from, from + CHUNK_BYTES)
}
