/** The line of the log for a request of which nothing is known but its hold. */

import type { RequestRecord } from '../../records/request-record.ts'

/** HTTP status of a request that nobody answered to its end. */
const UNAVAILABLE = 503

export function unansweredRecord(
  {
    request,
    at,
    organisation,
    project,
    key,
    model,
  }: Pick<RequestRecord, 'request' | 'at' | 'organisation' | 'project' | 'key' | 'model'>,
  error: string,
): RequestRecord {
  return {
    request,
    at,
    organisation,
    project,
    key,
    model,
    engine: null,
    servedModel: null,
    streamed: false,
    status: UNAVAILABLE,
    error,
    prompt: 0,
    cached: 0,
    completion: 0,
    reasoning: 0,
    cost: 0,
    firstTokenMs: null,
    totalMs: 0,
    attempts: 0,
    seams: 0,
  }
}
