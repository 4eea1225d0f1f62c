/** Large things by key: files as they were sent, and what is too large for a document. `testing/blob-contract.ts` is run by each. */

/**
 * A key is 1 to 8 parts with slashes between: lower-case letters, digits, `.`, `-` and `_`, each part at most 128 characters and
 * beginning with a letter or a digit. Whoever makes keys keeps owners apart by the first part.
 */
export interface BlobStore {
  /**
   * All of it or nothing, in place of what was there. Durable when it resolves; memory does not grow with the size.
   *
   * @throws BlobError `bad_key`, `too_large` past `mostBytes`, `full`, `unavailable`; what the source throws. Nothing is kept then
   */
  put(key: string, source: AsyncIterable<Uint8Array>, mostBytes: number): Promise<KeptBlob>
  /**
   * Its bytes, or those of a range, which are read as they are asked for; what was never asked for need not be ended.
   *
   * @throws BlobError `bad_key`, `bad_range`, `not_found` (also in the middle, when it is removed), `unavailable`
   */
  open(key: string, range?: ByteRange): Promise<AsyncIterable<Uint8Array>>
  /** At most 1,000 keys; what is not there is no mistake. @throws BlobError `bad_key`, `too_many`, `unavailable` */
  remove(keys: readonly string[]): Promise<void>
}

export interface KeptBlob {
  readonly bytes: number
  /** In hex. */
  readonly sha256: string
}

/** `from` ≤ byte < `to`; what is behind the end is left out, but the first byte must be there. */
export interface ByteRange {
  readonly from: number
  readonly to: number
}
