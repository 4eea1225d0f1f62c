/**
 * Bodies that would hold up the event loop are parsed in turns that are fair between owners: large ones in a thread, and
 * those full of values one at a time. All others are parsed at once, where they are.
 *
 * What comes back has to be decoded and checked by whoever asked, on the event loop. So between two turns there is a pause that
 * grows with how long the last one held it: whatever is sent, three quarters of the time are left for everybody else.
 */

import { performance } from 'node:perf_hooks'
import { Worker } from 'node:worker_threads'
import { ApiError, ERRORS, apiError, apiErrorWith } from '@moonbase/protocol'
import { FairPool, type PoolLimits, type Share, withWaiting } from '../shares/fair-pool.ts'
import { poolError } from '../shares/share-error.ts'
import { BLOCK_FROM_BYTES } from './joined-pieces.ts'
import { type MovedString, putTogether } from './moved-strings.ts'
import { MOST_VALUES, checkBody, parseChecked } from './parse-body.ts'

/** To the thread, which has the only copy of the body then. */
export interface ParsingOrder {
  readonly body: Uint8Array<ArrayBuffer>
  readonly mostValues: number
}

/** From the thread: a JSON text with `null` where long strings were, and these; or why it is no body. */
export type ParsingReport =
  | { readonly text: string; readonly block: Uint8Array<ArrayBuffer>; readonly strings: readonly MovedString[] }
  | { readonly refused: string; readonly reason: string }

/** Who waits for a value; asked for its signal only where there is something to wait for. */
export interface ParsingWaiter {
  /** Nobody waits any more when it fires. */
  readonly signal: AbortSignal
}

export interface ParsingOptions {
  /** The most of one document. */
  readonly mostValues?: number
  /** Sizes are bytes. */
  readonly limits?: PoolLimits
  /** Of one owner, in place of the usual number; of all four times as many. */
  readonly waitingOfOne?: number
  /** Milliseconds. */
  readonly now: () => number
  /** Milliseconds for which the event loop has done anything. */
  readonly activeMs?: () => number
  /** When whatever was begun by a turn has had the event loop. */
  readonly whenHeld?: (done: () => void) => void
  readonly later?: (done: () => void, ms: number) => void
  /** The thread's program; tests bring ones that fail. */
  readonly program?: URL
}

/**
 * Values of a body that is parsed at once; an agent's turn has some three thousand. Larger ones go to a thread: up to there,
 * handing over costs as much as it saves.
 */
const AT_ONCE_VALUES = 10_000
/** The bytes of those that wait are bounded by those of all bodies. */
const LIMITS: PoolLimits = {
  running: 1,
  waiting: 1024,
  waitingSize: Infinity,
  waitingOfOne: 256,
  waitingSizeOfOne: Infinity,
}
/** Of the time that a turn held the event loop. */
const PAUSE = 3
const NO_PAUSE_BELOW_MS = 2
/** Also where everybody else keeps the event loop busy: then nobody knows who it was. */
const LONGEST_PAUSE = 21
/** A text of 100 MB twice. */
const THREAD_MEMORY_MB = 512
const WHAT = 'large request bodies'

class Parsing implements Share {
  readonly owner: string
  readonly size: number
  readonly body: Uint8Array
  readonly promised = Promise.withResolvers<unknown>()
  readonly signal: AbortSignal
  readonly #leave: () => void

