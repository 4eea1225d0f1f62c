/** What a soak has come to: lines while it runs, a table at its end, and the bounds that it is judged by. */

import type { Outcome } from './deeds.ts'
import { type Reading, leftOpen } from './readings.ts'
import { lastHalf, mean, slopePerMinute } from './slope.ts'

const MEGABYTE = 1_000_000

/** Of resident memory over the last half of the time, in megabytes by minute. */
const MOST_RESIDENT_SLOPE = 0.5
/** Threads that begin with the first request that needs them, and connections that the health checks keep in use. */
export const MOST_KEPT_DESCRIPTORS = 12
/** A trend is one only behind the time that streams are kept for, in which memory must rise. */
export const LEAST_MINUTES = 10

const TRENDS = [
  { name: 'resident memory', unit: 'MB', of: ({ resident }: Reading) => resident / MEGABYTE },
  { name: 'heap in use', unit: 'MB', of: ({ heap }: Reading) => heap / MEGABYTE },
  { name: 'external memory', unit: 'MB', of: ({ external }: Reading) => external / MEGABYTE },
  { name: 'descriptors', unit: '', of: ({ descriptors }: Reading) => descriptors },
  { name: 'delay of the event loop (p99)', unit: 'ms', of: ({ delay }: Reading) => delay },
] as const

export class Outcomes {
  readonly #kinds = new Map<string, Map<Outcome['end'], number>>()
  readonly problems: string[] = []
  requests = 0
  seams = 0

  add({ kind, end, why, seams = 0 }: Outcome): void {
    this.requests += 1
    this.seams += seams
    const ends = this.#kinds.get(kind) ?? new Map<Outcome['end'], number>()
    this.#kinds.set(kind, ends.set(end, (ends.get(end) ?? 0) + 1))
    if (end === 'problem' && this.problems.length < MOST_PROBLEMS) this.problems.push(`${kind}: ${why}`)
  }

  /** Rows of a table. */
  get rows(): string[] {
    const kinds = [...this.#kinds].toSorted(([a], [b]) => a.localeCompare(b))
    return kinds.map(([kind, ends]) => {
      const counts = ENDS.map((end) => ends.get(end) ?? 0)
      return `| ${[kind, ...counts].join(' | ')} |`
    })
  }
}

const MOST_PROBLEMS = 100
const ENDS = ['complete', 'failed', 'refused', 'left', 'problem'] as const satisfies readonly Outcome['end'][]

/** Of the readings since the last line. */
export function lineOf(readings: readonly Reading[], { requests, problems }: Outcomes): string {
  const values = TRENDS.map(({ name, unit, of }) => `${name} ${mean(readings.map(of)).toFixed(1)} ${unit}`.trimEnd())
  const minutes = (readings.at(-1)?.at ?? 0) / 60
  return `${minutes.toFixed(1).padStart(5)} min  ${requests} requests  ${problems.length} problems  ${values.join('  ')}`
}

export function tableOf(readings: readonly Reading[], outcomes: Outcomes): string {
  const half = lastHalf(readings)
  const trends = TRENDS.map(({ name, unit, of }) => {
    const values = half.map(of)
    const slope = slopePerMinute(half.map((reading) => ({ at: reading.at, value: of(reading) })))
    const ends = [readings[0], half.at(-1)].map((reading) => (reading === undefined ? 0 : of(reading)))
    const figures = [ends[0], mean(values), Math.max(...values), ends[1]].map((figure = 0) => figure.toFixed(1))
    return `| ${[`${name} ${unit === '' ? '' : `(${unit})`}`.trimEnd(), ...figures, slope.toFixed(2)].join(' | ')} |`
  })
  return [
    '| | first | mean of the last half | most of it | last | slope by minute |',
    '|---|---|---|---|---|---|',
    ...trends,
    '',
    `| | ${ENDS.join(' | ')} |`,
    `|---|${'---|'.repeat(ENDS.length)}`,
    ...outcomes.rows,
  ].join('\n')
}

export interface Played {
  /** Before anybody came. */
  readonly before: Reading
  readonly readings: readonly Reading[]
  /** When all had gone. */
  readonly last: Reading
  readonly outcomes: Outcomes
  readonly minutes: number
}

/** What is wrong, in sentences. */
export function faultsOf({ before, readings, last, outcomes, minutes }: Played): string[] {
  const faults = [...outcomes.problems]
  const resident = lastHalf(readings).map((reading) => ({ at: reading.at, value: reading.resident / MEGABYTE }))
  const slope = slopePerMinute(resident)
  if (minutes >= LEAST_MINUTES && slope > MOST_RESIDENT_SLOPE) {
    faults.push(`resident memory rises by ${slope.toFixed(2)} MB a minute, and ${MOST_RESIDENT_SLOPE} is the most`)
  }
  const open = leftOpen(last)
  if (open.length > 0) faults.push(`left open: ${open.join(', ')}`)
  if (last.descriptors > before.descriptors + MOST_KEPT_DESCRIPTORS) {
    faults.push(`${last.descriptors} descriptors are open, and ${before.descriptors} were before anybody came`)
  }
  return faults
}
