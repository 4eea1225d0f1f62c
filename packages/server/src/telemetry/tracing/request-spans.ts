/** The spans of a request, made when it has ended: one of the server, and below it one for each asking of an engine. */

import { type Context, ROOT_CONTEXT, type Span, SpanKind, SpanStatusCode, type Tracer, trace } from '@opentelemetry/api'
import { engineOf } from '../../records/engine-of.ts'
import { type ToldRun, toldRun } from '../told-run.ts'
import { tellAttempts } from './attempt-spans.ts'
import { failureOf, httpAttributes, methodOf, modelAttributes } from './request-attributes.ts'
import { RequestTime } from './request-time.ts'
import { traceParent } from './trace-parent.ts'
import type { EndedRequest } from './tracing.ts'

/** Asked every few seconds by machines: their spans would be most of all, and tell nothing. */
const UNTOLD: ReadonlySet<string | undefined> = new Set(['/health', '/ready', '/metrics'])

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
    const time = new RequestTime(beganAt, elapsedMs)
    const method = methodOf(request)
    const verb = method === '_OTHER' ? 'HTTP' : method
    const caller = parentOf(exchange.header('traceparent'))
    const span = this.#tracer.startSpan(
      route === undefined ? verb : `${verb} ${route}`,
      { kind: SpanKind.SERVER, startTime: time.start },
      caller,
    )
    const isKept = span.isRecording()
    if (isKept) describe(span, request, time)
    span.end(time.end)
    // Behind their parent: where the queue is full it is better that they are missing than that they have none.
    if (isKept) tellAttempts(this.#tracer, request, time, trace.setSpan(caller, span))
    return span.spanContext().traceId
  }
}

function parentOf(header: string | undefined): Context {
  const parent = traceParent(header)
  return parent === undefined ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, parent)
}

function describe(span: Span, request: EndedRequest, time: RequestTime): void {
  const { id, notes } = request.exchange
  span.setAttributes(httpAttributes(request))
  span.setAttributes({
    'moonbase.request.id': id,
    'moonbase.key.id': notes.keyId,
    'moonbase.organisation.id': notes.organisation,
  })
  const model = modelAttributes(request)
  const told = toldRun(notes)
  if (model !== undefined) describeAnswer(span.setAttributes(model), notes.streamed, told)
  if (told !== undefined) describeTrace(span, told, time)
  const failure = failureOf(request)
  // What a client did wrong is no error of the server, as the conventions have it; nor is a stop.
  if (failure !== undefined && failure.status >= 500 && failure.code !== 'shutting_down') {
    span.setStatus({ code: SpanStatusCode.ERROR })
  }
}

/** What is undefined is left out. */
function describeAnswer(span: Span, streamed: boolean | undefined, told: ToldRun | undefined): void {
  const { servedModel, usage, firstTokenMs, engine } = told ?? {}
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

function describeTrace(span: Span, { trace: { attempts, hedges, seams } }: ToldRun, time: RequestTime): void {
  span.setAttributes({
    'moonbase.attempts': attempts,
    'moonbase.hedges': hedges,
    'moonbase.seams': seams.length,
  })
  for (const { from, to, reason, at } of seams) {
    const crossed = { 'moonbase.from': from, 'moonbase.to': to, 'moonbase.reason': reason }
    span.addEvent('moonbase.seam', crossed, time.at(at))
  }
}
