/**
 * What spans and measures say of a request, under the names of OpenTelemetry: ids, models, counts, statuses and codes.
 *
 * `http.*` and `error.type` are stable; `gen_ai.*` are those of the GenAI conventions as they stood in November 2026, of
 * which none is. The constants of `@opentelemetry/semantic-conventions` for them are deprecated, hence texts.
 */

import { modelLabel } from '../model-label.ts'
import type { EndedRequest } from './tracing.ts'

type Attributes = Record<string, string | number | boolean>

export type ModelAttributes = Record<'gen_ai.operation.name' | 'gen_ai.provider.name' | 'gen_ai.request.model', string>

/** Whatever else a client may send as its method is not repeated. */
const METHODS: ReadonlySet<string> = new Set([
  'CONNECT',
  'DELETE',
  'GET',
  'HEAD',
  'OPTIONS',
  'PATCH',
  'POST',
  'PUT',
  'TRACE',
])

export function methodOf({ exchange }: EndedRequest): string {
  return METHODS.has(exchange.method) ? exchange.method : '_OTHER'
}

export function failureOf({ refusal, exchange }: EndedRequest): EndedRequest['refusal'] {
  return refusal ?? exchange.notes.failure
}

export function httpAttributes(request: EndedRequest): Attributes {
  const { route, status } = request.exchange.notes
  const failure = failureOf(request)
  const attributes: Attributes = {
    'http.request.method': methodOf(request),
    'http.response.status_code': request.refusal?.status ?? status ?? 200,
    'url.scheme': 'http',
  }
  if (route !== undefined) attributes['http.route'] = route
  if (failure !== undefined) attributes['error.type'] = failure.code
  return attributes
}

/** `undefined` for a request that asks no model for an answer, or was refused before it was known which. */
export function modelAttributes(request: EndedRequest): ModelAttributes | undefined {
  const { model, streamed, provider } = request.exchange.notes
  // Only requests for answers note whether they are streamed.
  if (model === undefined || streamed === undefined) return undefined
  return {
    'gen_ai.operation.name': 'chat',
    // Whose API is spoken, whoever runs the model: the conventions ask for the dialect, not for the host.
    'gen_ai.provider.name': provider ?? 'moonbase',
    'gen_ai.request.model': modelLabel(model),
  }
}