  constructor(body: Uint8Array, owner: string, { signal }: ParsingWaiter, leave: (parsing: Parsing) => void) {
    this.owner = owner
    this.size = body.length
    this.body = body
    this.signal = signal
    this.#leave = () => leave(this)
    signal.addEventListener('abort', this.#leave, { once: true })
  }

  /** Nobody hears of its signal any more. */
  release(): void {
    this.signal.removeEventListener('abort', this.#leave)
  }
}

export class ParsingThread {
  readonly #options: ParsingOptions
  readonly #mostValues: number
  readonly #pool: FairPool<Parsing>
  readonly #whenHeld: (done: () => void) => void
  readonly #later: (done: () => void, ms: number) => void
  /** In the thread. */
  #running: Parsing | undefined
  #isPausing = false
  #worker: Worker | undefined
  #closed = false

  constructor(options: ParsingOptions) {
    this.#options = options
    this.#mostValues = options.mostValues ?? MOST_VALUES
    this.#pool = new FairPool(withWaiting(options.limits ?? LIMITS, options.waitingOfOne))
    this.#whenHeld = options.whenHeld ?? ((done) => void setImmediate(done))
    this.#later = options.later ?? ((done, ms) => void setTimeout(done, ms))
  }

  /**
   * The value, at once where that holds up nobody; those of several owners take turns. Takes a body of more than a megabyte out of the
   * hands of who brings it. Throws, or rejects with, an `ApiError`: `invalid_request` for what is no JSON or has too much of it,
   * `share_limit` and `server_busy` when too many wait, `internal` when the thread broke at it, `shutting_down`; and with the
   * signal's reason.
   */
  parse(body: Uint8Array, owner: string, waiter: ParsingWaiter): unknown {
    if (body.length <= BLOCK_FROM_BYTES && checkBody(body, this.#mostValues) <= AT_ONCE_VALUES)
      return parseChecked(body)
    return this.#parseInTurn(body, owner, waiter)
  }

  /** Ends the thread; what it has in hand and what waits is refused. */
  async close(): Promise<void> {
    this.#closed = true
    for (const parsing of this.#pool.clear()) this.#fail(parsing, apiError('shutting_down'))
    await this.#worker?.terminate()
  }

  #parseInTurn(body: Uint8Array, owner: string, waiter: ParsingWaiter): Promise<unknown> {
    if (this.#closed) return Promise.reject(apiError('shutting_down'))
    if (waiter.signal.aborted) return Promise.reject(reasonOf(waiter.signal))
    const parsing = new Parsing(body, owner, waiter, (left) => this.#leave(left))
    try {
      this.#pool.add(parsing)
    } catch (error) {
      parsing.release()
      return Promise.reject(poolError(error, owner, WHAT))
    }
    this.#startNext()
    return parsing.promised.promise
  }

  #startNext(): void {
    if (this.#isPausing || this.#running !== undefined) return
    const next = this.#pool.next()
    if (next === undefined) {
      this.#worker?.unref()
      return
    }
    this.#running = next
    if (next.size > BLOCK_FROM_BYTES) this.#send(next)
    else this.#finish(() => parseChecked(next.body))
  }

  #send({ body }: Parsing): void {
    try {
      this.#worker ??= this.#start()
      // A process that has nothing else to do waits for a body, but not for a thread that is idle.
      this.#worker.ref()
      const own = ownBytes(body)
      const order: ParsingOrder = { body: own, mostValues: this.#mostValues }
      this.#worker.postMessage(order, [own.buffer])
    } catch (error) {
      this.#finish(() => {
        throw broken(error)
      })
    }
  }

  #start(): Worker {
    const worker = new Worker(this.#options.program ?? new URL('parsing-worker.ts', import.meta.url), {
      name: 'moonbase parsing',
      resourceLimits: { maxOldGenerationSizeMb: THREAD_MEMORY_MB },
      env: {},
    })
    let failure: unknown
    worker.on('message', (report: ParsingReport) => this.#finish(() => valueOf(report)))
    worker.on('error', (error) => {
      failure = error
    })
    worker.on('exit', () => {
      this.#worker = undefined
      if (this.#running === undefined || this.#closed) return
      this.#finish(() => {
        throw broken(failure)
      })
    })
    return worker
  }

  /** The end of a turn: whoever asked goes on, and the next turn is when that has held nobody up for too long. */
  #finish(value: () => unknown): void {
    const parsing = this.#running
    if (parsing === undefined) return
    this.#running = undefined
    this.#isPausing = true
    const { now, activeMs = loopActiveMs } = this.#options
    const [began, activeBefore] = [now(), activeMs()]
    this.#settle(parsing, value)
    this.#whenHeld(() => {
      const heldMs = now() - began
      let pausedFor = heldMs
      const goOn = (): void => {
        // What it has led to since is its doing too: it is counted, and written anew for an engine.
        const more = Math.min(activeMs() - activeBefore, (LONGEST_PAUSE / PAUSE) * heldMs) - pausedFor
        if (more > NO_PAUSE_BELOW_MS) {
          pausedFor += more
          return this.#later(goOn, PAUSE * more)
        }
        // Until here it was its owner's turn: the next one is somebody else's, also if he asked meanwhile.
        this.#pool.remove(parsing)
        this.#isPausing = false
        this.#startNext()
      }
      if (heldMs < NO_PAUSE_BELOW_MS) goOn()
      else this.#later(goOn, PAUSE * heldMs)
    })
  }

  #settle(parsing: Parsing, value: () => unknown): void {
    parsing.release()
    // What nobody waits for any more is not even made.
    if (parsing.signal.aborted) return parsing.promised.reject(reasonOf(parsing.signal))
    try {
      parsing.promised.resolve(value())
    } catch (error) {
      parsing.promised.reject(error)
    }
  }

  /** One that the thread has in hand keeps its turn to the end, which comes soon. */
  #leave(parsing: Parsing): void {
    if (parsing !== this.#running) this.#pool.remove(parsing)
    this.#fail(parsing, reasonOf(parsing.signal))
  }

  #fail(parsing: Parsing, error: Error): void {
    parsing.release()
    parsing.promised.reject(error)
  }
}

function loopActiveMs(): number {
  return performance.eventLoopUtilization().active
}

function valueOf(report: ParsingReport): unknown {
  if ('refused' in report) {
    throw new ApiError('invalid_request', ERRORS.invalid_request, report.refused, { reason: report.reason })
  }
  const { text, block, strings } = report
  const value: unknown = JSON.parse(text)
  return putTogether({ value, block, strings })
}

/** A block of its own, which large bodies are. */
function ownBytes(body: Uint8Array): Uint8Array<ArrayBuffer> {
  const { buffer, byteOffset, byteLength } = body
  return buffer instanceof ArrayBuffer && byteLength === buffer.byteLength
    ? new Uint8Array(buffer, byteOffset, byteLength)
    : new Uint8Array(body)
}

function reasonOf({ reason }: AbortSignal): Error {
  return reason instanceof Error ? reason : new Error('was stopped', { cause: reason })
}

function broken(cause: unknown): Error {
  return apiErrorWith('internal', { reason: 'the thread that parses bodies broke', cause })
}
