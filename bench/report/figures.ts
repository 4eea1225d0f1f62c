/** What was measured of one subject, as the few figures that tables show: medians over the rounds. */

import type { SubjectRecord } from '../campaign.ts'
import type { LoadResult } from '../load/order.ts'
import { LOADS, type LoadKey } from '../loads.ts'
import { idleKb, liveKb, liveOutsideKb, type IdleRecord } from '../measure-idle.ts'
import { median } from '../statistics.ts'
import type { SubjectKind } from '../subjects/subject.ts'

/** Microseconds. */
export interface Spread {
  readonly p50: number
  readonly p99: number
}

/** One load on one subject: medians over the rounds. Not a number where it was not measured. */
export interface LoadFigures {
  readonly perSecond: number
  /** Of one answer. */
  readonly cpuUs: number
  /** Of one chunk, where chunks are what comes. */
  readonly cpuUsPerPiece: number
  /** Share of its core that the subject was busy: under about 0.9 the generator was the slower one. */
  readonly busy: number
  /** To the end of the answer. */
  readonly whole: Spread
  /** To the first chunk of text. */
  readonly first: Spread
  /** From the upstream's write of a chunk to its arrival. */
  readonly piece: Spread
  /** Answers of the heavy client beside it. */
  readonly heavyPerSecond: number
}

export interface Figures {
  readonly kind: SubjectKind
  readonly name: string
  readonly hasProcess: boolean
  readonly loads: Readonly<Partial<Record<LoadKey, LoadFigures>>>
  readonly startMs: number
  readonly idle: IdleFigures | undefined
  readonly loadedPssKb: number
  /** Answers that were not right and complete, of all runs, by what was wrong. */
  readonly faults: Readonly<Record<string, number>>
}

interface IdleFigures {
  readonly asked: number
  readonly ready: number
  readonly pssBeforeKb: number
  readonly pssAfterKb: number
  /** Resident memory: what the machine sees, with whatever V8 has grown its heap to. */
  readonly residentKb: number
  /** What a stream holds, behind full collections; not a number where nobody can look. */
  readonly liveKb: number
  /** Of that, outside of V8's heap. */
  readonly liveOutsideKb: number
  /** Of all rounds together. */
  readonly upstreamLeft: number
}

export function figuresOf(record: SubjectRecord): Figures {
  const loads: Partial<Record<LoadKey, LoadFigures>> = {}
  for (const { key } of LOADS) {
    const results = record.loads[key]
    if (results !== undefined) loads[key] = loadFigures(results)
  }
  return {
    kind: record.kind,
    name: record.name,
    hasProcess: record.kind !== 'direct',
    loads,
    startMs: median(record.startMs),
    idle: idleOf(record),
    loadedPssKb: record.loadedPssKb ?? Number.NaN,
    faults: faultsOf(record),
  }
}

export function loadOf(figures: Figures | undefined, key: LoadKey): LoadFigures {
  return figures?.loads[key] ?? loadFigures([])
}

function loadFigures(results: readonly LoadResult[]): LoadFigures {
  const of = (figure: (result: LoadResult) => number) => median(results.map(figure))
  // A median of no answers at all is not zero microseconds.
  const spreadOf = (what: 'wholeUs' | 'firstPieceUs' | 'pieceUs') => {
    const some = results.map((result) => result[what]).filter(({ count }) => count > 0)
    return { p50: median(some.map(({ p50 }) => p50)), p99: median(some.map(({ p99 }) => p99)) }
  }
  return {
    perSecond: of(perSecond),
    cpuUs: of(cpuUs),
    cpuUsPerPiece: of(cpuUsPerPiece),
    busy: of(busy),
    whole: spreadOf('wholeUs'),
    first: spreadOf('firstPieceUs'),
    piece: spreadOf('pieceUs'),
    heavyPerSecond: of(({ heavy }) => (heavy === undefined ? Number.NaN : perSecond(heavy))),
  }
}

function perSecond({ answers, seconds }: { readonly answers: number; readonly seconds: number }): number {
  return answers / seconds
}

/** CPU of one answer. */
export function cpuUs({ cpuSeconds, answers }: LoadResult): number {
  return (cpuSeconds / answers) * 1e6
}

export function cpuUsPerPiece({ cpuSeconds, pieces }: LoadResult): number {
  return (cpuSeconds / pieces) * 1e6
}

function busy({ cpuSeconds, seconds }: LoadResult): number {
  return cpuSeconds / seconds
}

function idleOf({ idle, live }: SubjectRecord): IdleFigures | undefined {
  if (idle.length === 0) return undefined
  const of = (figure: (record: IdleRecord) => number) => median(idle.map(figure))
  return {
    asked: of(({ asked }) => asked),
    ready: of(({ ready }) => ready),
    pssBeforeKb: of(({ pssBeforeKb }) => pssBeforeKb),
    pssAfterKb: of(({ pssAfterKb }) => pssAfterKb),
    residentKb: of(idleKb),
    liveKb: median(live.map(liveKb)),
    liveOutsideKb: median(live.map(liveOutsideKb)),
    upstreamLeft: idle.reduce((sum, { upstreamLeft }) => sum + upstreamLeft, 0),
  }
}

function faultsOf(record: SubjectRecord): Record<string, number> {
  const sum: Record<string, number> = {}
  const loads = Object.values(record.loads).flat()
  const heavy = loads.map((load) => load.heavy).filter((result) => result !== undefined)
  const all = [...record.warmUp, ...loads, ...heavy, ...record.idle, ...record.live]
  for (const { faults } of all) {
    for (const [name, count] of Object.entries(faults)) sum[name] = (sum[name] ?? 0) + count
  }
  return sum
}
