/** One line in the log for each request. */

import { EngineError } from '@moonbase/core/generation'
import type { ApiError } from '@moonbase/protocol'
import type { Exchange } from '../http/exchange.ts'
import type { OpenLog } from './open-log.ts'

/** As the log's own writer numbers them. */
const LEVELS = { info: 30, error: 50 } as const

/**
 * Failures of ours and of engines are errors with their reason; refusals of requests are news, not alarms.
 *
 * The line is made here, in one piece, and not by the log: field by field it cost a fifth of all that is done for a
 * request beside its sockets.
 */
export function logRequest(
  { log, lines }: Pick<OpenLog, 'log' | 'lines'>,
  exchange: Exchange,
  refusal: ApiError | undefined,
  elapsedMs: number,
  traceId?: string,
): void {
  const { notes } = exchange
  const failure = refusal ?? notes.failure
  const level = failure !== undefined && failure.status >= 500 && failure.code !== 'shutting_down' ? 'error' : 'info'
  if (!log.isLevelEnabled(level)) return
  const { usage, journey } = notes
  // What is undefined is left out of the line.
  const line = JSON.stringify({
    level: LEVELS[level],
    time: new Date().toISOString(),
    id: exchange.id,
    trace: traceId,
    method: exchange.method,
    route: notes.route,
    status: refusal?.status ?? 200,
    ms: Math.round(elapsedMs),
    first: notes.firstTokenMs,
    key: notes.keyId,
    org: notes.organisation,
    model: notes.model,
    stream: notes.streamed,
    engine: notes.engine,
    served: notes.servedModel,
    // One is what is usual, and none says that nobody could be asked.
    attempts: journey === undefined || journey.attempts === 1 ? undefined : journey.attempts,
    seams: journey === undefined || journey.seams.length === 0 ? undefined : journey.seams.length,
    prompt: usage?.prompt,
    completion: usage?.completion,
    cached: usage?.cached,
    error: failure?.code,
    reason: failure === undefined ? undefined : reasonOf(failure),
    msg: 'request',
  })
  lines.write(`${line}\n`)
}

const REASON_CHARACTERS = 500

/** What the operator needs: our own words and an engine's, never a request's. */
function reasonOf(failure: ApiError): string | undefined {
  if (failure.status < 500 && !(failure.cause instanceof EngineError)) return undefined
  const stack = failure.code === 'internal' && failure.cause instanceof Error ? failure.cause.stack : undefined
  return (stack ?? failure.message).slice(0, REASON_CHARACTERS)
}
