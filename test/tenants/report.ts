/** The table of a play, and whether all rows are as they should be. */

import type { Row } from './play.ts'
import { ASKED } from './tenant.ts'

/** Of the time alone. */
export const MOST_RATIO = 3
/** Resident memory of a server with 512 MB of old space: bodies, two heaps beside its own, and what V8 has outside of them. */
export const MOST_PEAK_MB = 1536
/** Below, a ratio is the machine's: two processes and the server share two cores. */
const GRAIN_MS = 2

export function ratiosOf({ alone, beside }: Row): readonly number[] {
  return ASKED.map((asked) => Math.max(beside[asked], GRAIN_MS) / Math.max(alone[asked], GRAIN_MS))
}

export function isFine(row: Row): boolean {
  return row.failures.length === 0 && row.peakMb <= MOST_PEAK_MB && ratiosOf(row).every((ratio) => ratio <= MOST_RATIO)
}

export function tableOf(rows: readonly Row[]): string {
  const lines = rows.map((row) => {
    const cells = ASKED.map((asked, index) => {
      const [alone, beside, slow] = [row.alone[asked], row.beside[asked], row.slow[asked]].map((ms) => ms.toFixed(1))
      return `${alone} → ${beside} (${slow}) | ${ratiosOf(row)[index]?.toFixed(2)}`
    })
    const verdict = isFine(row) ? 'fine' : `**${failuresOf(row)}**`
    return `| ${row.attack} | ${cells.join(' | ')} | ${row.peakMb.toFixed(0)} | ${verdict} |`
  })
  const head = ASKED.map((asked) => `${asked}, ms | ratio`).join(' | ')
  return [
    `| the other one | ${head} | resident, MB | |`,
    '|---|---:|---:|---:|---:|---:|---:|---:|---|',
    ...lines,
  ].join('\n')
}

function failuresOf({ failures }: Row): string {
  const counts = new Map<string, number>()
  for (const failure of failures) counts.set(failure, (counts.get(failure) ?? 0) + 1)
  return counts.size === 0 ? 'too much' : [...counts].map(([failure, count]) => `${count} × ${failure}`).join(', ')
}
