/** What was measured of one subject, as the few figures that tables show: medians over the rounds. */

import type { IdleRecord, SubjectRecord } from '../campaign.ts'
import type { LoadResult } from '../load/order.ts'
import type { LoadKey } from '../plan.ts'
import { CHUNKS } from '../script.ts'
import { median } from '../statistics.ts'
import type { SubjectKind } from '../subjects/subject.ts'

/** Microseconds. */
export interface Spread {
  readonly p50: number
  readonly p99: number
}

export interface Figures {
  readonly kind: SubjectKind
  readonly name: string
  readonly hasProcess: boolean
  readonly whole: {
    readonly perSecond: number
    readonly cpuUs: number
    /** Share of its core that the subject was busy: under about 0.9 the generator was the slower one. */
    readonly busy: number
    readonly alone: Spread
    readonly steady: Spread
  }
  readonly burst: {
    readonly perSecond: number
    readonly cpuUs: number
    readonly busy: number
    /** CPU of one chunk beyond what the request itself costs. */
    readonly cpuUsPerChunk: number
    readonly steadyFirst: Spread
  }
  readonly paced: { readonly cpuUsPerChunk: number; readonly first: Spread; readonly piece: Spread }
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
  readonly kbPerStream: number
  /** Of all rounds together. */
  readonly upstreamLeft: number
}

export function figuresOf(record: SubjectRecord): Figures {
  const of = (key: LoadKey, figure: (result: LoadResult) => number) => median((record.loads[key] ?? []).map(figure))
  const spreadOf = (key: LoadKey, what: 'wholeUs' | 'firstPieceUs' | 'pieceUs') => ({
    p50: of(key, (result) => result[what].p50),
    p99: of(key, (result) => result[what].p99),
  })
  const wholeCpuUs = of('whole', cpuUs)
  const burstCpuUs = of('burst', cpuUs)
  return {
    kind: record.kind,
    name: record.name,
    hasProcess: record.kind !== 'direct',
    whole: {
      perSecond: of('whole', perSecond),
      cpuUs: wholeCpuUs,
      busy: of('whole', busy),
      alone: spreadOf('whole-alone', 'wholeUs'),
      steady: spreadOf('whole-steady', 'wholeUs'),
    },
    burst: {
      perSecond: of('burst', perSecond),
      cpuUs: burstCpuUs,
      busy: of('burst', busy),
      cpuUsPerChunk: (burstCpuUs - wholeCpuUs) / CHUNKS,
      steadyFirst: spreadOf('burst-steady', 'firstPieceUs'),
    },
    paced: {
      cpuUsPerChunk: of('paced', (result) => (result.cpuSeconds / result.pieces) * 1e6),
      first: spreadOf('paced', 'firstPieceUs'),
      piece: spreadOf('paced', 'pieceUs'),
    },
    startMs: median(record.startMs),
    idle: idleOf(record),
    loadedPssKb: record.loadedPssKb ?? 0,
    faults: faultsOf(record),
  }
}

function perSecond({ answers, seconds }: LoadResult): number {
  return answers / seconds
}

/** CPU of one answer. */
export function cpuUs({ cpuSeconds, answers }: LoadResult): number {
  return (cpuSeconds / answers) * 1e6
}

function busy({ cpuSeconds, seconds }: LoadResult): number {
  return cpuSeconds / seconds
}

export function idleKb({ pssHeldKb, pssBeforeKb, ready }: IdleRecord): number {
  return (pssHeldKb - pssBeforeKb) / Math.max(1, ready)
}

function idleOf({ idle }: SubjectRecord): IdleFigures | undefined {
  if (idle.length === 0) return undefined
  const of = (figure: (record: IdleRecord) => number) => median(idle.map(figure))
  return {
    asked: of(({ asked }) => asked),
    ready: of(({ ready }) => ready),
    pssBeforeKb: of(({ pssBeforeKb }) => pssBeforeKb),
    pssAfterKb: of(({ pssAfterKb }) => pssAfterKb),
    kbPerStream: of(idleKb),
    upstreamLeft: idle.reduce((sum, { upstreamLeft }) => sum + upstreamLeft, 0),
  }
}

function faultsOf(record: SubjectRecord): Record<string, number> {
  const sum: Record<string, number> = {}
  const all = [...record.warmUp, ...Object.values(record.loads).flat(), ...record.idle]
  for (const { faults } of all) {
    for (const [name, count] of Object.entries(faults)) sum[name] = (sum[name] ?? 0) + count
  }
  return sum
}
