/** Browsers: what they may send here and what they may read of a reply. */

import type { Exchange } from './exchange.ts'

const METHODS = 'GET, POST, PUT, PATCH, DELETE, OPTIONS'
/** Those of the platform's clients, and ours. */
const DEFAULT_HEADERS =
  'Authorization, Content-Type, Last-Event-ID, x-moonbase-event-ids, x-moonbase-lenient, x-moonbase-on-disconnect, x-moonbase-queue, x-moonbase-receipt'
const EXPOSED_HEADERS =
  'Msh-Request-Id, x-request-id, request-id, Retry-After, x-retry-after, x-moonbase-served-by, x-moonbase-stream-id, x-moonbase-lenient, x-moonbase-hint, x-moonbase-token-count, x-moonbase-receipt, x-moonbase-next-after, x-moonbase-stored, x-moonbase-truncated, X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Reset, msh-schema-warning'
/** By it a session is known to be asked by our own page, which needs no preflight. */
const OF_OUR_PAGE = /x-moonbase-web\b/i
const PREFLIGHT_SECONDS = '86400'
/** A preflight names the headers it wants; a longer list than this is nobody's. */
const MAXIMUM_ASKED = 1024

export interface CorsRules {
  /** `*`, or the origins that may call. Keys travel in a header, never in a cookie, so `*` gives nothing away. */
  readonly origins: '*' | readonly string[]
}

/** Adds what a browser needs to see on any reply. Nobody else names an origin, and nobody else is told. */
export function allowOrigin(exchange: Exchange, rules: CorsRules): void {
  const origin = exchange.header('origin')
  if (origin === undefined) return
  exchange.setHeader('Vary', 'Origin')
  if (rules.origins !== '*' && !rules.origins.includes(origin)) return
  exchange.setHeader('Access-Control-Allow-Origin', rules.origins === '*' ? '*' : origin)
  exchange.setHeader('Access-Control-Expose-Headers', EXPOSED_HEADERS)
}

/** Answers `OPTIONS`. */
export function answerPreflight(exchange: Exchange): void {
  const asked = exchange.header('access-control-request-headers') ?? ''
  const isPlain = asked.length <= MAXIMUM_ASKED && /^[\w\-, ]+$/.test(asked) && !OF_OUR_PAGE.test(asked)
  const allowed = isPlain ? asked : DEFAULT_HEADERS
  exchange.setHeader('Access-Control-Allow-Methods', METHODS)
  exchange.setHeader('Access-Control-Allow-Headers', allowed)
  exchange.setHeader('Access-Control-Max-Age', PREFLIGHT_SECONDS)
  exchange.send(204, 'text/plain; charset=utf-8', '')
}
