/** A record as the tables take it: one that they refuse would take everybody else of its group along. */

import type { Nano } from '../records/money.ts'
import type { RequestRecord } from '../records/request-record.ts'
import { REQUEST_COLUMNS, type RequestColumn } from './request-columns.ts'

type Value = RequestRecord[keyof RequestRecord]

const MENDED = REQUEST_COLUMNS.filter(({ holds, most }) => holds === 'whole' || holds === 'money' || most !== undefined)

export function wholeRecord(record: RequestRecord, cost: Nano): RequestRecord {
  const mended: RequestRecord = { ...record, cost, fees: Math.min(record.fees, cost) }
  for (const column of MENDED) {
    const value = mended[column.field]
    // Times and counts that are whole are most of what there is.
    if (value === null || Number.isSafeInteger(value)) continue
    const right = wholeValue(value, column)
    if (right !== value) Object.assign(mended, { [column.field]: right })
  }
  return mended
}

function wholeValue(value: Value, { most = Infinity }: RequestColumn): Value {
  if (typeof value === 'number') return whole(value)
  if (typeof value === 'string') return cleanText(value.length > most ? value.slice(0, most) : value)
  return Buffer.byteLength(JSON.stringify(value)) > most ? null : value
}

/** Times come from clocks that know fractions of a millisecond. */
export function whole(value: number): number {
  if (Number.isSafeInteger(value)) return value
  return Number.isFinite(value) ? Math.round(value) : 0
}

/** From clients and engines come names that no text of PostgreSQL may have in it. */
export const cleanText = (text: string): string => text.replaceAll('\0', '').toWellFormed()
