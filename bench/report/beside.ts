/** moonbase beside another checkout of it, round by round: what a change of ours costs, where a percent is looked for. */

import type { SubjectRecord } from '../campaign.ts'
import type { LoadResult } from '../load/order.ts'
import type { Load, LoadKey } from '../loads.ts'
import { idleKb, liveKb } from '../measure-idle.ts'
import type { Plan } from '../plan.ts'
import { median } from '../statistics.ts'
import { cpuUs, cpuUsPerPiece } from './figures.ts'
import { ABSENT, figure, signed, type Row, type Table } from './table.ts'

/** One measure of both in every round. Two that were taken one after the other share what the machine did meanwhile. */
interface Rounds {
  readonly ours: readonly number[]
  readonly theirs: readonly number[]
}

/** Each pair of a subject and the same subject of another checkout, in the order of the records. */
export function besidePairs(records: readonly SubjectRecord[]): [ours: SubjectRecord, theirs: SubjectRecord][] {
  return records.flatMap((theirs): [SubjectRecord, SubjectRecord][] => {
    const ours = records.find(({ name, kind }) => name === kind && kind === theirs.kind)
    return ours === undefined || ours === theirs || theirs.absence !== undefined ? [] : [[ours, theirs]]
  })
}

export function besideTable(ours: SubjectRecord, theirs: SubjectRecord, plan: Plan): Table {
  const rows = [
    ...plan.loads.flatMap((load) => loadRow(load, ours, theirs)),
    ...rowOf('live memory of an idle stream, KB', compareLive(ours, theirs)),
    ...rowOf('resident memory of it', compare({ ours: ours.idle.map(idleKb), theirs: theirs.idle.map(idleKb) })),
    ...rowOf('start, ms', compare({ ours: ours.startMs, theirs: theirs.startMs })),
  ]
  const head = ['CPU µs, medians of rounds', ours.name, theirs.name, 'difference', 'of the rounds', 'ratio']
  return { head: [...head, 'time p50', 'p99'], rows }
}

/**
 * CPU of an answer, and how the time compares that somebody waits: for its first chunk, or for all of it where it comes whole.
 * Beside a heavy client it is the time alone: the CPU is that client's for the most part.
 */
function loadRow({ key, title, scene, beside }: Load, ours: SubjectRecord, theirs: SubjectRecord): Row[] {
  const waited = scene === 'whole' ? 'wholeUs' : 'firstPieceUs'
  const times = (['p50', 'p99'] as const).map((what) =>
    compare(roundsOf(ours, theirs, key, ({ [waited]: spread }) => (spread.count === 0 ? Number.NaN : spread[what]))),
  )
  if (beside !== undefined) return times.flatMap((one, index) => rowOf(`${title}: p${index === 0 ? 50 : 99} µs`, one))
  if (scene !== 'paced') return rowOf(title, compareCpu(ours, theirs, key), times)
  return rowOf(`${title}, a chunk`, compare(roundsOf(ours, theirs, key, cpuUsPerPiece)), times)
}

function roundsOf(
  ours: SubjectRecord,
  theirs: SubjectRecord,
  key: LoadKey,
  figureOf: (result: LoadResult) => number,
): Rounds {
  return { ours: (ours.loads[key] ?? []).map(figureOf), theirs: (theirs.loads[key] ?? []).map(figureOf) }
}

export function compareCpu(ours: SubjectRecord, theirs: SubjectRecord, key: LoadKey): Comparison {
  return compare(roundsOf(ours, theirs, key, cpuUs))
}

export function compareLive(ours: SubjectRecord, theirs: SubjectRecord): Comparison {
  return compare({ ours: ours.live.map(liveKb), theirs: theirs.live.map(liveKb) })
}

function rowOf(
  title: string,
  { ours, theirs, differences, difference, ratio }: Comparison,
  times: Comparison[] = [],
): Row[] {
  if (differences.length === 0) return []
  const spread = `${signed(Math.min(...differences))} to ${signed(Math.max(...differences))}`
  const row = [title, figure(ours), figure(theirs), signed(difference), differences.length === 1 ? ABSENT : spread]
  return [[...row, percent(ratio), ...times.map((one) => percent(one.ratio))]]
}

interface Comparison {
  readonly ours: number
  readonly theirs: number
  readonly differences: readonly number[]
  /** The median of them. */
  readonly difference: number
  /** The median of the rounds' own ratios. */
  readonly ratio: number
}

/** Medians of what the rounds themselves differ by: steadier than the difference of two medians. */
export function compare({ ours, theirs }: Rounds): Comparison {
  const pairs = ours
    .map((value, round) => ({ value, other: theirs[round] ?? Number.NaN }))
    .filter(({ value, other }) => Number.isFinite(value) && Number.isFinite(other))
  const differences = pairs.map(({ value, other }) => value - other)
  return {
    ours: median(pairs.map(({ value }) => value)),
    theirs: median(pairs.map(({ other }) => other)),
    differences,
    difference: median(differences),
    ratio: median(pairs.map(({ value, other }) => value / other)),
  }
}

function percent(ratio: number): string {
  return Number.isFinite(ratio) ? `${signed((ratio - 1) * 100)} %` : ABSENT
}
