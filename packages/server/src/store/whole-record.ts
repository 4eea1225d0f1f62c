/** A record as the table takes it: one that it refuses would take everybody else of its group along. */

import type { Nano } from '../records/money.ts'
import type { RequestRecord } from '../records/request-record.ts'

/** Names that clients choose, such as a model that nobody has. */
const MAX_NAME = 128

export function wholeRecord(record: RequestRecord, cost: Nano): RequestRecord {
  return {
    request: record.request,
    at: whole(record.at),
    organisation: record.organisation,
    project: record.project,
    key: record.key,
    model: record.model.length > MAX_NAME ? record.model.slice(0, MAX_NAME) : record.model,
    engine: record.engine,
    servedModel: record.servedModel,
    streamed: record.streamed,
    status: whole(record.status),
    error: record.error,
    prompt: whole(record.prompt),
    cached: whole(record.cached),
    completion: whole(record.completion),
    reasoning: whole(record.reasoning),
    cost,
    firstTokenMs: record.firstTokenMs === null ? null : whole(record.firstTokenMs),
    totalMs: whole(record.totalMs),
    attempts: whole(record.attempts),
    seams: whole(record.seams),
  }
}

/** Times come from clocks that know fractions of a millisecond. */
export function whole(value: number): number {
  if (Number.isSafeInteger(value)) return value
  return Number.isFinite(value) ? Math.round(value) : 0
}
