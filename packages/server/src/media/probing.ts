/** A video that waits to be measured or is being measured, and who waits for it. */

import { type HeldVideo, lengthOfBase64 } from '@moonbase/core/generation'
import type { VideoMeasure } from '@moonbase/format'
import { Promised } from '../collections/promised.ts'
import type { Share } from '../shares/fair-pool.ts'

/**
 * The library reads some places twice, and looks for the end of a Flash video backwards, tag by tag. One that is led in
 * circles reads for ever: both the bytes and the number of reads have a limit.
 */
const READ_AGAIN = 4
const READ_ANYWAY_BYTES = 4 * 1024 * 1024
const READS_ANYWAY = 1000
const BYTES_OF_READ = 32 * 1024

export class Probing implements Share {
  readonly owner: string
  readonly video: HeldVideo
  /** In bytes. */
  readonly size: number
  readonly promised = new Promised<VideoMeasure>()
  /** Its client is gone: what the worker still finds out concerns nobody. */
  isLeft = false
  /** Bytes that the worker may still read, and how often. */
  allowedBytes: number
  allowedReads: number
  readonly #signal: AbortSignal
  readonly #leave: () => void

  /** `leave` is called when the signal fires first, and then it rejects with the signal's reason. */
  constructor(video: HeldVideo, owner: string, signal: AbortSignal, leave: (probing: Probing) => void) {
    this.video = video
    this.owner = owner
    this.size = lengthOfBase64(video.base64)
    this.allowedBytes = READ_AGAIN * this.size + READ_ANYWAY_BYTES
    this.allowedReads = READS_ANYWAY + this.size / BYTES_OF_READ
    this.#signal = signal
    this.#leave = () => {
      this.isLeft = true
      leave(this)
      this.reject(reasonOf(signal))
    }
    signal.addEventListener('abort', this.#leave)
  }

  resolve(measure: VideoMeasure): void {
    this.#signal.removeEventListener('abort', this.#leave)
    this.promised.resolve(measure)
  }

  reject(error: unknown): void {
    this.#signal.removeEventListener('abort', this.#leave)
    this.promised.reject(error)
  }
}

export function reasonOf({ reason }: AbortSignal): Error {
  return reason instanceof Error ? reason : new Error('was stopped', { cause: reason })
}
