/** What is fetched for many owners, in their turns: one thing of each at a time, and so many of all. */

import { apiError } from '@moonbase/protocol'
import { Promised } from '../collections/promised.ts'
import { FairPool, type PoolLimits, type Share } from '../shares/fair-pool.ts'
import { poolError } from '../shares/share-error.ts'
import type { GuardedFetch, OutgoingReply, OutgoingRequest } from './guarded-fetch.ts'

/** At sixteen together, each of some megabytes at most, the memory in hand and the names that are looked up stay few. */
const POOL: PoolLimits = {
  running: 16,
  waiting: 256,
  waitingSize: Infinity,
  waitingOfOne: 64,
  waitingSizeOfOne: Infinity,
}

class Turn implements Share {
  readonly owner: string
  readonly size = 1
  readonly promised = new Promised<undefined>()

  constructor(owner: string) {
    this.owner = owner
  }
}

export class FairFetch {
  readonly #fetch: GuardedFetch
  readonly #what: string
  readonly #pool: FairPool<Turn>
  readonly #stop = new AbortController()

  /** @param what is fetched, for whoever asks for too much of it: `images to fetch` */
  constructor(fetch: GuardedFetch, what: string, limits: Partial<PoolLimits> = {}) {
    this.#fetch = fetch
    this.#what = what
    this.#pool = new FairPool({ ...POOL, ...limits })
  }

  /**
   * Rejects as the guarded fetch does; with an `ApiError`: `share_limit` or `server_busy` where too many wait, `shutting_down` after
   * `close`; and with the signal's reason.
   */
  async get(owner: string, request: OutgoingRequest): Promise<OutgoingReply> {
    const signal = AbortSignal.any([request.signal, this.#stop.signal])
    signal.throwIfAborted()
    const turn = new Turn(owner)
    try {
      this.#pool.add(turn)
    } catch (error) {
      throw poolError(error, owner, this.#what)
    }
    const leave = (): void => turn.promised.reject(signal.reason)
    signal.addEventListener('abort', leave, { once: true })
    try {
      this.#next()
      await turn.promised.promise
      return await this.#fetch({ ...request, signal })
    } finally {
      signal.removeEventListener('abort', leave)
      this.#pool.remove(turn)
      this.#next()
    }
  }

  /** What is under way and what waits is given up. */
  close(): void {
    this.#stop.abort(apiError('shutting_down'))
  }

  #next(): void {
    for (let turn = this.#pool.next(); turn !== undefined; turn = this.#pool.next()) turn.promised.resolve(undefined)
  }
}
