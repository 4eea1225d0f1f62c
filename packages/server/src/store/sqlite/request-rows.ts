/** Records of the request log as rows, with numbers for the names that many of them say. */

import type { DatabaseSync, SQLInputValue } from 'node:sqlite'
import type { RequestRecord } from '../../records/request-record.ts'
import { REQUEST_COLUMNS, type RequestColumn, eachColumn } from '../request-columns.ts'
import { type Row, textIn } from './row-values.ts'

/** The number of no name. */
const NOBODY = 0

/** How a whole number is bound that may be past 2^51; see `group-steps.ts`. */
export const MONEY = 'CAST(? AS INTEGER)'

export const REQUEST_INSERT = `INSERT INTO requests (id, hold, ${eachColumn(({ name }) => name)})
  VALUES (?, ?, ${eachColumn(({ holds }) => (holds === 'money' ? MONEY : '?'))})`

/** Behind the row's id and its hold's. */
export function pushRequestCells(
  record: RequestRecord,
  numberOf: (name: string) => number,
  cells: (number | string | null)[],
): void {
  for (const { field, holds } of REQUEST_COLUMNS) {
    const value = record[field]
    if (typeof value === 'number') cells.push(value)
    else if (typeof value === 'string') cells.push(holds === 'name' ? numberOf(value) : value)
    else if (value === null) cells.push(holds === 'name' ? NOBODY : null)
    else cells.push(typeof value === 'boolean' ? Number(value) : JSON.stringify(value))
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
