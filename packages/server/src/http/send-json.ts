/** JSON out: replies, and refusals in the API's shape. */

import { ApiError, apiErrorWith, errorBody } from '@moonbase/protocol'
import { EngineError } from '@moonbase/core/generation'
import type { Exchange } from './exchange.ts'

const JSON_TYPE = 'application/json; charset=utf-8'

export function sendJson(exchange: Exchange, status: number, body: unknown): void {
  exchange.send(status, JSON_TYPE, JSON.stringify(body))
}

export function sendError(exchange: Exchange, error: ApiError): void {
  for (const [name, value] of Object.entries(error.headers)) exchange.setHeader(name, value)
  if (error.retryAfterMs !== undefined) {
    const seconds = String(Math.ceil(error.retryAfterMs / 1000))
    exchange.setHeader('Retry-After', seconds)
    exchange.setHeader('x-retry-after', seconds)
  }
  sendJson(exchange, error.status, errorBody(error))
}

/** Whatever was thrown, as the row of the table that a client sees for it. */
export function toApiError(error: unknown, model: string, { signal }: Pick<Exchange, 'signal'>): ApiError {
  // A stop of the server, or of the client, reaches an engine as an abort: the reason is told, not the symptom.
  if (signal.aborted && signal.reason instanceof ApiError) return signal.reason
  if (error instanceof ApiError) return error
  if (error instanceof EngineError) return error.toApiError(model)
  const reason = error instanceof Error ? error.message : String(error)
  return apiErrorWith('internal', { reason, cause: error })
}
