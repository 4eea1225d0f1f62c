/** What we promised ourselves about speed, beside what came out. */

import type { SubjectRecord } from '../campaign.ts'
import type { LoadKey } from '../loads.ts'
import { CHUNKS } from '../script.ts'
import { WIRE_NAMES, WIRES } from '../wires.ts'
import { compareCpu, compareLive } from './beside.ts'
import { figuresOf, loadOf, type Figures } from './figures.ts'
import { ABSENT, figure, signed, times, whole, type Table } from './table.ts'
import { wireCost } from './wire-table.ts'

interface Budget {
  readonly what: string
  readonly limit: string
  readonly measured: string
  readonly isMet: boolean
  /** What a clock says, and not what the kernel counts: it is of whatever else runs as well. */
  readonly isTime?: boolean
}

/** From here on times are not judged. */
const QUIET_CORES = 0.1

const REQUEST_CPU_US = 100
const CHUNK_CPU_US = 3
const ADDED_FIRST_CHUNK_P99_US = 1000
const IDLE_STREAM_KB = 50
const START_MS = 1000
const TIMES_PORTKEY = 8

/** Before the hall between socket and engine was rebuilt: what issue 11 measures itself against. */
const BEFORE = 'b799cb9'
const TURN_TIMES_BEFORE = 0.4
const TURN_TIMES_PORTKEY = 1.5
const ALONE_TIMES_PORTKEY = 1.5
const ADDED_TURN_FIRST_CHUNK_US = 5000
const LEDGER_ADDED_P99_US = 1000
const TIMES_ALONE_BESIDE_TEXT = 2
const ADDED_REQUEST_CPU_US = 2
const ADDED_BURST_PERCENT = 1
const TIMES_MOONSHOT = 1.25

/** Only what was measured in this run. */
export function budgetTable(records: readonly SubjectRecord[], othersBusyCores: number): Table {
  const present = records.filter(({ absence }) => absence === undefined)
  const recordOf = (name: string) => present.find((one) => one.name === name)
  const of = (name: string): Figures | undefined => {
    const record = recordOf(name)
    return record === undefined ? undefined : figuresOf(record)
  }
  const budgets = [
    ...usual(of('moonbase'), of('direct')),
    ...againstPortkey(of),
    ...ofTurns(of),
    ...shared(of),
    ...['moonbase', 'no-accounts'].flatMap((name) => onEachWire(name, of(name))),
    ...['moonbase', 'exact-counts', 'no-accounts'].flatMap((name) =>
      againstBefore(name, recordOf(name), recordOf(`${name}@${BEFORE}`)),
    ),
  ]
  const rows = budgets
    .filter(({ measured }) => !measured.startsWith(ABSENT))
    .map(({ what, limit, measured, isMet, isTime }) => {
      const isBlurred = isTime === true && othersBusyCores > QUIET_CORES
      return [what, limit, measured, isBlurred ? 'too busy to say' : isMet ? 'yes' : 'NO']
    })
  return { head: ['what', 'target', 'measured', 'met'], rows }
}

type Of = (name: string) => Figures | undefined

function usual(ours: Figures | undefined, direct: Figures | undefined): Budget[] {
  const [request, burst] = [loadOf(ours, 'whole').cpuUs, loadOf(ours, 'burst').cpuUs]
  const first = loadOf(ours, 'burst-steady').first.p99 - loadOf(direct, 'burst-steady').first.p99
  return [
    atMost('CPU of a request', REQUEST_CPU_US, request, 'µs'),
    atMost('CPU of a chunk in a burst, beyond its request', CHUNK_CPU_US, (burst - request) / CHUNKS, 'µs'),
    timed(atMost('time to first chunk, p99, added over direct', ADDED_FIRST_CHUNK_P99_US, first, 'µs')),
    atMost('memory of an idle stream, live', IDLE_STREAM_KB, ours?.idle?.liveKb ?? Number.NaN, 'KB'),
    timed(atMost('start, from spawn to ready', START_MS, ours?.startMs ?? Number.NaN, 'ms')),
    none('answers that were wrong or cut', sumOf(ours?.faults)),
    none('upstream streams left after their clients have gone', ours?.idle?.upstreamLeft ?? Number.NaN),
  ]
}

function againstPortkey(of: Of): Budget[] {
  const against = (what: string, least: number, name: string, key: LoadKey) =>
    atLeast(what, least, loadOf(of('portkey'), key).cpuUs / loadOf(of(name), key).cpuUs)
  return [
    against(
      'requests per CPU second with accounts and a ledger on disk, against Portkey',
      TIMES_PORTKEY,
      'moonbase',
      'whole',
    ),
    against(
      'requests per CPU second without accounts, which Portkey has not either, against Portkey',
      TIMES_PORTKEY,
      'no-accounts',
      'whole',
    ),
    against(
      'one at a time with the ledger, requests per CPU second against Portkey',
      ALONE_TIMES_PORTKEY,
      'moonbase',
      'whole-alone',
    ),
    against("agents' turns per CPU second against Portkey", TURN_TIMES_PORTKEY, 'moonbase', 'agent-whole'),
    against("agents' turns streamed per CPU second against Portkey", TURN_TIMES_PORTKEY, 'moonbase', 'agent-stream'),
  ]
}

