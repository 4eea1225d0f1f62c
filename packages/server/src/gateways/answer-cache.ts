/**
 * Answers that were given before, byte for byte, of one process: bounded for each organisation and in all, and found by the key
 * of a request alone. Those that were used longest ago go first.
 */

import type { Usage } from '@moonbase/core/generation'

export interface CachedAnswer {
  readonly status: number
  readonly contentType: string
  /** Headers of the answer itself. */
  readonly headers: readonly (readonly [name: string, value: string])[]
  /** Whether it came bit by bit. */
  readonly streamed: boolean
  /** Headers that such a body was opened with. */
  readonly bodyHeaders: readonly (readonly [name: string, value: string])[]
  readonly body: Uint8Array
  /** By catalogue id. */
  readonly model: string
  readonly usage: Usage | undefined
}

export interface CacheLimits {
  /** Of one answer. */
  readonly answerBytes: number
  readonly organisationBytes: number
  /** In all; what is being gathered is counted. */
  readonly allBytes: number
  readonly answers: number
}

const CACHE_LIMITS: CacheLimits = {
  answerBytes: 4 * 1024 * 1024,
  organisationBytes: 32 * 1024 * 1024,
  allBytes: 128 * 1024 * 1024,
  answers: 20_000,
}

interface Kept {
  readonly answer: CachedAnswer
  readonly organisation: string
  readonly gateway: string
  readonly bytes: number
  /** Milliseconds since the Unix epoch. */
  readonly expiresAt: number
}

/** What an answer takes beside its body. */
const ENTRY_BYTES = 1_024

export class AnswerCache {
  readonly #now: () => number
  readonly #limits: CacheLimits
  /** In the order in which they were last used. */
  readonly #kept = new Map<string, Kept>()
  /** Bytes of each organisation that has any. */
  readonly #organisations = new Map<string, number>()
  #bytes = 0
  #gathered = 0
  #hits = 0
  #misses = 0

  /** @param now milliseconds since the Unix epoch */
  constructor(now: () => number, limits: Partial<CacheLimits> = {}) {
    this.#now = now
    this.#limits = { ...CACHE_LIMITS, ...limits }
  }

  get figures(): { readonly answers: number; readonly bytes: number; readonly hits: number; readonly misses: number } {
    return { answers: this.#kept.size, bytes: this.#bytes + this.#gathered, hits: this.#hits, misses: this.#misses }
  }

  find(key: string): CachedAnswer | undefined {
    const kept = this.#kept.get(key)
    if (kept === undefined || kept.expiresAt <= this.#now()) {
      this.#misses += 1
      if (kept !== undefined) this.#drop(key, kept)
      return undefined
    }
    this.#hits += 1
    this.#kept.delete(key)
    this.#kept.set(key, kept)
    return kept.answer
  }

  /** Of whom a key is does not matter here: whoever makes it puts the organisation into it. */
  keep(key: string, organisation: string, gateway: string, answer: CachedAnswer, ttlMs: number): void {
    const { answerBytes, organisationBytes, allBytes, answers } = this.#limits
    const before = this.#kept.get(key)
    if (before !== undefined) this.#drop(key, before)
    const bytes = answer.body.length + ENTRY_BYTES
    if (answer.body.length > answerBytes) return
    while ((this.#organisations.get(organisation) ?? 0) + bytes > organisationBytes) {
      if (!this.#dropOldest(organisation)) return
    }
    while (this.#bytes + this.#gathered + bytes > allBytes || this.#kept.size >= answers) {
      if (!this.#dropOldest()) return
    }
    this.#kept.set(key, { answer, organisation, gateway, bytes, expiresAt: this.#now() + ttlMs })
    this.#weigh(organisation, bytes)
  }

  /** Of a gateway that is gone or has changed. */
  forget(organisation: string, gateway: string): void {
    for (const [key, kept] of this.#kept) {
      if (kept.organisation === organisation && kept.gateway === gateway) this.#drop(key, kept)
    }
  }

  /** A place for the pieces of an answer, until it is whole. To be ended in any case. */
  gather(): GatheredAnswer {
    return new GatheredAnswer(this.#limits.answerBytes, (bytes) => {
      if (this.#gathered + bytes > this.#limits.allBytes / 2) return false
      this.#gathered += bytes
      return true
    })
  }

  #weigh(organisation: string, bytes: number): void {
    this.#bytes += bytes
    const own = (this.#organisations.get(organisation) ?? 0) + bytes
    if (own === 0) this.#organisations.delete(organisation)
    else this.#organisations.set(organisation, own)
  }

  /** False where there is none. */
  #dropOldest(organisation?: string): boolean {
    for (const [key, kept] of this.#kept) {
      if (organisation !== undefined && kept.organisation !== organisation) continue
      this.#drop(key, kept)
      return true
    }
    return false
  }

  #drop(key: string, kept: Kept): void {
    this.#kept.delete(key)
    this.#weigh(kept.organisation, -kept.bytes)
  }
}

/** The pieces of one answer, as they leave. More than may be kept are dropped, all of them. */
export class GatheredAnswer {
  readonly #mostBytes: number
  /** Takes room for so many bytes more, or gives it back; false: there is none. */
  readonly #room: (bytes: number) => boolean
  #pieces: Uint8Array[] | undefined = []
  #bytes = 0

  constructor(mostBytes: number, room: (bytes: number) => boolean) {
    this.#mostBytes = mostBytes
    this.#room = room
  }

  take(piece: string | Uint8Array): void {
    if (this.#pieces === undefined) return
    // What is written may not change afterwards, so bytes are kept as they are.
    const bytes = typeof piece === 'string' ? Buffer.from(piece) : piece
    if (this.#bytes + bytes.length > this.#mostBytes || !this.#room(bytes.length)) return this.end()
    this.#pieces.push(bytes)
    this.#bytes += bytes.length
  }

  /** `undefined` for one that was too large. */
  whole(): Uint8Array | undefined {
    return this.#pieces === undefined ? undefined : Buffer.concat(this.#pieces)
  }

  /** Gives the room back. May be called again. */
  end(): void {
    if (this.#pieces === undefined) return
    this.#pieces = undefined
    this.#room(-this.#bytes)
    this.#bytes = 0
  }
}
