/**
 * A thread that counts tokens, so that a prompt of many megabytes does not hold up everybody else's requests.
 *
 * There is one. It counts several million tokens a second, which is more than engines read, and a second one would hold
 * a second vocabulary in memory. It starts when it is first needed. A few counts are under way at a time, one of an owner, and
 * it takes a millisecond of each in turn: so who sends a hundred megabytes takes the time of nobody else's turn.
 */

import { Worker } from 'node:worker_threads'
import { apiError, apiErrorWith } from '@moonbase/protocol'
import { FairPool, type PoolLimits, withWaiting } from '../shares/fair-pool.ts'
import { poolError } from '../shares/share-error.ts'
import { PendingCount } from './pending-count.ts'
import type { TextBatch } from './text-batches.ts'

/** To the thread: a part of the texts of a count, or that nobody waits for it any more. */
export type CountingMessage =
  | (TextBatch & { readonly count: number; readonly last: boolean })
  | { readonly count: number; readonly stop: true }

/** From the thread: what is counted of them. */
export interface CountedPart {
  readonly count: number
  /** Of all parts so far. */
  readonly tokens: number
  /** Parts that it is done with since it last said so. */
  readonly parts: number
  readonly done: boolean
}

export interface CountingThreadOptions {
  /** The bytes of the vocabulary; asked for once for each thread that starts. */
  readonly vocabulary: () => Uint8Array
  /** Sizes are UTF-16 units. */
  readonly limits?: PoolLimits
  /** Counts of one owner, in place of the usual number; of all four times as many. */
  readonly waitingOfOne?: number
  /** The thread's program; tests bring ones that fail. */
  readonly program?: URL
}

export interface AsideTerms {
  /** Those of several owners take turns. */
  readonly owner?: string | undefined
  /** Nobody waits for it any more when it fires. */
  readonly signal?: AbortSignal
  /** Counting stops when there are more. */
  readonly mostTokens?: number
}

/**
 * A body has 100 MB at most. What waits is in memory anyway: this bounds the time that it would wait. Of one owner as many wait
 * as the highest tier may have under way.
 */
const LIMITS: PoolLimits = {
  running: 8,
  waiting: 4_096,
  waitingSize: 400_000_000,
  waitingOfOne: 1_024,
  waitingSizeOfOne: 200_000_000,
}

/** Parts of a count that are on the way: one that is counted, and the next, so that the thread never waits for this one. */
const PARTS_AHEAD = 2

/** Room for parts and blocks of all that are under way; past it the thread ends, and not the server. */
const THREAD_MEMORY_MB = 1024

export class CountingThread {
  readonly #options: CountingThreadOptions
  readonly #pool: FairPool<PendingCount>
  readonly #byId = new Map<number, PendingCount>()
  /** Under way when a thread broke, and one of them is why: counted again one at a time, so that only that one fails. */
  #suspects: PendingCount[] = []
  #ids = 0
  #worker: Worker | undefined
  #closed = false

  constructor(options: CountingThreadOptions) {
    this.#options = options
    this.#pool = new FairPool(withWaiting(options.limits ?? LIMITS, options.waitingOfOne))
  }

  /**
   * The tokens of all these texts, each counted for itself; more than `mostTokens` where counting stopped. Rejects with an
   * `ApiError`: `server_busy` or `share_limit` when too much waits already, `internal` when the thread broke at this very count, `shutting_down`
   * after `close`; and with the signal's reason.
   */
  async count(
    texts: readonly string[],
    { owner = '', signal, mostTokens = Infinity }: AsideTerms = {},
  ): Promise<number> {
    if (this.#closed) throw apiError('shutting_down')
    signal?.throwIfAborted()
    this.#ids += 1
    const count = new PendingCount(this.#ids, texts, owner, mostTokens)
    try {
      this.#pool.add(count)
    } catch (error) {
      throw poolError(error, owner, 'prompts to count')
    }
    count.stopWith(signal, () => this.#stop(count))
    this.#startNext()
    return count.promised.promise
  }

  /** Ends the thread; what it has in hand and what waits is refused. */
  async close(): Promise<void> {
    this.#closed = true
    for (const count of [...this.#pool.clear(), ...this.#suspects.splice(0)]) count.fail(apiError('shutting_down'))
    this.#byId.clear()
    await this.#worker?.terminate()
  }

  #startNext(): void {
    for (let count = this.#next(); count !== undefined; count = this.#next()) {
      this.#byId.set(count.id, count)
      try {
        this.#worker ??= this.#start()
        // A process that has nothing else to do waits for a count, but not for a thread that is idle.
        this.#worker.ref()
        for (let part = 0; part < PARTS_AHEAD; part += 1) this.#sendPart(count, this.#worker)
      } catch (error) {
        // It cannot be handed over, and a thread that has a part of it is told to forget it.
        this.#end(count)
        this.#tell({ count: count.id, stop: true })
        count.fail(broken(error))
      }
    }
    if (this.#byId.size === 0) this.#worker?.unref()
  }

  /** One that is suspected is counted while nothing else is. */
  #next(): PendingCount | undefined {
    if (this.#suspects.length === 0) return this.#pool.next()
    return this.#byId.size === 0 ? this.#suspects.shift() : undefined
  }

  #sendPart(count: PendingCount, worker: Worker): void {
    const part = count.nextPart()
    if (part !== undefined) send(worker, part)
  }

  #tell(message: CountingMessage): void {
    if (this.#worker !== undefined) send(this.#worker, message)
  }

  #start(): Worker {
    const worker = new Worker(this.#options.program ?? new URL('counting-worker.ts', import.meta.url), {
      name: 'moonbase counting',
      workerData: this.#options.vocabulary(),
      resourceLimits: { maxOldGenerationSizeMb: THREAD_MEMORY_MB },
    })
    let failure: unknown
    worker.on('message', (told: CountedPart) => this.#counted(told, worker))
    worker.on('error', (error) => {
      failure = error
    })
    worker.on('exit', () => this.#exited(failure))
    return worker
  }

  #counted({ count: id, tokens, parts, done }: CountedPart, worker: Worker): void {
    const count = this.#byId.get(id)
    if (count === undefined) return
    if (done || tokens > count.mostTokens) {
      this.#end(count)
      if (!done) this.#tell({ count: id, stop: true })
      count.counted(tokens)
      this.#startNext()
      return
    }
    for (let part = 0; part < parts; part += 1) this.#sendPart(count, worker)
  }

  /** Nobody waits for it any more. */
  #stop(count: PendingCount): void {
    this.#suspects = this.#suspects.filter((suspect) => suspect !== count)
    if (this.#byId.has(count.id)) this.#tell({ count: count.id, stop: true })
    this.#end(count)
    this.#startNext()
  }

  #end(count: PendingCount): void {
    this.#byId.delete(count.id)
    this.#pool.remove(count)
  }

  #exited(failure: unknown): void {
    this.#worker = undefined
    const all = [...this.#byId.values()]
    this.#byId.clear()
    const [only] = all
    if (only !== undefined && all.length === 1) {
      this.#end(only)
      only.fail(broken(failure))
    } else {
      for (const count of all) count.beginAnew()
      this.#suspects.push(...all)
    }
    this.#startNext()
  }
}

function send(worker: Worker, message: CountingMessage): void {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
  worker.postMessage(message)
}

function broken(cause: unknown): Error {
  return apiErrorWith('internal', { reason: 'the thread that counts tokens broke', cause })
}
