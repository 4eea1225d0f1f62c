/** The trend of a reading over time: the slope of a straight line through its points, by least squares. */

export interface Point {
  /** Seconds since the beginning. */
  readonly at: number
  readonly value: number
}

/** By minute. 0 of fewer than two moments, which have no trend. */
export function slopePerMinute(points: readonly Point[]): number {
  const meanAt = mean(points.map(({ at }) => at))
  const meanValue = mean(points.map(({ value }) => value))
  let covariance = 0
  let variance = 0
  for (const { at, value } of points) {
    covariance += (at - meanAt) * (value - meanValue)
    variance += (at - meanAt) ** 2
  }
  return variance === 0 ? 0 : (covariance / variance) * 60
}

/** What was read in the second half of the time, in which nothing warms up any more. */
export function lastHalf<Reading extends { readonly at: number }>(readings: readonly Reading[]): Reading[] {
  const middle = ((readings[0]?.at ?? 0) + (readings.at(-1)?.at ?? 0)) / 2
  return readings.filter(({ at }) => at >= middle)
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / Math.max(values.length, 1)
}
