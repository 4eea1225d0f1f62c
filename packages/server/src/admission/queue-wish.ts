/** `x-moonbase-queue: 30s`: a client that would rather wait for room than be refused. */

import { apiError } from '@moonbase/protocol'
import type { KeyAccount } from '../accounts/accounts.ts'
import type { Exchange } from '../http/exchange.ts'
import { parseWait } from './request-queue.ts'

/** Milliseconds; 0 for whoever does not ask, or whose key may not. @throws ApiError for what is no time */
export function queueMsOf(exchange: Pick<Exchange, 'header'>, { queueMs }: Pick<KeyAccount, 'queueMs'>): number {
  const wish = exchange.header('x-moonbase-queue')
  if (wish === undefined) return 0
  const waitMs = parseWait(wish)
  if (waitMs === undefined) {
    throw apiError('invalid_request', { details: 'x-moonbase-queue must be a time such as 30s, 500ms or 2m' })
  }
  return Math.min(waitMs, queueMs)
}
