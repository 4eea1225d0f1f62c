/** The keys of a server, and the one question a request asks of them: whose is this? */

import { hash, timingSafeEqual } from 'node:crypto'
import { KEY_CHARACTERS } from './key-text.ts'

interface Entry<Owner> {
  readonly digest: Buffer
  readonly owner: Owner
}

const DIGEST_BYTES = 32

/** Holds SHA-256 digests and no key. Not salted: keys are long and random, and a lookup must not try them one by one. */
export class KeyRing<Owner> {
  /** By the first six bytes of the digest, which fit a number; nearly always one entry each. */
  readonly #slots = new Map<number, readonly Entry<Owner>[]>()
  #size = 0

  get size(): number {
    return this.#size
  }

  /**
   * Whose key this is, or `undefined` for one that nobody has. Which keys share a shelf depends on digests, which an
   * attacker cannot steer towards one he does not know; within it digests are compared in constant time.
   */
  find(presented: string): Owner | undefined {
    return presented.length > KEY_CHARACTERS.most ? undefined : this.ownerOf(digestOf(presented))
  }

  /** The same for who knows the digest of a key; what is none is nobody's. */
  ownerOf(digest: Buffer): Owner | undefined {
    if (digest.length !== DIGEST_BYTES) return undefined
    const slot = this.#slots.get(slotOf(digest))
    if (slot === undefined) return undefined
    for (const entry of slot) {
      if (timingSafeEqual(entry.digest, digest)) return entry.owner
    }
    return undefined
  }

  /** From now on the key is this owner's, whoever had it before. */
  put(digest: Buffer, owner: Owner): void {
    if (digest.length !== DIGEST_BYTES) throw new Error('what was put on a key ring is no SHA-256')
    const others = this.#without(digest)
    this.#slots.set(slotOf(digest), [...others, { digest, owner }])
    this.#size += 1
  }

  /** From now on the key is nobody's. */
  delete(digest: Buffer): void {
    const others = this.#without(digest)
    if (others.length === 0) this.#slots.delete(slotOf(digest))
    else this.#slots.set(slotOf(digest), others)
  }

  /** The shelf of a digest without the digest, which is no longer counted. */
  #without(digest: Buffer): readonly Entry<Owner>[] {
    const slot = this.#slots.get(slotOf(digest)) ?? []
    const others = slot.filter((entry) => !entry.digest.equals(digest))
    this.#size -= slot.length - others.length
    return others
  }
}

/** The SHA-256 of a key. */
export function digestOf(key: string): Buffer {
  // As text and then as bytes, which takes half the time: a buffer from the hash itself has memory of its own.
  return Buffer.from(hash('sha256', key, 'binary'), 'binary')
}

function slotOf(digest: Buffer): number {
  return digest.readUIntBE(0, 6)
}
