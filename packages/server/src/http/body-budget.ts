/** What all bodies that are being received may take together. */

import { type ApiError, apiErrorWith } from '@moonbase/protocol'

/** Bytes of bodies that are being received by the whole server. */
export interface BodyBudget {
  bytes: number
}

const BUDGET_BYTES = 1024 * 1024 * 1024

/** The refusal of a body that would take so many bytes more than there are; `undefined`: there is room. */
export function refusalOfBudget(budget: BodyBudget, more = 0): ApiError | undefined {
  if (budget.bytes + more <= BUDGET_BYTES) return undefined
  return apiErrorWith('server_busy', { reason: 'request bodies passed their common budget', retryAfterMs: 1000 })
}
