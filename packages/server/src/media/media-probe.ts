/**
 * Measures videos in worker threads: what a container claims is read by a C++ library, and must not hold up or bring
 * down anybody else.
 *
 * There are two workers, of which the second starts when the first is busy, and one video of an owner is measured at a time. So
 * whoever sends one that takes long waits for himself, and for everybody else there is another worker.
 */

import type { HeldVideo } from '@moonbase/core/generation'
import type { VideoMeasure } from '@moonbase/format'
import { apiError } from '@moonbase/protocol'
import { FairPool, type PoolLimits } from '../shares/fair-pool.ts'
import { poolError } from '../shares/share-error.ts'
import { type LaneLimits, ProbeLane } from './probe-lane.ts'
import { Probing, reasonOf } from './probing.ts'
import type { MeasureVideo } from './resolve-media.ts'

export interface MediaProbe {
  /**
   * Rejects with an `ApiError`: `unsupported_video_format` for a broken file, one without video and one without frames;
   * `invalid_request` for one that takes too long; `server_busy` or `share_limit` when too many wait; `internal` when the library
   * does not start; `shutting_down` after `close`. Rejects with the signal's reason when that fires.
   */
  readonly measure: MeasureVideo
  /** Ends the workers; what they have in hand and what waits is refused. */
  readonly close: () => Promise<void>
}

const LIMITS: LaneLimits = { timeMs: 2000, timePerMegabyteMs: 100, startMs: 30_000 }

/**
 * Videos, and their bytes, which are in memory anyway: this bounds how long they wait. A request measures its own one after the
 * other.
 */
const POOL: PoolLimits = {
  running: 2,
  waiting: 256,
  waitingSize: Infinity,
  waitingOfOne: 64,
  waitingSizeOfOne: Infinity,
}
const WHAT = 'videos to measure'

export interface MediaProbeOptions {
  readonly limits?: Partial<LaneLimits>
  readonly pool?: Partial<PoolLimits>
  /** The workers' program; tests bring ones that fail. */
  readonly program?: URL
}

export function mediaProbe(options: MediaProbeOptions = {}): MediaProbe {
  const probe = new VideoProbe(options)
  return { measure: (video, asked) => probe.measure(video, asked), close: () => probe.close() }
}

class VideoProbe {
  readonly #pool: FairPool<Probing>
  readonly #lanes: readonly ProbeLane[]
  #closed = false

  constructor({ limits, pool, program = new URL('./probe-worker.ts', import.meta.url) }: MediaProbeOptions) {
    const shares = { ...POOL, ...pool }
    this.#pool = new FairPool(shares)
    this.#lanes = Array.from(
      { length: shares.running },
      () => new ProbeLane({ ...LIMITS, ...limits }, program, (probing) => this.#freed(probing)),
    )
  }

  measure(video: HeldVideo, { owner, signal }: Parameters<MeasureVideo>[1]): Promise<VideoMeasure> {
    if (this.#closed) return Promise.reject(apiError('shutting_down'))
    if (signal.aborted) return Promise.reject(reasonOf(signal))
    // A worker in the middle of a video keeps it to the end, which comes with the next bytes that it asks for.
    const probing = new Probing(video, owner, signal, (left) => {
      if (!this.#pool.running.has(left)) this.#pool.remove(left)
    })
    try {
      this.#pool.add(probing)
    } catch (error) {
      probing.reject(poolError(error, owner, WHAT))
      return probing.promised.promise
    }
    this.#startNext()
    return probing.promised.promise
  }

  async close(): Promise<void> {
    this.#closed = true
    for (const probing of this.#pool.clear()) probing.reject(apiError('shutting_down'))
    await Promise.all(this.#lanes.map((lane) => lane.close()))
  }

  #startNext(): void {
    const lane = this.#lanes.find(({ isFree }) => isFree)
    const probing = lane === undefined ? undefined : this.#pool.next()
    if (lane === undefined || probing === undefined) return
    lane.begin(probing)
    this.#startNext()
  }

  #freed(probing: Probing): void {
    this.#pool.remove(probing)
    this.#startNext()
  }
}
