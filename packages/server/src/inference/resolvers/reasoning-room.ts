/**
 * Keeps what one organisation has of the store within its limits: the oldest thoughts make room. Looked at beside requests,
 * every so many writes; so each gateway may be over by these few, and by no more: what cannot be made room for is not kept.
 */

import { REASONING_KIND, type ReasoningStoreParts } from './reasoning-parts.ts'

/** Bytes of an entry at most, by the label that it has: entries are counted, and not read, to know what all of them take. */
const SIZE_CLASSES = [
  ['1k', 1_000],
  ['4k', 4_000],
  ['16k', 16_000],
  ['64k', 64_000],
  ['256k', 256_000],
] as const

/** Writes between two looks. */
const LOOK_EVERY = 64
/** A look that failed is tried again after as long. */
const AGAIN_AFTER_MS = 10_000
const EVICTED_AT_ONCE = 100
/** Of one look: what is left then is found by the next. */
const MOST_STEPS = 100
/** Longer than it takes to delete what was leased. */
const LEASE_MS = 60_000
/** Organisations that are known; one that is forgotten is looked at when it writes again. */
const MOST_KNOWN = 10_000

interface Known {
  writes: number
  /** Nothing is kept for it before this moment, in milliseconds since the Unix epoch. */
  fullUntil: number
}

export function sizeClassOf(bytes: number): string {
  return SIZE_CLASSES.find(([, most]) => bytes <= most)?.[0] ?? '256k'
}

export class ReasoningRoom {
  readonly #parts: ReasoningStoreParts
  readonly #known = new Map<string, Known>()
  /** To be looked at, one after the other. */
  readonly #due = new Set<string>()
  #looking: Promise<void> | undefined
  #closed = false

  constructor(parts: ReasoningStoreParts) {
    this.#parts = parts
  }

  isFull(owner: string): boolean {
    const known = this.#known.get(owner)
    if (known === undefined || known.fullUntil === 0) return false
    if (known.fullUntil > this.#parts.clock.now()) return true
    this.#look(owner)
    return true
  }

  wrote(owner: string): void {
    let known = this.#known.get(owner)
    if (known === undefined) {
      for (const oldest of this.#known.keys()) {
        if (this.#known.size < MOST_KNOWN) break
        this.#known.delete(oldest)
      }
      // Another process may have filled it.
      known = { writes: LOOK_EVERY - 1, fullUntil: 0 }
      this.#known.set(owner, known)
    }
    known.writes += 1
    if (known.writes < LOOK_EVERY) return
    known.writes = 0
    this.#look(owner)
  }

  async close(): Promise<void> {
    this.#closed = true
    await this.#looking
  }

  #look(owner: string): void {
    if (this.#closed || this.#due.size >= MOST_KNOWN) return
    this.#due.add(owner)
    this.#looking ??= this.#lookAtAll().finally(() => (this.#looking = undefined))
  }

  async #lookAtAll(): Promise<void> {
    for (const owner of this.#due) {
      this.#due.delete(owner)
      if (this.#closed) return
      const known = this.#known.get(owner)
      let hasRoom = false
      try {
        hasRoom = await this.#makeRoom(owner)
      } catch (error) {
        this.#parts.onProblem('kept reasoning could not be looked through: nothing is kept meanwhile', error)
      }
      if (known !== undefined) known.fullUntil = hasRoom ? 0 : this.#parts.clock.now() + AGAIN_AFTER_MS
    }
  }

  /** Whether it is within its limits now. */
  async #makeRoom(owner: string): Promise<boolean> {
    for (let step = 0; step < MOST_STEPS; step++) {
      if (await this.#isWithin(owner)) return true
      if (this.#closed || !(await this.#evictOldest(owner))) return false
    }
    return false
  }

  async #isWithin(owner: string): Promise<boolean> {
    const { documents, limits } = this.#parts
    let entries = 0
    let bytes = 0
    for (const [label, most] of SIZE_CLASSES) {
      const count = await documents.count(REASONING_KIND, owner, { label })
      entries += count
      bytes += count * most
    }
    return entries <= limits.entries && bytes <= limits.bytes
  }

  async #evictOldest(owner: string): Promise<boolean> {
    const { documents, clock, count } = this.#parts
    const now = clock.now()
    const oldest = await documents.lease(REASONING_KIND, {
      owner,
      dueAt: now,
      until: now + LEASE_MS,
      limit: EVICTED_AT_ONCE,
    })
    if (oldest.length === 0) return false
    // What has expired goes away with the write.
    const gone = { label: null, dueAt: null, expiresAt: 0, expects: 'any', value: null } as const
    await documents.put(oldest.map(({ kind, id, createdAt }) => ({ kind, owner, id, createdAt, ...gone })))
    count('evicted', oldest.length)
    return true
  }
}