function ofTurns(of: Of): Budget[] {
  const first = (name: string) => loadOf(of(name), 'agent-alone').first.p50
  const ledger = (name: string) => loadOf(of(name), 'later').first.p99
  const budgets = [
    atMost(
      "an agent's turn alone: first chunk, added over direct",
      ADDED_TURN_FIRST_CHUNK_US,
      first('moonbase') - first('direct'),
      'µs',
    ),
    atMost(
      "an agent's turn alone with exact counts: first chunk, added over direct",
      ADDED_TURN_FIRST_CHUNK_US,
      first('exact-counts') - first('direct'),
      'µs',
    ),
    atMost(
      'first chunk behind an engine that needs 20 ms, p99 with the ledger over without',
      LEDGER_ADDED_P99_US,
      ledger('moonbase') - ledger('no-accounts'),
      'µs',
    ),
  ]
  return budgets.map(timed)
}

function shared(of: Of): Budget[] {
  const beside = (how: string, name: string): Budget[] => {
    const [alone, crowded] = [loadOf(of(name), 'agent-alone').whole, loadOf(of(name), 'agent-text').whole]
    const what = `an agent's turn beside texts of 90 MB${how}, times its time alone`
    return (['p50', 'p99'] as const).map((spread) =>
      timed(atMostTimes(`${what}: ${spread}`, TIMES_ALONE_BESIDE_TEXT, crowded[spread] / alone[spread])),
    )
  }
  return [...beside('', 'moonbase'), ...beside(' with exact counts', 'exact-counts')]
}

/** Nothing that is quick today may get dearer, and agents' turns must get much cheaper. */
function againstBefore(name: string, ours: SubjectRecord | undefined, before: SubjectRecord | undefined): Budget[] {
  if (ours === undefined || before === undefined) return []
  const cpu = (key: LoadKey) => compareCpu(ours, before, key)
  const percent = (cpu('burst').ratio - 1) * 100
  return [
    atMostTimes(`${name}: CPU of an agent's turn, times ${BEFORE}`, TURN_TIMES_BEFORE, cpu('agent-whole').ratio),
    atMostTimes(
      `${name}: CPU of an agent's turn streamed, times ${BEFORE}`,
      TURN_TIMES_BEFORE,
      cpu('agent-stream').ratio,
    ),
    added(`${name}: CPU of a request over ${BEFORE}`, ADDED_REQUEST_CPU_US, cpu('whole').difference, 'µs'),
    added(`${name}: CPU of a burst stream over ${BEFORE}`, ADDED_BURST_PERCENT, percent, '%'),
    added(`${name}: memory of an idle stream over ${BEFORE}, live`, 0, compareLive(ours, before).difference, 'KB'),
  ]
}

/** Against Moonshot's wire, which the core is nearest to. */
function onEachWire(name: string, figures: Figures | undefined): Budget[] {
  const moonshot = wireCost(figures, 'moonshot')
  return WIRE_NAMES.filter((wire) => wire !== 'moonshot' && WIRES[wire].more !== true).flatMap((wire) => {
    const { request, chunk } = wireCost(figures, wire)
    const against = `on the wire of ${WIRES[wire].title}, times Moonshot's`
    return [
      atMostTimes(`${name}: CPU of a request ${against}`, TIMES_MOONSHOT, request / moonshot.request),
      atMostTimes(`${name}: CPU of a chunk ${against}`, TIMES_MOONSHOT, chunk / moonshot.chunk),
    ]
  })
}

function sumOf(counts: Readonly<Record<string, number>> | undefined): number {
  return counts === undefined ? Number.NaN : Object.values(counts).reduce((sum, count) => sum + count, 0)
}

function atMost(what: string, limit: number, value: number, unit: string): Budget {
  return { what, limit: `≤ ${whole(limit)} ${unit}`, measured: `${figure(value)} ${unit}`, isMet: value <= limit }
}

function added(what: string, limit: number, value: number, unit: string): Budget {
  return { what, limit: `≤ ${signed(limit)} ${unit}`, measured: `${signed(value)} ${unit}`, isMet: value <= limit }
}

function atMostTimes(what: string, limit: number, ratio: number): Budget {
  return { what, limit: `≤ ${limit}×`, measured: times(ratio), isMet: ratio <= limit }
}

function atLeast(what: string, limit: number, ratio: number): Budget {
  return { what, limit: `≥ ${limit}×`, measured: times(ratio), isMet: ratio >= limit }
}

function timed(budget: Budget): Budget {
  return { ...budget, isTime: true }
}

function none(what: string, count: number): Budget {
  return { what, limit: '0', measured: whole(count), isMet: count === 0 }
}
