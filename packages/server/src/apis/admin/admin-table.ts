/** Replies as tables: when one is asked for, and what its columns are. */

import { apiError } from '@moonbase/protocol'
import { fieldsOf } from '../../configuration/plain-value.ts'
import type { Exchange } from '../../http/exchange.ts'
import { CSV_TYPE, csvOf } from './csv.ts'
import type { Operation, AdminReply } from './operation.ts'

/** Where the next page of a table begins: the value for `after`. */
const NEXT_HEADER = 'x-moonbase-next-after'

export function wantsTable({ csv }: Operation, query: unknown, accept: string | undefined): boolean {
  if (csv !== true) return false
  const { format } = fieldsOf(query)
  if (format !== undefined) return format === 'csv'
  return accept !== undefined && /^\s*text\/csv\b/i.test(accept)
}

/** @throws ApiError when the table would end before its end, and could not be gone on with */
export function sendTable(exchange: Exchange, operation: Operation, query: unknown, reply: AdminReply): void {
  const data: unknown[] = Array.isArray(reply['data']) ? reply['data'] : []
  const rows = data.map(fieldsOf)
  if (reply['has_more'] === true) {
    const { id } = rows.at(-1) ?? {}
    if (typeof id !== 'string') {
      throw apiError('invalid_request', {
        details: `the table has more than ${rows.length} rows: ask for a shorter time, fewer columns, or more rows`,
      })
    }
    exchange.setHeader(NEXT_HEADER, id)
  }
  exchange.setHeader('Content-Disposition', `attachment; filename="${operation.path.split('/').at(-1)}.csv"`)
  exchange.send(200, CSV_TYPE, csvOf(columnsOf(operation, query), rows))
}

/** All fields that are always there, and of the others those that were asked for, in the order of the schema. */
function columnsOf({ reply }: Operation, query: unknown): string[] {
  const item = fieldsOf(fieldsOf(fieldsOf(reply['properties'])['data'])['items'])
  const wanted = new Set([item['required'], fieldsOf(query)['by'] ?? []].flat())
  return Object.keys(fieldsOf(item['properties'])).filter((name) => wanted.has(name))
}
