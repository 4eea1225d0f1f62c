/** The keys of a server, and the one question a request asks of them: whose is this? */

import { hash, timingSafeEqual } from 'node:crypto'
import type { LenientSwitch } from '@moonbase/protocol'
import { KEY_CHARACTERS } from './key-text.ts'

/** What is known about a key, beside the key itself, which nobody keeps. */
export interface KeyRecord {
  /** `ak-…`. Shown in logs; says nothing about the key. */
  readonly id: string
  /** `org-…`. Whatever is kept is kept under it, and never crosses to another. */
  readonly organisation: string
  /** `proj-…` */
  readonly project: string
  /** What the operator calls it. */
  readonly name: string
  /** 0 to 5: the row of the rate limit table. */
  readonly tier: number
  readonly lenient: ReadonlySet<LenientSwitch>
  /** Made by the server at its first start, for development. */
  readonly generated: boolean
}

interface Entry {
  readonly digest: Buffer
  readonly record: KeyRecord
}

/** Holds SHA-256 digests and no key. Not salted: keys are long and random, and a lookup must not try them one by one. */
export class KeyRing {
  /** By the first six bytes of the digest, which fit a number; nearly always one entry each. */
  readonly #entries: ReadonlyMap<number, readonly Entry[]>
  readonly size: number

  /** @throws Error when two records have one key: it would not be known whose it is */
  constructor(keys: Iterable<{ readonly key: string; readonly record: KeyRecord }>) {
    const entries = new Map<number, Entry[]>()
    let size = 0
    for (const { key, record } of keys) {
      const digest = digestOf(key)
      const shelf = shelfOf(digest)
      const there = entries.get(shelf) ?? []
      const same = there.find((entry) => entry.digest.equals(digest))
      if (same !== undefined) throw new Error(`${same.record.id} and ${record.id} have the same key`)
      entries.set(shelf, [...there, { digest, record }])
      size += 1
    }
    this.#entries = entries
    this.size = size
  }

  /**
   * The record of a key, or `undefined` for one that nobody has. Which keys share a shelf depends on digests, which an
   * attacker cannot steer towards one he does not know; within it digests are compared in constant time.
   */
  find(presented: string): KeyRecord | undefined {
    if (presented.length > KEY_CHARACTERS.most) return undefined
    const digest = digestOf(presented)
    const shelf = this.#entries.get(shelfOf(digest))
    if (shelf === undefined) return undefined
    for (const entry of shelf) {
      if (timingSafeEqual(entry.digest, digest)) return entry.record
    }
    return undefined
  }
}

/** The SHA-256 of a key. */
export function digestOf(key: string): Buffer {
  // As text and then as bytes, which takes half the time: a buffer from the hash itself has memory of its own.
  return Buffer.from(hash('sha256', key, 'binary'), 'binary')
}

/** Whether a presented key is the one that has this digest, in constant time. */
export function isKeyOf(presented: string, digest: Uint8Array): boolean {
  return presented.length <= KEY_CHARACTERS.most && timingSafeEqual(digestOf(presented), digest)
}

function shelfOf(digest: Buffer): number {
  return digest.readUIntBE(0, 6)
}
