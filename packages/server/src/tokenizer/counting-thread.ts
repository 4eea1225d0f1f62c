/**
 * A thread that counts tokens, so that a prompt of many megabytes does not hold up everybody else's requests.
 *
 * There is one. It counts several million tokens a second, which is more than engines read, and a second one would hold
 * a second vocabulary in memory. It starts when it is first needed, counts one prompt at a time and takes the shortest
 * that waits, so that nobody waits for a giant that has not begun.
 */

import { setImmediate as nextTurn } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { apiError, apiErrorWith } from '@moonbase/protocol'
import { type TextBatch, textBatches } from './text-batches.ts'

/** To the thread: texts, and `end` behind the last of them. From the thread: the number of their tokens. */
export type CountingMessage = TextBatch | 'end'

export interface CountingThreadOptions {
  /** The bytes of the vocabulary; asked for once for each thread that starts. */
  readonly vocabulary: () => Uint8Array
  readonly limits?: CountingLimits
  /** The thread's program; tests bring ones that fail. */
  readonly program?: URL
}

export interface CountingLimits {
  readonly waiting: number
  /** Of all texts that wait, in UTF-16 units. */
  readonly waitingUnits: number
}

/** A body has 100 MB at most. Whatever waits is in memory anyway: this bounds the time that it would wait. */
const LIMITS: CountingLimits = { waiting: 100, waitingUnits: 200_000_000 }

/** Room for the largest body as two-byte text, joined once more; past it the thread ends, and not the server. */
const THREAD_MEMORY_MB = 1024

const RETRY_AFTER_MS = 1000

interface Count {
  readonly texts: readonly string[]
  readonly units: number
  readonly resolve: (tokens: number) => void
  readonly reject: (error: Error) => void
}

export class CountingThread {
  readonly #options: CountingThreadOptions
  readonly #limits: CountingLimits
  readonly #waiting: Count[] = []
  #waitingUnits = 0
  /** The count that the thread has in hand. */
  #running: Count | undefined
  #worker: Worker | undefined
  #closed = false

  constructor(options: CountingThreadOptions) {
    this.#options = options
    this.#limits = options.limits ?? LIMITS
  }

  /**
   * The tokens of all these texts, each counted for itself. Rejects with an `ApiError`: `server_busy` when too much
   * waits already, `internal` when the thread broke at this very count, `shutting_down` after `close`.
   */
  count(texts: readonly string[]): Promise<number> {
    if (this.#closed) return Promise.reject(apiError('shutting_down'))
    const units = texts.reduce((sum, text) => sum + text.length, 0)
    if (this.#running !== undefined && !this.#hasRoomFor(units)) {
      const reason = `${this.#waiting.length} prompts wait to be counted`
      return Promise.reject(apiErrorWith('server_busy', { reason, retryAfterMs: RETRY_AFTER_MS }))
    }
    return new Promise((resolve, reject) => {
      this.#waiting.push({ texts, units, resolve, reject })
      this.#waitingUnits += units
      this.#startNext()
    })
  }

  /** Ends the thread; what it has in hand and what waits is refused. */
  async close(): Promise<void> {
    this.#closed = true
    for (const count of this.#waiting.splice(0)) count.reject(apiError('shutting_down'))
    this.#waitingUnits = 0
    this.#take()?.reject(apiError('shutting_down'))
    await this.#worker?.terminate()
  }

  #hasRoomFor(units: number): boolean {
    return this.#waiting.length < this.#limits.waiting && this.#waitingUnits + units <= this.#limits.waitingUnits
  }

  #startNext(): void {
    if (this.#running !== undefined || this.#waiting.length === 0) return
    const count = this.#takeShortest()
    this.#running = count
    try {
      this.#worker ??= this.#start()
      // A process that has nothing else to do waits for a count, but not for a thread that is idle.
      this.#worker.ref()
      this.#send(count, this.#worker).catch((error: unknown) => this.#giveUp(error))
    } catch (error) {
      this.#giveUp(error)
    }
  }

  /** The count in hand cannot be handed over. A thread that has half of it is of no more use. */
  #giveUp(error: unknown): void {
    this.#take()?.reject(broken(error))
    if (this.#worker === undefined) this.#startNext()
    else void this.#worker.terminate()
  }

  #takeShortest(): Count {
    const shortest = this.#waiting.reduce((best, count) => (count.units < best.units ? count : best))
    this.#waiting.splice(this.#waiting.indexOf(shortest), 1)
    this.#waitingUnits -= shortest.units
    return shortest
  }

  /** Hands the texts over, a batch each turn of the event loop, for as long as somebody waits for the count. */
  async #send(count: Count, worker: Worker): Promise<void> {
    for (const batch of textBatches(count.texts)) {
      if (this.#running !== count) return
      tell(worker, batch)
      await nextTurn()
    }
    if (this.#running === count) tell(worker, 'end')
  }

  #start(): Worker {
    const worker = new Worker(this.#options.program ?? new URL('counting-worker.ts', import.meta.url), {
      name: 'moonbase counting',
      workerData: this.#options.vocabulary(),
      resourceLimits: { maxOldGenerationSizeMb: THREAD_MEMORY_MB },
    })
    let failure: unknown
    worker.on('message', (tokens: number) => {
      this.#take()?.resolve(tokens)
      worker.unref()
      this.#startNext()
    })
    worker.on('error', (error) => {
      failure = error
    })
    worker.on('exit', () => {
      this.#worker = undefined
      // Only the count in hand may be to blame; those that wait get a new thread.
      this.#take()?.reject(broken(failure))
      this.#startNext()
    })
    return worker
  }

  #take(): Count | undefined {
    const count = this.#running
    this.#running = undefined
    return count
  }
}

function tell(worker: Worker, message: CountingMessage): void {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
  worker.postMessage(message)
}

function broken(cause: unknown): Error {
  return apiErrorWith('internal', { reason: 'the thread that counts tokens broke', cause })
}
