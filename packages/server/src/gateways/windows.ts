/** Amounts in a window of time, fixed or sliding: plain data, so that it may be kept as a document. */

import type { Technique } from './gateway-object.ts'

export interface WindowShape {
  /** Milliseconds. */
  readonly lengthMs: number
  readonly technique: Technique
}

/** When a cell begins, in milliseconds since the Unix epoch, and what was added in it. In the order of time. */
export type WindowCell = readonly [at: number, amount: number]

/** A sliding window is so many cells long: what is added leaves it at most one of them late, and never early. */
const SLIDING_CELLS = 60

/** Those that still count. */
export function cellsIn(cells: readonly WindowCell[], shape: WindowShape, now: number): readonly WindowCell[] {
  const gone = cells.findIndex(([at]) => leavesAt(at, shape) > now)
  if (gone === 0) return cells
  return gone === -1 ? [] : cells.slice(gone)
}

export function sumOf(cells: readonly WindowCell[]): number {
  return cells.reduce((sum, [, amount]) => sum + amount, 0)
}

/** With `amount` more, now. */
export function added(
  cells: readonly WindowCell[],
  shape: WindowShape,
  now: number,
  amount: number,
): readonly WindowCell[] {
  const width = widthOf(shape)
  const at = Math.floor(now / width) * width
  const current = cellsIn(cells, shape, now)
  const last = current.at(-1)
  // A clock that went back adds to the last one.
  if (last !== undefined && last[0] >= at) return [...current.slice(0, -1), [last[0], last[1] + amount]]
  return [...current, [at, amount]]
}

/** Milliseconds until the first of them leaves the window. */
export function waitOf(cells: readonly WindowCell[], shape: WindowShape, now: number): number {
  const [first] = cells
  return first === undefined ? 0 : Math.max(leavesAt(first[0], shape) - now, 0)
}

function leavesAt(at: number, shape: WindowShape): number {
  return at + shape.lengthMs + (shape.technique === 'sliding' ? widthOf(shape) : 0)
}

function widthOf({ lengthMs, technique }: WindowShape): number {
  return technique === 'fixed' ? lengthMs : Math.max(Math.ceil(lengthMs / SLIDING_CELLS), 1)
}
