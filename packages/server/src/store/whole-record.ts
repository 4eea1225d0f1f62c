/** A record as the tables take it: one that they refuse would take everybody else of its group along. */

import type { Nano } from '../records/money.ts'
import type { RequestRecord } from '../records/request-record.ts'
import { REQUEST_COLUMNS, type RequestColumn } from './request-columns.ts'

export type RequestValue = RequestRecord[keyof RequestRecord]

export function wholeRecord(record: RequestRecord, cost: Nano): RequestRecord {
  const mended: RequestRecord = { ...record, cost, fees: Math.min(record.fees, cost) }
  for (const column of REQUEST_COLUMNS) {
    const value = mended[column.field]
    const right = wholeValue(value, column)
    if (right !== value) Object.assign(mended, { [column.field]: right })
  }
  return mended
}

/** What the column takes of it: the same, but for odd ones. */
export function wholeValue(value: RequestValue, column: RequestColumn): RequestValue {
  const { most } = column
  if (typeof value === 'number') return whole(value)
  if (most === Infinity || value === null) return value
  if (typeof value === 'string') return wholeText(value, column)
  return Buffer.byteLength(JSON.stringify(value)) > most ? null : value
}

export function wholeText(text: string, { most }: RequestColumn): string {
  return most === Infinity ? text : cleanText(text.length > most ? text.slice(0, most) : text)
}

/** Times come from clocks that know fractions of a millisecond. */
export function whole(value: number): number {
  if (Number.isSafeInteger(value)) return value
  return Number.isFinite(value) ? Math.round(value) : 0
}

/** From clients and engines come names that no text of PostgreSQL may have in it. */
export function cleanText(text: string): string {
  return text.includes('\0') || !text.isWellFormed() ? text.replaceAll('\0', '').toWellFormed() : text
}
