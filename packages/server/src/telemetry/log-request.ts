/** One line in the log for each request. */

import { EngineError } from '@moonbase/core/generation'
import type { ApiError } from '@moonbase/protocol'
import type { Logger } from 'pino'
import type { Exchange } from '../http/exchange.ts'

/** Failures of ours and of engines are errors with their reason; refusals of requests are news, not alarms. */
export function logRequest(log: Logger, exchange: Exchange, refusal: ApiError | undefined, elapsedMs: number): void {
  const { notes } = exchange
  const failure = refusal ?? notes.failure
  const level = failure !== undefined && failure.status >= 500 && failure.code !== 'shutting_down' ? 'error' : 'info'
  if (!log.isLevelEnabled(level)) return
  const { usage } = notes
  const told = {
    id: exchange.id,
    method: exchange.method,
    route: notes.route,
    status: refusal?.status ?? 200,
    ms: Math.round(elapsedMs),
    key: notes.keyId,
    org: notes.organisation,
    model: notes.model,
    stream: notes.streamed,
    engine: notes.engine,
    served: notes.servedModel,
    prompt: usage?.prompt,
    completion: usage?.completion,
    cached: usage?.cached,
    // Left out of the line where there was no failure; a spread here would cost more than the line.
    error: failure?.code,
    reason: failure === undefined ? undefined : reasonOf(failure),
  }
  log[level](told, 'request')
}

const REASON_CHARACTERS = 500

/** What the operator needs: our own words and an engine's, never a request's. */
function reasonOf(failure: ApiError): string | undefined {
  if (failure.status < 500 && !(failure.cause instanceof EngineError)) return undefined
  const stack = failure.code === 'internal' && failure.cause instanceof Error ? failure.cause.stack : undefined
  return (stack ?? failure.message).slice(0, REASON_CHARACTERS)
}
