/** One client span for each asking of an engine, below the server span of its request. */

import { type Context, SpanKind, SpanStatusCode, type Tracer } from '@opentelemetry/api'
import { engineOf } from '../../records/engine-of.ts'
import { type ToldTrace, toldRun } from '../told-run.ts'
import { type ModelAttributes, modelAttributes } from './request-attributes.ts'
import type { RequestTime } from './request-time.ts'
import type { EndedRequest } from './tracing.ts'

type AttemptEnd = ToldTrace['ends'][number]

/** As many as routing has asked; its policy limits that. In the order in which they ended. */
export function tellAttempts(tracer: Tracer, request: EndedRequest, time: RequestTime, parent: Context): void {
  const { notes } = request.exchange
  const told = toldRun(notes)
  const model = modelAttributes(request)
  if (told === undefined || model === undefined) return
  for (const end of told.trace.ends) tellAttempt(tracer, end, model, notes.streamed === true, time, parent)
}

/**
 * No counts of tokens: those of the whole answer are told of its request, and whoever adds up spans would count twice.
 *
 * What is undefined is left out.
 */
function tellAttempt(
  tracer: Tracer,
  { replica, outcome, beganAt, endedAt, model: servedModel, server }: AttemptEnd,
  model: ModelAttributes,
  streamed: boolean,
  time: RequestTime,
  parent: Context,
): void {
  const span = tracer.startSpan(
    `${model['gen_ai.operation.name']} ${model['gen_ai.request.model']}`,
    {
      kind: SpanKind.CLIENT,
      startTime: time.at(beganAt),
      attributes: {
        ...model,
        // The conventions want it only where it is true. An engine is asked for a stream where the client has.
        'gen_ai.request.stream': streamed || undefined,
        'gen_ai.response.model': servedModel,
        'server.address': server?.address,
        'server.port': server?.port,
        'error.type': hasFailed(outcome) ? outcome : undefined,
        'moonbase.engine': engineOf(replica),
        'moonbase.replica': replica,
        'moonbase.outcome': outcome,
      },
    },
    parent,
  )
  // A client that leaves is no error of anybody, although it has a type, as in the span of its request.
  if (hasFailed(outcome) && outcome !== 'aborted') span.setStatus({ code: SpanStatusCode.ERROR })
  span.end(time.at(Math.max(beganAt, endedAt)))
}

/** Whoever was outpaced was stopped by us, and nothing had gone wrong. */
function hasFailed(outcome: AttemptEnd['outcome']): boolean {
  return outcome !== 'complete' && outcome !== 'outpaced'
}
