/** Logs of gateways: listed, read, judged and removed, by REST and by the binding. */

import { apiError } from '@moonbase/protocol'
import type { KeyAccount } from '../../accounts/accounts.ts'
import { type BodySide, type GatewayLog, type LogPatch } from '../../gateways/gateway-log.ts'
import type { GatewayServices } from '../../gateways/open-gateways.ts'
import type { Exchange } from '../../http/exchange.ts'
import { readJson } from '../../http/parse-body.ts'
import type { Caller } from '../api.ts'
import { sendPlain, sendResult } from './envelopes.ts'
import { wrong } from './gateway-wrong.ts'
import { logFields, readLogQuery, readPatch, wholeLog } from './log-fields.ts'
import { readPage } from './pages.ts'

type Logs = Pick<GatewayServices, 'logs'>

const LISTED = 20
const MOST_LISTED = 50
const MOST_REMOVED = 20_000
const PATCH_BYTES = 64 * 1024

export function listLogs({ logs }: Logs) {
  return async (exchange: Exchange, { key, parameters }: Caller<KeyAccount>): Promise<void> => {
    const query = new URLSearchParams(exchange.query)
    const { page, perPage } = readPage(query, LISTED, MOST_LISTED)
    const found = await logs.find(key.organisation, parameters['gateway'] ?? '', readLogQuery(query), page, perPage)
    const rows = found.logs.map((log) => logFields(log, 'text'))
    sendResult(exchange, rows, { page, per_page: perPage, count: rows.length, total_count: found.total })
  }
}

/** What a query means, all of it or the first so many. */
export function removeLogs({ logs }: Logs) {
  return async (exchange: Exchange, { key, parameters }: Caller<KeyAccount>): Promise<void> => {
    const query = new URLSearchParams(exchange.query)
    const text = query.get('limit')
    const limit = text === null ? MOST_REMOVED : Number(text)
    if (!Number.isSafeInteger(limit) || limit < 1) throw wrong('limit', text, 'a whole number above 0')
    await logs.remove(key.organisation, parameters['gateway'] ?? '', readLogQuery(query), limit)
    sendPlain(exchange, 200, { success: true, result: null, errors: [], messages: [] })
  }
}

/** @param metadata as whoever asks has it */
export function showLog({ logs }: Logs, metadata: 'text' | 'object') {
  return async (exchange: Exchange, caller: Caller<KeyAccount>): Promise<void> => {
    const log = await logOf(logs, caller)
    const request = await bodyOf(logs, caller, log, 'request')
    const response = await bodyOf(logs, caller, log, 'response')
    sendResult(exchange, wholeLog(log, metadata, request, response))
  }
}

/** What was asked or answered, as it was, as far as it is kept. */
export function showBody({ logs }: Logs, side: BodySide) {
  return async (exchange: Exchange, caller: Caller<KeyAccount>): Promise<void> => {
    const log = await logOf(logs, caller)
    const body = await bodyOf(logs, caller, log, side)
    // Not kept, or not for this project.
    if (body === undefined) throw notFound(caller, `${log.id}/${side}`)
    const type = side === 'request' ? log.requestContentType : log.responseContentType
    exchange.setHeader('x-moonbase-body-complete', String(body.complete))
    exchange.send(200, type ?? 'text/plain; charset=utf-8', body.text)
  }
}

export function patchLog({ logs }: Logs, metadata: 'text' | 'object') {
  return async (exchange: Exchange, caller: Caller<KeyAccount>): Promise<void> => {
    const patch: LogPatch = readPatch(await readJson(exchange, PATCH_BYTES))
    const { gateway = '', id = '' } = caller.parameters
    const log = await logs.patch(caller.key.organisation, gateway, id, patch)
    if (log === undefined) throw notFound(caller, id)
    sendResult(exchange, logFields(log, metadata))
  }
}

async function logOf(logs: Logs['logs'], caller: Caller<KeyAccount>): Promise<GatewayLog> {
  const { gateway = '', id = '' } = caller.parameters
  const log = await logs.read(caller.key.organisation, gateway, id)
  if (log === undefined) throw notFound(caller, id)
  return log
}

/** Contents are those of a project: another one of the same organisation sees that there was something, and not what. */
async function bodyOf(logs: Logs['logs'], { key, parameters }: Caller<KeyAccount>, log: GatewayLog, side: BodySide) {
  if (log.project !== key.project) return undefined
  return logs.body(key.organisation, parameters['gateway'] ?? '', log.id, side)
}

function notFound({ parameters }: Caller<KeyAccount>, id: string): Error {
  return apiError('gateway_log_not_found', { id, gateway: parameters['gateway'] ?? '' })
}
