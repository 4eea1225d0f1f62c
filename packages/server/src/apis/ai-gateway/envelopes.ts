/** What Cloudflare's API wraps its answers and refusals in, and the numbers that it has for the latter. */

import type { ApiError, ErrorCode } from '@moonbase/protocol'
import type { Exchange } from '../../http/exchange.ts'

/** Letter by letter: with a charset behind it the binding gives its caller a stream in place of an object. */
const PLAIN_JSON = 'application/json'

export interface PageInfo {
  readonly page: number
  readonly per_page: number
  readonly count: number
  readonly total_count: number
}

export function sendResult(exchange: Pick<Exchange, 'send'>, result: unknown, info?: PageInfo): void {
  sendPlain(exchange, 200, {
    result,
    success: true,
    errors: [],
    messages: [],
    ...(info === undefined ? {} : { result_info: info }),
  })
}

export function sendPlain(exchange: Pick<Exchange, 'send'>, status: number, body: unknown): void {
  exchange.send(status, PLAIN_JSON, JSON.stringify(body))
}

/**
 * Sources: the reference's table of errors. 2003, of limits of a gateway, is not confirmed there. What has no number there has
 * that of its status.
 */
const NUMBERS: Partial<Record<ErrorCode, number>> = {
  gateway_unauthorized: 2009,
  incorrect_api_key: 2009,
  invalid_authentication: 2009,
  gateway_rate_limit: 2003,
  gateway_spend_limit: 2003,
  gateway_not_found: 7003,
  gateway_log_not_found: 7003,
  route_not_found: 7003,
  provider_not_found: 7003,
  model_not_found: 7003,
  method_not_allowed: 7001,
  invalid_request: 8001,
  not_built: 8001,
  gateway_timeout: 3007,
  body_too_large: 3006,
}

/** Of a key, REST says something else than a gateway. */
const AUTHENTICATION = 10000
const UNAUTHORIZED = 2009

function numberOf({ code, status }: ApiError): number {
  return NUMBERS[code] ?? status
}

/** Refusals of a gateway itself; all others are a provider's. */
const OWN: ReadonlySet<ErrorCode> = new Set([
  'gateway_unauthorized',
  'incorrect_api_key',
  'invalid_authentication',
  'gateway_rate_limit',
  'gateway_spend_limit',
  'gateway_not_found',
  'gateway_timeout',
  'route_not_found',
  'provider_not_found',
  'method_not_allowed',
  'not_built',
])

/** Whether it is said in the gateway's own form. */
export function isOwnRefusal({ code }: ApiError): boolean {
  return OWN.has(code)
}

/** What a gateway's URL says of what it refuses itself. */
export function gatewayRefusal(error: ApiError): unknown {
  const code = numberOf(error)
  const message = code === UNAUTHORIZED ? 'Unauthorized' : error.publicMessage
  return {
    success: false,
    result: [],
    messages: [],
    error: [{ code, message }],
    name: 'AiGatewayError',
    httpCode: error.status,
    internalCode: code,
  }
}

export function restRefusal(error: ApiError): unknown {
  const number = numberOf(error)
  const isKey = number === UNAUTHORIZED
  const code = isKey ? AUTHENTICATION : number
  const message = isKey ? 'Authentication error' : error.publicMessage
  return { result: null, success: false, errors: [{ code, message }], messages: [] }
}

/** What the binding reads: `<internalCode>: <description>` of a `name`, or the first of `errors`. */
export function bindingRefusal(error: ApiError): unknown {
  const code = numberOf(error)
  const message = error.publicMessage
  return {
    internalCode: code,
    name: 'AiGatewayError',
    message: `${code}: ${message}`,
    description: message,
    result: null,
    success: false,
    errors: [{ code, message }],
    messages: [],
  }
}
