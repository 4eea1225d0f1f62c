/** Two ways to do the same, timed in turn: what each took, and how the two compare within a round. */

import { median } from './statistics.ts'

/** The times of one round, in any one unit. */
export interface Pair {
  readonly ours: number
  readonly theirs: number
}

/**
 * Runs both `rounds` times. Who begins changes from round to round, so that neither always finds the caches as the other
 * left them, and a machine that slows down slows both.
 */
export async function inTurn(
  rounds: number,
  ours: (round: number) => number | Promise<number>,
  theirs: (round: number) => number | Promise<number>,
): Promise<Pair[]> {
  const pairs: Pair[] = []
  for (let round = 0; round < rounds; round += 1) {
    if (round % 2 === 0) {
      const first = await ours(round)
      pairs.push({ ours: first, theirs: await theirs(round) })
    } else {
      const first = await theirs(round)
      pairs.push({ ours: await ours(round), theirs: first })
    }
  }
  return pairs
}

export interface Spread {
  readonly median: number
  /** What it takes when nothing else runs meanwhile. */
  readonly least: number
}

export function spreadOf(times: readonly number[]): Spread {
  return { median: median(times), least: Math.min(...times) }
}

/** How many times as quick we are, by the median of the rounds. Each round is a comparison of its own. */
export function ratioOf(pairs: readonly Pair[]): number {
  return median(pairs.map(({ ours, theirs }) => theirs / ours))
}

/** The same, of the quickest round of each. */
export function ratioOfLeast(pairs: readonly Pair[]): number {
  return Math.min(...pairs.map(({ theirs }) => theirs)) / Math.min(...pairs.map(({ ours }) => ours))
}
