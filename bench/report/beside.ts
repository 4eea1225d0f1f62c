/** moonbase beside another checkout of it, round by round: what a change of ours costs, where a percent is looked for. */

import type { SubjectRecord } from '../campaign.ts'
import type { LoadResult } from '../load/order.ts'
import type { Load, Plan } from '../plan.ts'
import { median } from '../statistics.ts'
import { cpuUs, idleKb } from './figures.ts'
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
  const rows = plan.loads.flatMap((load) => loadRows(load, ours, theirs))
  rows.push(
    ...rowOf('an idle stream, KB', { ours: ours.idle.map(idleKb), theirs: theirs.idle.map(idleKb) }),
    ...rowOf('start, ms', { ours: ours.startMs, theirs: theirs.startMs }),
  )
  return { head: ['medians of rounds', ours.name, theirs.name, 'difference', 'of the rounds', 'ratio'], rows }
}

/** CPU of an answer, and the time that somebody waits: for its first chunk, or for all of it where it comes whole. */
function loadRows({ key, title, scene }: Load, ours: SubjectRecord, theirs: SubjectRecord): Row[] {
  const of = (figureOf: (result: LoadResult) => number): Rounds => ({
    ours: (ours.loads[key] ?? []).map(figureOf),
    theirs: (theirs.loads[key] ?? []).map(figureOf),
  })
  const waited = scene === 'whole' ? 'wholeUs' : 'firstPieceUs'
  const perAnswer = scene === 'paced' ? (result: LoadResult) => (result.cpuSeconds / result.pieces) * 1e6 : cpuUs
  return [
    ...rowOf(`${title}: CPU µs${scene === 'paced' ? ' a chunk' : ''}`, of(perAnswer)),
    ...rowOf(
      `${title}: p50 µs`,
      of((result) => result[waited].p50),
    ),
    ...rowOf(
      `${title}: p99 µs`,
      of((result) => result[waited].p99),
    ),
  ]
}

function rowOf(title: string, rounds: Rounds): Row[] {
  const { ours, theirs, differences, ratio } = compare(rounds)
  if (differences.length === 0) return []
  const spread =
    differences.length === 1 ? ABSENT : `${signed(Math.min(...differences))} to ${signed(Math.max(...differences))}`
  return [[title, figure(ours), figure(theirs), signed(median(differences)), spread, percent(ratio)]]
}

/** Medians of what the rounds themselves differ by: steadier than the difference of two medians. */
export function compare({ ours, theirs }: Rounds) {
  const pairs = ours.flatMap((value, round) => {
    const other = theirs[round]
    return other === undefined ? [] : [{ value, other }]
  })
  return {
    ours: median(ours),
    theirs: median(theirs),
    differences: pairs.map(({ value, other }) => value - other),
    ratio: median(pairs.map(({ value, other }) => value / other)),
  }
}

function percent(ratio: number): string {
  return Number.isFinite(ratio) ? `${signed((ratio - 1) * 100)} %` : ABSENT
}
