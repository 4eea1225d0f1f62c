/** A refusal in the form of this wire, in any case: also of keys and limits, where the platform kept the form of another one. */

import { encodeError } from '@moonbase/core/dialects/anthropic'
import type { ApiError, ErrorCode } from '@moonbase/protocol'
import type { Exchange } from '../../http/exchange.ts'
import { sendJson } from '../../http/send-json.ts'

/** Asked again they would be refused again, until somebody pays. */
const FINAL: ReadonlySet<ErrorCode> = new Set<ErrorCode>(['account_suspended', 'quota_exceeded'])

export function refuseMessage(error: ApiError, exchange: Exchange): void {
  // A route has said it already, and only one that was found.
  if (exchange.notes.route === undefined) sayRequest(exchange)
  for (const [name, value] of Object.entries(error.headers)) exchange.setHeader(name, value)
  if (error.retryAfterMs !== undefined) exchange.setHeader('Retry-After', String(Math.ceil(error.retryAfterMs / 1000)))
  // The official clients go by this header before they look at the status.
  if (FINAL.has(error.code)) exchange.setHeader('x-should-retry', 'false')
  sendJson(exchange, error.status, encodeError(error, exchange.id))
}

/** Where the official clients look for the request's id. */
export function sayRequest(exchange: Pick<Exchange, 'id' | 'setHeader'>): void {
  exchange.setHeader('request-id', exchange.id)
}
