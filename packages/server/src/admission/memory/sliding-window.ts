/** A count that forgets: a ring of buckets, and their sum, which is kept and never summed. */

import type { WindowShape } from '../windows.ts'

export class SlidingWindow {
  /** Of all that is in the buckets. */
  total = 0
  readonly #shape: WindowShape
  /** Bucket `n` of time is at `n % buckets`. Invariant: those that have left are empty. */
  readonly #counts: Float64Array
  /** The newest bucket of time that was looked at. */
  #head = -1

  constructor(shape: WindowShape) {
    this.#shape = shape
    this.#counts = new Float64Array(shape.buckets)
  }

  /** Lets go of what has left. Time must not go back. Returns the bucket of now. */
  advance(now: number): number {
    const bucket = Math.floor(now / this.#shape.bucketMs)
    if (bucket !== this.#head) this.#leave(bucket)
    return bucket
  }

  /** Into the bucket that `advance` has just returned. */
  add(bucket: number, amount: number): void {
    const place = bucket % this.#shape.buckets
    this.#counts[place] = (this.#counts[place] ?? 0) + amount
    this.total += amount
  }

  /** Out of the bucket where it was counted. What has left is gone already. */
  giveBack(bucket: number, amount: number): void {
    if (this.#head - bucket < this.#shape.buckets) this.add(bucket, -amount)
  }

  /** When everything counted until now has left. */
  msUntilEmpty(now: number): number {
    const { bucketMs, buckets } = this.#shape
    return (Math.floor(now / bucketMs) + buckets) * bucketMs - now
  }

  /** When as much as `amount` has left. `advance` was called for `now`. `undefined`: there is less. */
  msUntilLeft(amount: number, now: number): number | undefined {
    const { bucketMs, buckets } = this.#shape
    let left = 0
    for (let bucket = this.#head - buckets + 1; bucket <= this.#head; bucket += 1) {
      left += this.#counts[(bucket + buckets) % buckets] ?? 0
      if (left >= amount) return (bucket + buckets) * bucketMs - now
    }
    return undefined
  }

  /** Each bucket is emptied once, when its time comes round again. */
  #leave(bucket: number): void {
    const { buckets } = this.#shape
    if (bucket - this.#head >= buckets) {
      if (this.total !== 0) this.#counts.fill(0)
      this.total = 0
    } else {
      for (let next = this.#head + 1; next <= bucket; next += 1) {
        const place = next % buckets
        this.total -= this.#counts[place] ?? 0
        this.#counts[place] = 0
      }
    }
    this.#head = bucket
  }
}
