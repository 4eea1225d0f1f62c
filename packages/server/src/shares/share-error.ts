/** The refusal of who has used up a share, or of everybody where all of it is used up. */

import { type ApiError, apiErrorWith } from '@moonbase/protocol'
import { PoolFullError } from './fair-pool.ts'

/** How soon what is in hand may have gone. */
export const SHARE_RETRY_MS = 1000

/** One owner has more than his part. `what` is such as "request bodies". */
export function shareError(organisation: string, what: string, reason: string, cause?: unknown): ApiError {
  const details = { reason, cause, retryAfterMs: SHARE_RETRY_MS }
  return apiErrorWith('share_limit', details, { organisation, what, seconds: SHARE_RETRY_MS / 1000 })
}

/** What a pool said, as the client hears it: his own limit is told from everybody's. @throws what is no word of a pool */
export function poolError(error: unknown, organisation: string, what: string): ApiError {
  if (!(error instanceof PoolFullError)) throw error
  const { message, retryAfterMs } = error
  const reason = `too many ${what} wait: ${message}`
  if (error.limit === 'waitingOfOne' || error.limit === 'waitingSizeOfOne') {
    return shareError(organisation, what, reason, error)
  }
  return apiErrorWith('server_busy', { reason, retryAfterMs, cause: error })
}
