/**
 * Documents are read in a thread, one at a time and in turns that are fair between owners. One that takes too long ends the
 * thread, and the next one gets a new one.
 */

import { Worker } from 'node:worker_threads'
import { apiError, apiErrorWith } from '@moonbase/protocol'
import { FairPool, type PoolLimits, type Share } from '../shares/fair-pool.ts'
import { poolError } from '../shares/share-error.ts'
import type { HtmlWishes } from './html-to-markdown.ts'

/** To the thread. */
export interface ExtractionOrder {
  readonly html: string
  readonly wishes: HtmlWishes
}

/** From the thread: what a document says, or why it cannot be read. */
export type ExtractionReport = { readonly text: string } | { readonly unreadable: string }

/** Whose document it is; nobody waits any more when the signal fires. */
export interface ExtractionTerms {
  readonly owner: string
  readonly signal: AbortSignal
}

export interface ExtractionOptions {
  /** Sizes are UTF-16 units. */
  readonly limits?: PoolLimits
  /** Milliseconds for one document: a page of a megabyte takes half a second. */
  readonly mostMs?: number
  /** The thread's program; tests bring ones that fail. */
  readonly program?: URL
}

const LIMITS: PoolLimits = {
  running: 1,
  waiting: 256,
  waitingSize: 128 * 1024 * 1024,
  waitingOfOne: 64,
  waitingSizeOfOne: 32 * 1024 * 1024,
}
const MOST_MS = 10_000
const THREAD_MEMORY = { maxOldGenerationSizeMb: 256, stackSizeMb: 4 }
const WHAT = 'documents to be read'

class Extraction implements Share {
  readonly owner: string
  readonly size: number
  readonly order: ExtractionOrder
  readonly signal: AbortSignal
  readonly promised = Promise.withResolvers<ExtractionReport>()
  readonly #leave: () => void

  constructor(order: ExtractionOrder, { owner, signal }: ExtractionTerms, leave: (extraction: Extraction) => void) {
    this.owner = owner
    this.size = order.html.length
    this.order = order
    this.signal = signal
    this.#leave = () => leave(this)
    signal.addEventListener('abort', this.#leave, { once: true })
  }

  release(): void {
    this.signal.removeEventListener('abort', this.#leave)
  }
}

export class ExtractionThread {
  readonly #options: ExtractionOptions
  readonly #pool: FairPool<Extraction>
  #running: Extraction | undefined
  #worker: Worker | undefined
  #timer: NodeJS.Timeout | undefined
  #closed = false

  constructor(options: ExtractionOptions = {}) {
    this.#options = options
    this.#pool = new FairPool(options.limits ?? LIMITS)
  }

  /**
   * What a web page says, or why it cannot be read. Rejects with an `ApiError`: `share_limit` and `server_busy` when too many
   * wait, `internal` when the thread broke, `shutting_down`; and with the signal's reason.
   */
  page(html: string, wishes: HtmlWishes, terms: ExtractionTerms): Promise<ExtractionReport> {
    if (this.#closed) return Promise.reject(apiError('shutting_down'))
    if (terms.signal.aborted) return Promise.reject(reasonOf(terms.signal))
    const extraction = new Extraction({ html, wishes }, terms, (left) => this.#leave(left))
    try {
      this.#pool.add(extraction)
    } catch (error) {
      extraction.release()
      return Promise.reject(poolError(error, terms.owner, WHAT))
    }
    this.#startNext()
    return extraction.promised.promise
  }

  /** Ends the thread; what it has in hand and what waits is refused. */
  async close(): Promise<void> {
    this.#closed = true
    clearTimeout(this.#timer)
    for (const extraction of this.#pool.clear()) this.#fail(extraction, apiError('shutting_down'))
    await this.#worker?.terminate()
  }

  #startNext(): void {
    if (this.#closed || this.#running !== undefined) return
    const next = this.#pool.next()
    if (next === undefined) {
      this.#worker?.unref()
      return
    }
    this.#running = next
    const { mostMs = MOST_MS } = this.#options
    this.#timer = setTimeout(() => {
      this.#end({ unreadable: `it took longer than ${mostMs / 1000} seconds` })
    }, mostMs)
    try {
      this.#worker ??= this.#start()
      this.#worker.ref()
      this.#worker.postMessage(next.order, [])
    } catch (error) {
      this.#end(broken(error))
    }
  }

  #start(): Worker {
    // Nothing of the environment: whoever breaks what reads pages finds no secrets.
    const worker = new Worker(this.#options.program ?? new URL('extraction-worker.ts', import.meta.url), {
      name: 'moonbase extraction',
      resourceLimits: THREAD_MEMORY,
      env: {},
    })
    let failure: unknown
    worker.on('message', (report: ExtractionReport) => {
      if (worker === this.#worker) this.#finish((extraction) => extraction.promised.resolve(report))
    })
    worker.on('error', (error) => {
      failure = error
    })
    worker.on('exit', () => {
      if (worker !== this.#worker) return
      this.#worker = undefined
      // A page that needs more memory than a page may is its own fault.
      if (this.#running !== undefined) this.#end(isMemory(failure) ? { unreadable: TOO_LARGE } : broken(failure))
    })
    return worker
  }

  /** What it has met may have hurt the thread, so that goes too. */
  #end(outcome: ExtractionReport | Error): void {
    const worker = this.#worker
    this.#worker = undefined
    void worker?.terminate()
    this.#finish(({ promised }) => (outcome instanceof Error ? promised.reject(outcome) : promised.resolve(outcome)))
  }

  #finish(settle: (extraction: Extraction) => void): void {
    clearTimeout(this.#timer)
    const extraction = this.#running
    this.#running = undefined
    if (extraction !== undefined) {
      extraction.release()
      this.#pool.remove(extraction)
      settle(extraction)
    }
    this.#startNext()
  }

  /** One that the thread has in hand keeps its turn to the end, which comes soon. */
  #leave(extraction: Extraction): void {
    if (extraction !== this.#running) this.#pool.remove(extraction)
    this.#fail(extraction, reasonOf(extraction.signal))
  }

  #fail(extraction: Extraction, error: Error): void {
    extraction.release()
    extraction.promised.reject(error)
  }
}

const TOO_LARGE = 'it takes more memory than a document may'

function isMemory(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY'
}

function reasonOf({ reason }: AbortSignal): Error {
  return reason instanceof Error ? reason : new Error('was stopped', { cause: reason })
}

function broken(cause: unknown): Error {
  return apiErrorWith('internal', { reason: 'the thread that reads documents broke', cause })
}
