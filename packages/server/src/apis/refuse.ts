/** A refusal in the shape that the platform gave it. */

import { type ApiError, errorBody } from '@moonbase/protocol'
import type { Exchange } from '../http/exchange.ts'
import { sendJson } from '../http/send-json.ts'

export function refuse(error: ApiError, exchange: Exchange): void {
  sayRefusal(error, exchange)
  sendJson(exchange, error.status, errorBody(error))
}

/** The headers of a refusal: those of the error itself, and when to come back. */
export function sayRefusal(error: ApiError, exchange: Pick<Exchange, 'setHeader'>): void {
  for (const [name, value] of Object.entries(error.headers)) exchange.setHeader(name, value)
  if (error.retryAfterMs === undefined) return
  const seconds = String(Math.ceil(error.retryAfterMs / 1000))
  exchange.setHeader('Retry-After', seconds)
  exchange.setHeader('x-retry-after', seconds)
}
