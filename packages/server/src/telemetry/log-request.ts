/** One line in the log for each request. */

import { EngineError } from '@moonbase/core/generation'
import type { ApiError } from '@moonbase/protocol'
import type { Exchange } from '../http/exchange.ts'
import { JsonLine, isoTime } from './json-line.ts'
import type { OpenLog } from './open-log.ts'
import { toldRun } from './told-run.ts'

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
  const told = toldRun(notes)
  const { usage, trace } = told ?? {}
  const line = new JsonLine(`"level":${LEVELS[level]},"time":"${isoTime(Date.now())}"`)
    .text('id', exchange.id)
    .text('trace', traceId)
    .text('method', exchange.method)
    .text('route', notes.route)
    .value('status', refusal?.status ?? notes.status ?? 200)
    .value('ms', Math.round(elapsedMs))
    .value('first', told?.firstTokenMs)
    .text('key', notes.keyId)
    .text('org', notes.organisation)
    .text('model', notes.model)
    .value('stream', notes.streamed)
    .text('engine', told?.engine)
    .text('served', told?.servedModel)
    // One is what is usual, and none says that nobody could be asked.
    .value('attempts', trace === undefined || trace.attempts === 1 ? undefined : trace.attempts)
    .value('seams', trace === undefined || trace.seams.length === 0 ? undefined : trace.seams.length)
    .value('prompt', usage?.prompt)
    .value('completion', usage?.completion)
    .value('cached', usage?.cached)
    .text('error', failure?.code)
    .text('field', fieldNameOf(failure))
    .value('value', failure?.field?.value)
    .value('allowed', failure?.field?.allowed)
    .text('hint', notes.hint)
    .text('reason', failure === undefined ? undefined : reasonOf(failure))
    .text('msg', 'request')
  lines.write(line.end())
}

/** As fields are named. Whatever else a client has for a name may be a key or a sentence, and is not for the log. */
const FIELD_NAME = /^[a-z][a-z_.]{0,39}$/

function fieldNameOf(failure: ApiError | undefined): string | undefined {
  const name = failure?.field?.name
  return name !== undefined && FIELD_NAME.test(name) ? name : undefined
}

const REASON_CHARACTERS = 500

/** What the operator needs: our own words and an engine's, never a request's. */
function reasonOf(failure: ApiError): string | undefined {
  if (failure.status < 500 && !(failure.cause instanceof EngineError)) return undefined
  const stack = failure.code === 'internal' && failure.cause instanceof Error ? failure.cause.stack : undefined
  return (stack ?? failure.message).slice(0, REASON_CHARACTERS)
}
