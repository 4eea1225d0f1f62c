/**
 * Measures videos in a worker thread: what a container claims is read by a C++ library, and must not hold up or bring
 * down anybody else.
 *
 * There is one worker. It starts with the first video, opens one at a time and gets the bytes that it asks for and no
 * more. A video that it fails at, or that takes too long, ends it: the next video gets a new one.
 */

import { Worker } from 'node:worker_threads'
import { type HeldVideo, lengthOfBase64 } from '@moonbase/core/generation'
import type { VideoMeasure } from '@moonbase/format'
import { apiError, apiErrorWith } from '@moonbase/protocol'
import { decodeSlice } from './decode-slice.ts'
import type { ProbeOrder, ProbeReport } from './probe-messages.ts'
import type { MeasureVideo } from './resolve-media.ts'

export interface MediaProbe {
  /**
   * Rejects with an `ApiError`: `unsupported_video_format` for a broken file, one without video and one without frames;
   * `invalid_request` for one that takes too long; `server_busy` when too many wait; `internal` when the library does
   * not start; `shutting_down` after `close`. Rejects with the signal's reason when that fires.
   */
  readonly measure: MeasureVideo
  /** Ends the worker; what it has in hand and what waits is refused. */
  readonly close: () => Promise<void>
}

interface ProbeLimits {
  /** Videos that wait while one is being measured. */
  readonly waiting: number
  /** For one video, once the library is loaded: a real one takes a few milliseconds, and 20 for each megabyte. */
  readonly timeMs: number
  readonly timePerMegabyteMs: number
  /** For the library to load. */
  readonly startMs: number
}

const LIMITS: ProbeLimits = { waiting: 64, timeMs: 2000, timePerMegabyteMs: 100, startMs: 30_000 }

/** What the worker's JavaScript may take; the library's own memory has its limit in the worker. */
const WORKER_MEMORY = { maxOldGenerationSizeMb: 64, maxYoungGenerationSizeMb: 16, stackSizeMb: 4 }

/**
 * The library reads some places twice, and looks for the end of a Flash video backwards, tag by tag. One that is led in
 * circles reads for ever: both the bytes and the number of reads have a limit.
 */
const READ_AGAIN = 4
const READ_ANYWAY_BYTES = 4 * 1024 * 1024
const READS_ANYWAY = 1000
const BYTES_OF_READ = 32 * 1024
/** Most that the worker may ask for at once. */
const MAXIMUM_READ_BYTES = 1024 * 1024

const RETRY_AFTER_MS = 1000

export interface MediaProbeOptions {
  readonly limits?: Partial<ProbeLimits>
  /** The worker's program; tests bring ones that fail. */
  readonly program?: URL
}

export function mediaProbe(options: MediaProbeOptions = {}): MediaProbe {
  const probe = new VideoProbe(options)
  return { measure: (video, signal) => probe.measure(video, signal), close: () => probe.close() }
}

interface Probing {
  readonly video: HeldVideo
  readonly size: number
  readonly resolve: (measure: VideoMeasure) => void
  readonly reject: (error: Error) => void
  /** Its client is gone: what the worker still finds out concerns nobody. */
  isLeft: boolean
  /** Bytes that the worker may still read, and how often. */
  allowedBytes: number
  allowedReads: number
}

class VideoProbe {
  readonly #limits: ProbeLimits
  readonly #program: URL
  readonly #waiting: Probing[] = []
  /** What the worker has in hand. */
  #running: Probing | undefined
  #worker: Worker | undefined
  /** The worker has said that its library is loaded. */
  #isReady = false
  /** Ends the worker when it takes too long, to start or to measure. */
  #timer: NodeJS.Timeout | undefined
  #closed = false

  constructor({ limits, program = new URL('./probe-worker.ts', import.meta.url) }: MediaProbeOptions) {
    this.#limits = { ...LIMITS, ...limits }
    this.#program = program
  }

  measure(video: HeldVideo, signal: AbortSignal): Promise<VideoMeasure> {
    if (this.#closed) return Promise.reject(apiError('shutting_down'))
    if (signal.aborted) return Promise.reject(reasonOf(signal))
    if (this.#waiting.length >= this.#limits.waiting) {
      const reason = `${this.#waiting.length} videos wait to be measured`
      return Promise.reject(apiErrorWith('server_busy', { reason, retryAfterMs: RETRY_AFTER_MS }))
    }
    return new Promise((resolve, reject) => {
      const size = lengthOfBase64(video.base64)
      const leave = () => this.#leave(probing, reasonOf(signal))
      const probing: Probing = {
        video,
        size,
        resolve: (measure) => {
          signal.removeEventListener('abort', leave)
          resolve(measure)
        },
        reject: (error) => {
          signal.removeEventListener('abort', leave)
          reject(error)
        },
        isLeft: false,
        allowedBytes: READ_AGAIN * size + READ_ANYWAY_BYTES,
        allowedReads: READS_ANYWAY + size / BYTES_OF_READ,
      }
      signal.addEventListener('abort', leave)
      this.#waiting.push(probing)
      this.#startNext()
    })
  }

  async close(): Promise<void> {
    this.#closed = true
    for (const probing of this.#waiting.splice(0)) probing.reject(apiError('shutting_down'))
    this.#take()?.reject(apiError('shutting_down'))
    await this.#endWorker()
  }

  /** A worker in the middle of a video keeps it to the end, which comes with the next bytes that it asks for. */
  #leave(probing: Probing, reason: Error): void {
    probing.isLeft = true
    if (probing !== this.#running) this.#waiting.splice(this.#waiting.indexOf(probing), 1)
    probing.reject(reason)
  }

  #startNext(): void {
    if (this.#running !== undefined) return
    const probing = this.#waiting.shift()
    if (probing === undefined) return
    this.#running = probing
    try {
      this.#worker ??= this.#start()
    } catch (error) {
      return this.#fail(internal(`the video worker was not made: ${String(error)}`))
    }
    // A process that has nothing else to do waits for a measure, but not for a worker that is idle.
    this.#worker.ref()
    if (this.#isReady) return this.#order(probing)
    const { startMs } = this.#limits
    this.#limit(startMs, () => internal(`the video library did not start in ${startMs} ms`))
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
        this.#fail(this.#isReady ? unreadable(error.message, error) : internal(error.message))
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
        this.#take()?.resolve(report.measure)
        break
      case 'unreadable':
        if (report.broken) return this.#fail(unreadable(report.reason))
        this.#take()?.reject(unreadable(report.reason))
        break
    }
    this.#worker?.unref()
    this.#startNext()
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
    this.#take()?.reject(error)
    void this.#endWorker()
    this.#startNext()
  }

  #take(): Probing | undefined {
    clearTimeout(this.#timer)
    const running = this.#running
    this.#running = undefined
    return running
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

function reasonOf({ reason }: AbortSignal): Error {
  return reason instanceof Error ? reason : new Error('was stopped', { cause: reason })
}

function unreadable(reason: string, cause?: unknown): Error {
  return apiErrorWith('unsupported_video_format', { reason: `a video ${reason}`, cause })
}

function internal(reason: string): Error {
  return apiErrorWith('internal', { reason })
}
