/** `GET /web/v1/requests/{id}` and its timeline: what became of a request of one's own project, and what it cost. */

import { ApiError, apiError } from '@moonbase/protocol'
import type { KeyAccount } from '../../accounts/accounts.ts'
import { admissionError } from '../../admission/limit-errors.ts'
import type { Exchange } from '../../http/exchange.ts'
import { sendJson } from '../../http/send-json.ts'
import type { Ledger } from '../../ledger/ledger.ts'
import { unitsText } from '../../records/money.ts'
import type { RequestRecord } from '../../records/request-record.ts'
import type { TransferRecord } from '../../records/transfer-record.ts'
import type { UsageReader } from '../../usage/usage-reader.ts'
import type { Caller } from '../api.ts'
import { timelineView, transfersOf } from '../request-timeline.ts'

export interface OwnRequestServices {
  readonly usage: Pick<UsageReader, 'request'>
  readonly ledger: Pick<Ledger, 'transfers'>
}

const MOST_SHOWN = 64

/** An answer that was stopped, cut or failed has nothing that says what it cost: here it is told, as soon as it is settled. */
export function showOwnRequest(services: OwnRequestServices) {
  return async (exchange: Exchange, { key, parameters }: Caller<KeyAccount>): Promise<void> => {
    const { record, transfers } = await ownRequest(services, key, parameters['id'])
    sendJson(exchange, 200, {
      request: record.request,
      at: new Date(record.at).toISOString(),
      model: record.model,
      served_model: record.servedModel,
      engine: record.engine,
      streamed: record.streamed,
      status: record.status,
      error: record.error,
      receipt: receiptView(record, key, transfers),
      total_ms: record.totalMs,
      first_token_ms: record.firstTokenMs,
      attempts: record.attempts,
      seams: record.seams,
    })
  }
}

export function showOwnTimeline(services: OwnRequestServices) {
  return async (exchange: Exchange, { key, parameters }: Caller<KeyAccount>): Promise<void> => {
    const { record, transfers } = await ownRequest(services, key, parameters['id'])
    sendJson(exchange, 200, timelineView(record, transfers))
  }
}

/** The id is that of the exchange, with or without what a wire writes in front of it. @throws ApiError */
async function ownRequest({ usage, ledger }: OwnRequestServices, key: KeyAccount, asked = '') {
  const id = asked.replace(/^chatcmpl-/, '')
  try {
    const record = await usage.request(id, key.organisation)
    if (record === undefined || record.project !== key.project) {
      throw apiError('account_not_found', { kind: 'request', id: asked.slice(0, MOST_SHOWN) })
    }
    return { record, transfers: await transfersOf(ledger, record) }
  } catch (error) {
    throw error instanceof ApiError ? error : admissionError(error, key)
  }
}

/** As a stream has it in its comment. `held`: `null` where the hold is not among the newest transfers. */
function receiptView(record: RequestRecord, { account }: KeyAccount, transfers: readonly TransferRecord[]) {
  const hold = transfers.find(({ kind }) => kind === 'hold')
  return {
    request: record.request,
    cost: unitsText(record.cost),
    currency: account.currency,
    hit: record.cached,
    miss: record.prompt - record.cached,
    output: record.completion,
    engine: record.engine,
    held: hold === undefined ? null : unitsText(hold.cash + hold.voucher),
  }
}
