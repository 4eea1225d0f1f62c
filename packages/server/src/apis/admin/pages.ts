/** Lists in pages: so many entries behind the last one that was seen. */

import { apiError } from '@moonbase/protocol'
import type { AdminReply } from './operation.ts'

export interface Page {
  readonly limit?: number
  /** The id of the last entry that was seen. */
  readonly after?: string
}

export const USUAL_PAGE = 100

/** A page of what is all in memory. @throws ApiError when there is nothing of the id that was seen */
export function pageOf<Entry>(
  entries: readonly Entry[],
  { limit = USUAL_PAGE, after }: Page,
  idOf: (entry: Entry) => string,
  view: (entry: Entry) => AdminReply,
): AdminReply {
  const last = after === undefined ? -1 : entries.findIndex((entry) => idOf(entry) === after)
  if (after !== undefined && last === -1) {
    throw apiError('invalid_request', { details: 'after must be the id of an entry of this list' })
  }
  return listReply(entries.slice(last + 1, last + 2 + limit), limit, view)
}

/** `entries` has one more than the page where there is more. */
export function listReply<Entry>(
  entries: readonly Entry[],
  limit: number,
  view: (entry: Entry) => AdminReply,
): AdminReply {
  return { object: 'list', data: entries.slice(0, limit).map(view), has_more: entries.length > limit }
}
