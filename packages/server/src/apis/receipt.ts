/** What an answer cost, told with it where the request asks for it: the ledger's own figures, behind its settlement. */

import { apiError } from '@moonbase/protocol'
import type { Exchange } from '../http/exchange.ts'
import type { Receipt } from '../inference/inference.ts'
import { unitsText } from '../records/money.ts'

export const RECEIPT_HEADER = 'x-moonbase-receipt'

/** @throws ApiError for a value that is neither of the two */
export function wantsReceipt(exchange: Pick<Exchange, 'header'>): boolean {
  const value = exchange.header(RECEIPT_HEADER)
  if (value === undefined || value === 'off') return false
  if (value === 'on') return true
  throw apiError('invalid_request', { details: `header ${RECEIPT_HEADER} must be off or on` })
}

/** Money as decimals in text, so that nobody rounds it; tokens as numbers. Nothing but ASCII, on one line: it fits a header. */
export function receiptText({ request, cost, currency, usage, engine, held }: Receipt): string {
  const { prompt = 0, cached = 0, completion = 0 } = usage ?? {}
  const told = {
    request,
    cost: unitsText(cost),
    currency,
    hit: cached,
    miss: prompt - cached,
    output: completion,
    engine,
    held: unitsText(held),
  }
  return JSON.stringify(told).replace(
    /[^\x20-\x7e]/g,
    (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}
