/** One exchange from the first header to the log line: browsers, health, authentication, route, refusal. */

import { type ApiError, apiError } from '@moonbase/protocol'
import type { Accounts } from './accounts/accounts.ts'
import { type CorsRules, allowOrigin, answerPreflight } from './http/cors.ts'
import type { Exchange } from './http/exchange.ts'
import { type Route, router } from './http/router.ts'
import { sendError, sendJson, toApiError } from './http/send-json.ts'
import { type GuessGuard, authenticate } from './keys/index.ts'
import { logRequest } from './telemetry/log-request.ts'
import { METRICS_PATH, type Metrics } from './telemetry/metrics.ts'
import type { OpenLog } from './telemetry/open-log.ts'
import type { Tracing } from './telemetry/tracing/tracing.ts'

export interface AppParts {
  readonly accounts: Pick<Accounts, 'findKey'>
  readonly guard: Pick<GuessGuard, 'attempt'>
  /** Answers every path below `/admin/`. */
  readonly admin: (exchange: Exchange) => Promise<void>
  readonly cors: CorsRules
  readonly log: Pick<OpenLog, 'log' | 'lines'>
  readonly metrics: Metrics
  /** `undefined` where no collector is named. */
  readonly tracing: Tracing | undefined
  readonly now: () => number
  /** False while the server is stopping: a load balancer then sends nobody new. */
  readonly ready: () => boolean
  /** Why nothing can be answered now, although nobody stopped the server: its accounts are away. */
  readonly trouble: () => Promise<string | undefined>
}

const ADMIN_PATH = '/admin/'

/** A function that answers an exchange in every case, and never rejects. */
export function app(parts: AppParts, routes: readonly Route[]): (exchange: Exchange) => Promise<void> {
  const match = router(routes)

  const answer = async (exchange: Exchange): Promise<void> => {
    const { method, path, notes } = exchange
    // Before browsers are let in, for no page has any business with it, and while the server is stopping too.
    if (method === 'GET' && path === METRICS_PATH) {
      notes.route = METRICS_PATH
      return parts.metrics.answer(exchange)
    }
    allowOrigin(exchange, parts.cors)
    if (method === 'OPTIONS') return answerPreflight(exchange)
    if (method === 'GET' && path === '/health') {
      notes.route = '/health'
      return sendJson(exchange, 200, { status: 'ok' })
    }
    if (method === 'GET' && path === '/ready') {
      notes.route = '/ready'
      if (!parts.ready()) return sendJson(exchange, 503, { status: 'stopping' })
      const trouble = await parts.trouble()
      return sendJson(exchange, trouble === undefined ? 200 : 503, {
        status: trouble === undefined ? 'ready' : trouble,
      })
    }
    if (!parts.ready()) throw apiError('shutting_down')
    if (path.startsWith(ADMIN_PATH)) return parts.admin(exchange)
    // A key is asked for before a route is looked for, as the hosted platform did: an unknown path without one is a 401.
    const attempt = parts.guard.attempt(exchange, () => authenticate(exchange.header('authorization'), parts.accounts))
    const key = attempt instanceof Promise ? await attempt : attempt
    if (!key.mayComeFrom(exchange)) throw apiError('address_not_allowed')
    notes.keyId = key.id
    notes.organisation = key.organisation
    const { route, parameters } = match(method, path)
    notes.route = route.path
    await route.answer(exchange, { key, parameters })
  }

  return async (exchange) => {
    const began = parts.now()
    parts.metrics.requests.began()
    let refusal: ApiError | undefined
    try {
      await answer(exchange)
    } catch (error) {
      refusal = toApiError(error, exchange.notes.model ?? '', exchange)
      sendError(exchange, refusal)
    }
    const elapsedMs = parts.now() - began
    parts.metrics.requests.ended(exchange.notes, refusal, elapsedMs)
    const trace = parts.tracing?.ended(exchange, refusal, began, elapsedMs)
    logRequest(parts.log, exchange, refusal, elapsedMs, trace)
  }
}
