/** The line of the log for a request whose process has ended before it: what is known of it, and that it was cut. */

import { type RequestOrigin, type RequestRecord, newRecord } from '../records/request-record.ts'

/** HTTP status of a request that nobody answered to its end. */
const UNAVAILABLE = 503

/** `kept`: the last that was known of it, maybe by a program that knew fewer fields. `error` stands where it has none. */
export function unansweredRecord(
  origin: RequestOrigin,
  error: string,
  kept: Partial<RequestRecord> | null = null,
): RequestRecord {
  const record = newRecord(origin)
  return kept === null ? { ...record, status: UNAVAILABLE, error } : { ...record, ...kept, error: kept.error ?? error }
}
