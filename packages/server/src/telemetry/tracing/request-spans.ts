/** One server span for each request, made when it has ended. */

import { type Context, ROOT_CONTEXT, type Span, SpanKind, SpanStatusCode, type Tracer, trace } from '@opentelemetry/api'
import { engineOf } from '../../usage/record-request.ts'
import type { RequestNotes } from '../request-notes.ts'
import { failureOf, httpAttributes, methodOf, modelAttributes } from './request-attributes.ts'
import { traceParent } from './trace-parent.ts'
import type { EndedRequest } from './tracing.ts'

/** Asked every few seconds by machines: their spans would be most of all, and tell nothing. */
const UNTOLD: ReadonlySet<string | undefined> = new Set(['/health', '/ready', '/metrics'])

type Instant = [seconds: number, nanoseconds: number]

export class RequestSpans {
  readonly #tracer: Tracer

  constructor(tracer: Tracer) {
    this.#tracer = tracer
  }

  /** The id of its trace. */
  ended(request: EndedRequest): string | undefined {
    const { exchange, beganAt, elapsedMs } = request
    const { route } = exchange.notes
    if (UNTOLD.has(route)) return undefined
    const method = methodOf(request)
    const verb = method === '_OTHER' ? 'HTTP' : method
    const span = this.#tracer.startSpan(
      route === undefined ? verb : `${verb} ${route}`,
      { kind: SpanKind.SERVER, startTime: instant(beganAt) },
      parentOf(exchange.header('traceparent')),
    )
    // A clock that was set back must not make it end before it began.
    const endedAt = instant(beganAt + Math.max(elapsedMs, 0))
    if (span.isRecording()) describe(span, request, endedAt)
    span.end(endedAt)
    return span.spanContext().traceId
  }
}

function parentOf(header: string | undefined): Context {
  const parent = traceParent(header)
  return parent === undefined ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, parent)
}

function describe(span: Span, request: EndedRequest, endedAt: Instant): void {
  const { id, notes } = request.exchange
  span.setAttributes(httpAttributes(request))
  span.setAttributes({
    'moonbase.request.id': id,
    'moonbase.key.id': notes.keyId,
    'moonbase.organisation.id': notes.organisation,
  })
  const model = modelAttributes(request)
  if (model !== undefined) describeAnswer(span.setAttributes(model), notes)
  describeJourney(span, notes, endedAt)
  const failure = failureOf(request)
  // What a client did wrong is no error of the server, as the conventions have it; nor is a stop.
  if (failure !== undefined && failure.status >= 500 && failure.code !== 'shutting_down') {
    span.setStatus({ code: SpanStatusCode.ERROR })
  }
}

/** What is undefined is left out. */
function describeAnswer(span: Span, { streamed, servedModel, usage, firstTokenMs, engine }: RequestNotes): void {
  span.setAttributes({
    'gen_ai.request.stream': streamed,
    'gen_ai.response.model': servedModel,
    'gen_ai.usage.input_tokens': usage?.prompt,
    'gen_ai.usage.output_tokens': usage?.completion,
    'gen_ai.usage.cache_read.input_tokens': usage?.cached,
    'gen_ai.usage.reasoning.output_tokens': usage?.reasoning,
    'gen_ai.response.time_to_first_chunk': firstTokenMs === undefined ? undefined : Math.max(firstTokenMs, 0) / 1000,
    'moonbase.engine': engine === undefined ? undefined : engineOf(engine),
    'moonbase.replica': engine,
  })
}

/**
 * Each asking of a replica is an event and not a span of its own: when it began and ended is not noted. All have the time
 * at which the request ended, in the order in which they did.
 */
function describeJourney(span: Span, { journey }: RequestNotes, at: Instant): void {
  if (journey === undefined) return
  span.setAttributes({
    'moonbase.attempts': journey.attempts,
    'moonbase.hedges': journey.hedges,
    'moonbase.seams': journey.seams.length,
  })
  for (const { replica, outcome } of journey.ends) {
    span.addEvent(
      'moonbase.attempt',
      { 'moonbase.engine': engineOf(replica), 'moonbase.replica': replica, 'moonbase.outcome': outcome },
      at,
    )
  }
  for (const { from, to, reason } of journey.seams) {
    span.addEvent('moonbase.seam', { 'moonbase.from': from, 'moonbase.to': to, 'moonbase.reason': reason }, at)
  }
}

/** A bare number would be taken for one of `performance.now()` where it is small. */
function instant(ms: number): Instant {
  const seconds = Math.floor(ms / 1000)
  return [seconds, Math.round((ms - seconds * 1000) * 1_000_000)]
}
