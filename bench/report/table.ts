/** A table that reads as well in a terminal as in Markdown. */

import type { LoadFigures, Spread } from './figures.ts'

export type Row = readonly string[]

export interface Table {
  readonly head: Row
  readonly rows: readonly Row[]
}

/** The first column is text, the others are figures and stand to the right. */
export function table(head: Row, rows: readonly Row[]): string {
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)))
  const line = (row: Row) => `| ${widths.map((width, column) => align(row[column] ?? '', width, column)).join(' | ')} |`
  const rule = `|${widths.map((width, column) => (column === 0 ? '-'.repeat(width + 2) : `${'-'.repeat(width + 1)}:`)).join('|')}|`
  return [line(head), rule, ...rows.map(line)].join('\n')
}

export const ABSENT = '–'

export function whole(value: number): string {
  return Number.isFinite(value) ? Math.round(value).toLocaleString('en-US') : ABSENT
}

/** Two or three digits that count, whatever the size. */
export function figure(value: number): string {
  if (!Number.isFinite(value)) return ABSENT
  const size = Math.abs(value)
  return size >= 100 ? whole(value) : value.toFixed(size >= 10 ? 1 : 2)
}

/** A difference: what is added bears its sign. */
export function signed(value: number): string {
  return value > 0 ? `+${figure(value)}` : figure(value)
}

export function times(value: number): string {
  return Number.isFinite(value) ? `${figure(value)}×` : ABSENT
}

/** A subject that was less busy than this waited for the generator: its rate is a lower bound, its CPU figures hold. */
const BUSY_ENOUGH = 0.9

export function rate({ perSecond, busy }: LoadFigures, hasProcess: boolean): string {
  if (!Number.isFinite(perSecond)) return ABSENT
  return `${hasProcess && busy < BUSY_ENOUGH ? '≥ ' : ''}${whole(perSecond)}`
}

export function cpu(value: number, hasProcess: boolean): string {
  return hasProcess ? figure(value) : ABSENT
}

export function spreadCells({ p50, p99 }: Spread): string[] {
  return [whole(p50), whole(p99)]
}

/** What stands over the baseline of the same run, each percentile from its own. */
export function addedCells(spread: Spread, base: Spread | undefined): string[] {
  return base === undefined ? [ABSENT, ABSENT] : [whole(spread.p50 - base.p50), whole(spread.p99 - base.p99)]
}

function align(text: string, width: number, column: number): string {
  return column === 0 ? text.padEnd(width) : text.padStart(width)
}
