/** A line of the request log as operators see it: each field once, with what it looks like. */

import { unitsText } from '../../records/money.ts'
import { REQUEST_CLASSES, type RequestRecord } from '../../records/request-record.ts'
import type { Timeline } from '../../records/timeline.ts'
import { timeText } from './formats.ts'
import type { AdminReply } from './operation.ts'
import { amount, count, flag, listed, oneOf, orNull, text, time, whole } from './reply-shapes.ts'
import type { JsonSchema } from './shape.ts'

interface ViewedField {
  readonly schema: JsonSchema
  readonly of: (one: RequestRecord) => unknown
}

const field = (schema: JsonSchema, of: ViewedField['of']): ViewedField => ({ schema, of })

const number = { type: 'number' }
const milliseconds = orNull(number)

const ATTEMPTS = listed(
  whole({ replica: text, outcome: text, began_ms: milliseconds, first_token_ms: milliseconds, ended_ms: milliseconds }),
)
const SEAMS = listed(whole({ from: text, to: text, reason: text, at_ms: milliseconds }))

/** Of `timelineView`. */
export const TIMELINE_SCHEMA = whole({
  request: text,
  attempts: ATTEMPTS,
  seams: SEAMS,
  phases: whole({ waiting_ms: milliseconds, thinking_ms: milliseconds, answering_ms: milliseconds }),
  transfers: listed(whole({ id: text, kind: text, amount, at: time })),
})

const FIELDS: Readonly<Record<string, ViewedField>> = {
  id: field(text, (one) => one.request),
  at: field(time, (one) => timeText(one.at)),
  organisation: field(text, (one) => one.organisation),
  project: field(text, (one) => one.project),
  key: field(text, (one) => one.key),
  api: field({ ...text, description: 'The API that it came by.' }, (one) => one.api),
  class: field(oneOf(...REQUEST_CLASSES), (one) => one.class),
  model: field(text, (one) => one.model),
  engine: field(orNull(text), (one) => one.engine),
  served_model: field(orNull(text), (one) => one.servedModel),
  streamed: field(flag, (one) => one.streamed),
  status: field(count, (one) => one.status),
  error: field(orNull(text), (one) => one.error),
  prompt_tokens: field(count, (one) => one.prompt),
  cached_tokens: field(count, (one) => one.cached),
  completion_tokens: field(count, (one) => one.completion),
  reasoning_tokens: field(count, (one) => one.reasoning),
  cost: field(amount, (one) => unitsText(one.cost)),
  fees: field({ ...amount, description: 'The part of the cost that is not for tokens.' }, (one) => unitsText(one.fees)),
  first_token_ms: field(milliseconds, (one) => one.firstTokenMs),
  total_ms: field(number, (one) => one.totalMs),
  attempts: field(count, (one) => one.attempts),
  seams: field(count, (one) => one.seams),
  parent: field(
    { ...orNull(text), description: 'The id of what it is a part of: a loop of tools, a response, a batch.' },
    (one) => one.parent,
  ),
  run: field(
    { ...orNull(text), description: 'The work that it belongs to, as its caller names it.' },
    (one) => one.run,
  ),
  labels: field(
    { ...orNull({ type: 'object', additionalProperties: text }), description: 'What its caller calls it by.' },
    (one) => one.labels,
  ),
  timeline: field(
    orNull(
      whole({
        attempts: ATTEMPTS,
        seams: SEAMS,
      }),
    ),
    (one) => one.timeline && keptTimeline(one.timeline),
  ),
}

export const REQUEST_SCHEMA = whole(mapped(({ schema }) => schema))

export function requestView(one: RequestRecord): AdminReply {
  return mapped(({ of }) => of(one))
}

/** Milliseconds since it arrived. */
function keptTimeline({ attempts, seams }: Timeline): AdminReply | null {
  // When its answer began is all that is known, and the timeline of its own tells it.
  if (attempts.length === 0) return null
  return {
    attempts: attempts.map(({ replica, outcome, beganMs, firstTokenMs, endedMs }) => ({
      replica,
      outcome,
      began_ms: beganMs,
      first_token_ms: firstTokenMs,
      ended_ms: endedMs,
    })),
    seams: seams.map(({ from, to, reason, atMs }) => ({ from, to, reason, at_ms: atMs })),
  }
}

function mapped<Value>(to: (field: ViewedField) => Value): Record<string, Value> {
  return Object.fromEntries(Object.entries(FIELDS).map(([name, one]) => [name, to(one)]))
}
