/**
 * The columns of the request log, each said once: from here come the statements of every store that write and read a record,
 * and what `wholeRecord` mends of it.
 *
 * A new one is a field of `RequestRecord`, a line here, and a step of each database's migrations.
 */

import type { RequestRecord } from '../records/request-record.ts'

/** `name`: of a thing that many rows name, which a store may write as a number. `money`: in nano-units. */
export type ColumnKind = 'text' | 'name' | 'whole' | 'money' | 'flag' | 'json'

type KindOf<Value> = Value extends string
  ? 'text' | 'name'
  : Value extends number
    ? 'whole' | 'money'
    : Value extends boolean
      ? 'flag'
      : 'json'

interface Column<Value> {
  readonly holds: KindOf<NonNullable<Value>>
  /** Clients or engines chose it: a text behind so many characters is cut, and JSON of more bytes is left out. */
  readonly most?: number
  /** In SQL, for what an older program writes into the same database, which knows nothing of it. */
  readonly lacking?: string
}

/** Every one of them has the same fields, since they are walked through for each request. */
export interface RequestColumn {
  readonly field: keyof RequestRecord
  /** In every database. */
  readonly name: string
  readonly holds: ColumnKind
  /** `Infinity`: what is in it was chosen here, and stays as it is. */
  readonly most: number
  readonly lacking: string | undefined
}

/** Names that clients choose, such as a model that nobody has. */
const MOST_NAME = 128
const MOST_LABELS_BYTES = 1_024
const MOST_TIMELINE_BYTES = 2_048

const COLUMNS: { readonly [Field in keyof RequestRecord]: Column<RequestRecord[Field]> } = {
  request: { holds: 'text' },
  at: { holds: 'whole' },
  organisation: { holds: 'name' },
  project: { holds: 'name' },
  key: { holds: 'name' },
  model: { holds: 'name', most: MOST_NAME },
  engine: { holds: 'name', most: MOST_NAME },
  servedModel: { holds: 'name', most: MOST_NAME },
  streamed: { holds: 'flag' },
  status: { holds: 'whole' },
  error: { holds: 'text', most: MOST_NAME },
  prompt: { holds: 'whole' },
  cached: { holds: 'whole' },
  completion: { holds: 'whole' },
  reasoning: { holds: 'whole' },
  cost: { holds: 'money' },
  firstTokenMs: { holds: 'whole' },
  totalMs: { holds: 'whole' },
  attempts: { holds: 'whole' },
  seams: { holds: 'whole' },
  api: { holds: 'text', lacking: `'moonshot'` },
  parent: { holds: 'text', most: MOST_NAME },
  class: { holds: 'text', lacking: `'interactive'` },
  fees: { holds: 'money', lacking: '0' },
  labels: { holds: 'json', most: MOST_LABELS_BYTES },
  run: { holds: 'text', most: MOST_NAME },
  timeline: { holds: 'json', most: MOST_TIMELINE_BYTES },
}

export const REQUEST_COLUMNS: readonly RequestColumn[] = listed(COLUMNS)

/** Where a field stands among them. */
export function placeOf(field: keyof RequestRecord): number {
  return REQUEST_COLUMNS.findIndex((column) => column.field === field)
}

/** Columns in the order of the table, each as this text says, with commas between. */
export function eachColumn(text: (column: RequestColumn) => string): string {
  return REQUEST_COLUMNS.map(text).join(', ')
}

function listed(columns: typeof COLUMNS): RequestColumn[] {
  return fieldsOf(columns).map((field) => {
    const { holds, most = Infinity, lacking } = columns[field]
    return { field, name: columnName(field), holds, most, lacking }
  })
}

function fieldsOf<Named extends object>(of: Named): Extract<keyof Named, string>[] {
  const fields: Extract<keyof Named, string>[] = []
  for (const field in of) fields.push(field)
  return fields
}

/** `served_model` for `servedModel`. */
function columnName(field: string): string {
  return field.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}
