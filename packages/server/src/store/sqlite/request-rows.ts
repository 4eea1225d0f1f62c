/** Records of the request log as rows, with numbers for the names that many of them say. */

import type { DatabaseSync, SQLInputValue } from 'node:sqlite'
import type { Nano } from '../../records/money.ts'
import type { RequestRecord } from '../../records/request-record.ts'
import { REQUEST_COLUMNS, type RequestColumn, eachColumn } from '../request-columns.ts'
import { whole, wholeValue } from '../whole-record.ts'
import { type Row, textIn } from './row-values.ts'

/** The number of no name. */
const NOBODY = 0

/** How a whole number is bound that may be past 2^51; see `group-steps.ts`. */
export const MONEY = 'CAST(? AS INTEGER)'

export const REQUEST_INSERT = `INSERT INTO requests (id, hold, ${eachColumn(({ name }) => name)})
  VALUES (?, ?, ${eachColumn(({ holds }) => (holds === 'money' ? MONEY : '?'))})`

/** Behind the row's id and its hold's: each value as its column takes it, in one go over the record. `cost` is what was paid. */
export function pushRequestCells(
  record: RequestRecord,
  cost: Nano,
  numberOf: (name: string, column: RequestColumn) => number,
  cells: (number | string | null)[],
): void {
  for (const column of REQUEST_COLUMNS) {
    const { field, holds } = column
    const value = record[field]
    if (typeof value === 'number') {
      if (holds === 'money') cells.push(field === 'cost' ? cost : Math.min(whole(value), cost))
      else cells.push(whole(value))
    } else if (value === null) {
      cells.push(holds === 'name' ? NOBODY : null)
    } else if (typeof value === 'boolean') {
      cells.push(value ? 1 : 0)
    } else if (holds === 'name' && typeof value === 'string') {
      cells.push(numberOf(value, column))
    } else {
      const right = wholeValue(value, column)
      cells.push(typeof right === 'string' || right === null ? right : JSON.stringify(right))
    }
  }
}

/** For people. */
export const REQUEST_VIEW = `DROP VIEW IF EXISTS request_log;
  CREATE VIEW request_log AS SELECT r.id, ${eachColumn(viewed)} FROM requests r ${withNames()}`

function viewed({ name, holds }: RequestColumn): string {
  if (holds === 'name') return `n_${name}.name AS ${name}`
  return name === 'at' ? `datetime(r.at / 1000, 'unixepoch') AS at` : `r.${name}`
}

/** Nobody has the number 0. */
function withNames(): string {
  const names = REQUEST_COLUMNS.filter(({ holds }) => holds === 'name')
  return names.map(({ name }) => `LEFT JOIN names n_${name} ON n_${name}.id = r.${name}`).join(' ')
}

/** Of these rows of `requests`, newest first: SQLite makes the record's JSON itself. `id` and `at` stand beside it. */
function namedRequests(rows: string): string {
  return `SELECT r.id, r.at, json_object(${eachColumn((column) => `'${column.field}', ${jsonOf(column)}`)}) AS record
    FROM (${rows}) r ${withNames()} ORDER BY r.at DESC, r.id DESC`
}

function jsonOf({ name, holds }: RequestColumn): string {
  if (holds === 'name') return `n_${name}.name`
  if (holds === 'flag') return `json(iif(r.${name}, 'true', 'false'))`
  return holds === 'json' ? `json(r.${name})` : `r.${name}`
}

export interface FoundRequest {
  readonly id: number
  readonly at: number
  readonly record: RequestRecord
}

/** `rows`: a statement that gives whole rows of `requests`. */
export function findRequests(
  database: DatabaseSync,
  rows: string,
): (...values: readonly SQLInputValue[]) => FoundRequest[] {
  const statement = database.prepare(namedRequests(rows))
  return (...values) => statement.all(...values).map(foundRequest)
}

function foundRequest(row: Row): FoundRequest {
  // It was written by this store, from a record.
  const record: RequestRecord = JSON.parse(textIn(row, 'record'))
  return { id: Number(row['id']), at: Number(row['at']), record }
}
