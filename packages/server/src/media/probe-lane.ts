/**
 * One worker that measures videos, one at a time: started with the first, given the bytes that it asks for and no more. A video
 * that it fails at, or that takes too long, ends it, and the next one gets a new worker.
 */

import { Worker } from 'node:worker_threads'
import { apiErrorWith } from '@moonbase/protocol'
import { decodeSlice } from './decode-slice.ts'
import type { ProbeOrder, ProbeReport } from './probe-messages.ts'
import type { Probing } from './probing.ts'

export interface LaneLimits {
  /** For one video, once the library is loaded: a real one takes a few milliseconds, and 20 for each megabyte. */
  readonly timeMs: number
  readonly timePerMegabyteMs: number
  /** For the library to load. */
  readonly startMs: number
}

/** What the worker's JavaScript may take; the library's own memory has its limit in the worker. */
const WORKER_MEMORY = { maxOldGenerationSizeMb: 64, maxYoungGenerationSizeMb: 16, stackSizeMb: 4 }

/** Most that the worker may ask for at once. */
const MAXIMUM_READ_BYTES = 1024 * 1024

export class ProbeLane {
  readonly #limits: LaneLimits
  readonly #program: URL
  /** Told when it has nothing in hand any more. */
  readonly #onFree: (probing: Probing) => void
  /** What the worker has in hand. */
  #running: Probing | undefined
  #worker: Worker | undefined
  /** The worker has said that its library is loaded. */
  #isReady = false
  /** Ends the worker when it takes too long, to start or to measure. */
  #timer: NodeJS.Timeout | undefined

  constructor(limits: LaneLimits, program: URL, onFree: (probing: Probing) => void) {
    this.#limits = limits
    this.#program = program
    this.#onFree = onFree
  }

  get isFree(): boolean {
    return this.#running === undefined
  }

  /** It must be free. */
  begin(probing: Probing): void {
    this.#running = probing
    try {
      this.#worker ??= this.#start()
    } catch (error) {
      return this.#fail(internal(`the video worker was not made: ${String(error)}`, error))
    }
    // A process that has nothing else to do waits for a measure, but not for a worker that is idle.
    this.#worker.ref()
    if (this.#isReady) return this.#order(probing)
    const { startMs } = this.#limits
    this.#limit(startMs, () => internal(`the video library did not start in ${startMs} ms`))
  }

  /** Ends the worker. Whatever it has in hand is left where it is. */
  async close(): Promise<void> {
    clearTimeout(this.#timer)
    this.#running = undefined
    await this.#endWorker()
  }

  #start(): Worker {
    // Nothing of the environment: whoever breaks the library finds no secrets.
    const worker = new Worker(this.#program, { resourceLimits: WORKER_MEMORY, env: {} })
    worker.on('message', (report: ProbeReport) => {
      // What an ended worker still says concerns nobody.
      if (worker === this.#worker) this.#hear(report)
    })
    worker.on('error', (error) => {
      if (worker === this.#worker)
        this.#fail(this.#isReady ? unreadable(error.message, error) : internal(error.message, error))
    })
    worker.on('exit', (code) => {
      if (worker === this.#worker) this.#fail(internal(`the video worker ended with code ${code}`))
    })
    return worker
  }

  #order(probing: Probing): void {
    const { timeMs, timePerMegabyteMs } = this.#limits
    this.#limit(timeMs + (timePerMegabyteMs * probing.size) / 1e6, () => {
      const reason = `${probing.video.mime} of ${probing.size} bytes took too long`
      return apiErrorWith('invalid_request', { reason }, { details: 'a video could not be read in time' })
    })
    this.#send({ type: 'measure', mime: probing.video.mime, size: probing.size })
  }

  #hear(report: ProbeReport): void {
    if (report.type === 'ready') {
      this.#isReady = true
      if (this.#running !== undefined) this.#order(this.#running)
      return
    }
    switch (report.type) {
      case 'read':
        return this.#read(report.offset, report.length)
      case 'measured':
        this.#worker?.unref()
        return this.#take((probing) => probing.resolve(report.measure))
      case 'unreadable':
        if (report.broken) return this.#fail(unreadable(report.reason))
        this.#worker?.unref()
        return this.#take((probing) => probing.reject(unreadable(report.reason)))
    }
  }

  #read(offset: number, length: number): void {
    const probing = this.#running
    if (probing === undefined) return
    if (probing.isLeft) return this.#send({ type: 'bytes', bytes: new Uint8Array(0) })
    const bytes = decodeSlice(probing.video.base64, offset, Math.min(length, MAXIMUM_READ_BYTES))
    probing.allowedBytes -= bytes.length
    probing.allowedReads -= 1
    if (probing.allowedBytes < 0 || probing.allowedReads < 0) return this.#fail(unreadable('its parts lead in circles'))
    this.#send({ type: 'bytes', bytes }, [bytes.buffer])
  }

  /** What the library has met may have hurt it, so the worker goes too. */
  #fail(error: Error): void {
    void this.#endWorker()
    this.#take((probing) => probing.reject(error))
  }

  #take(settle: (probing: Probing) => void): void {
    clearTimeout(this.#timer)
    const probing = this.#running
    this.#running = undefined
    if (probing === undefined) return
    settle(probing)
    this.#onFree(probing)
  }

  #limit(milliseconds: number, error: () => Error): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.#fail(error()), milliseconds)
  }

  #send(order: ProbeOrder, transfer: ArrayBuffer[] = []): void {
    this.#worker?.postMessage(order, transfer)
  }

  async #endWorker(): Promise<void> {
    const worker = this.#worker
    this.#worker = undefined
    this.#isReady = false
    await worker?.terminate()
  }
}

function unreadable(reason: string, cause?: unknown): Error {
  return apiErrorWith('unsupported_video_format', { reason: `a video ${reason}`, cause })
}

function internal(reason: string, cause?: unknown): Error {
  return apiErrorWith('internal', { reason, cause })
}
