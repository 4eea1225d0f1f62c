/** The few figures that describe many: percentiles of one run, medians over rounds. */

/** More than any run of ours gives; a run that passes it is cut into shorter ones. */
const MAX_SAMPLES = 4_000_000

/** Figures of one run, kept as they are: no buckets, no rounding. */
export class Samples {
  #values = new Float64Array(4096)
  #count = 0

  add(value: number): void {
    if (this.#count === this.#values.length) this.#grow()
    this.#values[this.#count++] = value
  }

  summary(): Summary {
    const sorted = this.#values.slice(0, this.#count).toSorted()
    return { count: sorted.length, p50: percentile(sorted, 50), p99: percentile(sorted, 99), max: sorted.at(-1) ?? 0 }
  }

  #grow(): void {
    if (this.#count >= MAX_SAMPLES) throw new Error(`samples-limit: more than ${MAX_SAMPLES} samples in one run`)
    const larger = new Float64Array(this.#values.length * 2)
    larger.set(this.#values)
    this.#values = larger
  }
}

export interface Summary {
  readonly count: number
  readonly p50: number
  readonly p99: number
  readonly max: number
}

/** Nearest rank: the smallest value that at least `percent` of all are not above. Zero when there are none. */
export function percentile(sorted: ArrayLike<number>, percent: number): number {
  if (sorted.length === 0) return 0
  const rank = Math.ceil((percent / 100) * sorted.length)
  return sorted[Math.max(0, rank - 1)] ?? 0
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  const upper = sorted[middle] ?? Number.NaN
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2
}
