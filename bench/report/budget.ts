/** What we promised ourselves about speed, beside what came out. */

import type { Figures } from './figures.ts'
import { ABSENT, figure, times, whole, type Row } from './table.ts'

export interface Budget {
  readonly what: string
  readonly limit: string
  readonly measured: string
  readonly isMet: boolean
}

const REQUEST_CPU_US = 100
const CHUNK_CPU_US = 3
const ADDED_FIRST_CHUNK_P99_US = 1000
const IDLE_STREAM_KB = 50
const START_MS = 1000
const TIMES_PORTKEY = 8

/** `alone`: without accounts, which Portkey has not either. */
export function budgetsOf(
  ours: Figures,
  direct: Figures | undefined,
  portkey: Figures | undefined,
  alone: Figures | undefined,
): Budget[] {
  const addedFirstUs = direct === undefined ? Number.NaN : ours.burst.steadyFirst.p99 - direct.burst.steadyFirst.p99
  const budgets = [
    atMost('CPU of a request', REQUEST_CPU_US, ours.whole.cpuUs, 'µs'),
    atMost('CPU of a chunk in a burst, beyond its request', CHUNK_CPU_US, ours.burst.cpuUsPerChunk, 'µs'),
    atMost('time to first chunk, p99, added over direct', ADDED_FIRST_CHUNK_P99_US, addedFirstUs, 'µs'),
    atMost('memory of an idle stream', IDLE_STREAM_KB, ours.idle?.kbPerStream ?? Number.NaN, 'KB'),
    atMost('start, from spawn to ready', START_MS, ours.startMs, 'ms'),
    none(
      'answers that were wrong or cut',
      Object.values(ours.faults).reduce((sum, count) => sum + count, 0),
    ),
    none('upstream streams left after their clients have gone', ours.idle?.upstreamLeft ?? Number.NaN),
  ]
  if (portkey === undefined) return budgets
  const against = (what: string, { whole: { cpuUs } }: Figures): Budget => {
    const ratio = portkey.whole.cpuUs / cpuUs
    return { what, limit: `≥ ${TIMES_PORTKEY}×`, measured: times(ratio), isMet: ratio >= TIMES_PORTKEY }
  }
  budgets.push(against('requests per CPU second with accounts and a ledger on disk, against Portkey', ours))
  if (alone !== undefined) budgets.push(against('the same without accounts, which Portkey has not either', alone))
  return budgets
}

export function budgetRows(budgets: readonly Budget[]): Row[] {
  return budgets
    .filter(({ measured }) => !measured.startsWith(ABSENT))
    .map(({ what, limit, measured, isMet }) => [what, limit, measured, isMet ? 'yes' : 'NO'])
}

function atMost(what: string, limit: number, value: number, unit: string): Budget {
  return { what, limit: `≤ ${whole(limit)} ${unit}`, measured: `${figure(value)} ${unit}`, isMet: value <= limit }
}

function none(what: string, count: number): Budget {
  return { what, limit: '0', measured: whole(count), isMet: count === 0 }
}
