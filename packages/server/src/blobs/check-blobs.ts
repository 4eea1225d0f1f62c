/** What every blob store lets pass: keys that are a path nowhere else, ranges, lists of keys. */

import { BlobError } from './blob-error.ts'
import type { ByteRange } from './blob-store.ts'

const MOST_PARTS = 8
const MOST_KEYS = 1_000
/** Lower case alone: some disks do not tell the cases apart. No part begins with a dot, so none leads up or is hidden. */
const PART = /^[a-z0-9][a-z0-9._-]{0,127}$/

/** Its parts. @throws BlobError `bad_key` */
export function partsOf(key: string): string[] {
  const parts = key.split('/', MOST_PARTS + 1)
  if (parts.length <= MOST_PARTS && parts.every((part) => PART.test(part))) return parts
  throw new BlobError('bad_key', `${JSON.stringify(key.slice(0, 256))} is no key of a blob`)
}

/** @throws BlobError `bad_range` */
export function checkRange(range: ByteRange | undefined): void {
  if (range === undefined) return
  const { from, to } = range
  if (Number.isSafeInteger(from) && Number.isSafeInteger(to) && from >= 0 && from < to) return
  throw badRange(range)
}

export function badRange({ from, to }: ByteRange): BlobError {
  return new BlobError('bad_range', `there are no bytes from ${from} to ${to}`)
}

/** @throws BlobError */
export function checkKeys(keys: readonly string[]): void {
  if (keys.length > MOST_KEYS) {
    throw new BlobError('too_many', `at most ${MOST_KEYS} blobs are removed at once, and not ${keys.length}`)
  }
  for (const key of keys) partsOf(key)
}
