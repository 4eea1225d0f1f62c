/** Which mutants are tried, drawn by a seed and spread over the folders by their lines, and what a share of them says. */

import { createHash } from 'node:crypto'

interface Drawn {
  readonly key: string
  readonly folder: string
}

/**
 * So many of each folder as its share of all lines, or all that it has. They come in an order in which every beginning is
 * spread like the whole, so that a run that is ended early has tried a sample too. The same seed draws the same mutants of
 * a file for as long as the file is the same.
 */
export function drawSample<Mutant extends Drawn>(
  mutants: readonly Mutant[],
  linesOf: ReadonlyMap<string, number>,
  size: number,
  seed: number,
): Mutant[] {
  const folders = Object.entries(Object.groupBy(mutants, ({ folder }) => folder))
  const lines = folders.reduce((sum, [folder]) => sum + (linesOf.get(folder) ?? 0), 0)
  const placed = folders.flatMap(([folder, all = []]) => {
    const share = Math.round((size * (linesOf.get(folder) ?? 0)) / Math.max(lines, 1))
    const drawn = all.toSorted((a, b) => compare(lotOf(a, seed), lotOf(b, seed))).slice(0, share)
    return drawn.map((mutant, index) => ({ mutant, place: (index + 0.5) / drawn.length, lot: lotOf(mutant, seed) }))
  })
  return placed.toSorted((a, b) => a.place - b.place || compare(a.lot, b.lot)).map(({ mutant }) => mutant)
}

function lotOf({ key }: Drawn, seed: number): string {
  return createHash('sha256').update(`${seed} ${key}`).digest('hex')
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/** Wilson's interval of a share, in which the true one is with 95 %. */
export function intervalOf(found: number, of: number): { readonly low: number; readonly high: number } {
  if (of === 0) return { low: 0, high: 1 }
  const share = found / of
  const z = 1.96
  const middle = share + z ** 2 / (2 * of)
  const half = z * Math.sqrt((share * (1 - share)) / of + z ** 2 / (4 * of ** 2))
  const scale = 1 + z ** 2 / of
  return { low: (middle - half) / scale, high: (middle + half) / scale }
}
