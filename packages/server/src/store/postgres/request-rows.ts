/** Records of the request log as rows of PostgreSQL, and as the JSON in which they travel there. */

import type { Nano } from '../../records/money.ts'
import type { RequestRecord } from '../../records/request-record.ts'
import { type ColumnKind, REQUEST_COLUMNS, type RequestColumn, eachColumn } from '../request-columns.ts'
import { whole, wholeRecord } from '../whole-record.ts'

const TYPES: Readonly<Record<ColumnKind, string>> = {
  text: 'text',
  name: 'text',
  whole: 'bigint',
  money: 'bigint',
  flag: 'boolean',
  json: 'text',
}

/** What `json_to_recordset` makes of a row. */
export const REQUEST_FIELDS = eachColumn(({ name, holds }) => `${name} ${TYPES[holds]}`)

export const REQUEST_NAMES = eachColumn(({ name }) => name)

/** What the row `l` of a group says; a gateway of an older program says less. */
function givenColumn({ name, lacking }: RequestColumn): string {
  return lacking === undefined ? `l.${name}` : `coalesce(l.${name}, ${lacking})`
}

/** What goes into the log of it: whose it is and what it costs, `ledger_group` knows, whatever the row says. */
export const LOGGED_COLUMNS = eachColumn((column) => {
  if (column.field === 'organisation') return 'of_organisation'
  if (column.field === 'cost') return 'l.charge'
  return column.field === 'fees' ? `least(${givenColumn(column)}, l.charge)` : givenColumn(column)
})

/** A row `r` of the request log as its record. */
export const RECORD = eachColumn(
  ({ field, name, holds }) => `r.${name}${holds === 'json' ? '::json' : ''} AS "${field}"`,
)

/** Texts are such that the database takes them; `cost` is what is to be paid at most. */
export function requestRow(record: RequestRecord, cost: Nano): object {
  const mended = wholeRecord(record, Math.max(0, whole(cost)))
  return Object.fromEntries(REQUEST_COLUMNS.map(({ field, name, holds }) => [name, rowValue(mended[field], holds)]))
}

/** JSON stays text: no text of PostgreSQL may have in it what a text of JSON can escape. */
function rowValue(value: RequestRecord[keyof RequestRecord], holds: ColumnKind): unknown {
  return holds === 'json' && value !== null ? JSON.stringify(value) : value
}
