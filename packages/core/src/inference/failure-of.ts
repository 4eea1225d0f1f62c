/** Whatever was thrown on the way to an answer, as the row of the error table that a client sees for it. */

import { ApiError, apiErrorWith } from '@moonbase/protocol/errors'
import { EngineError } from '../generation/index.ts'

/**
 * @param model the one that was asked for, in words of the refusal
 * @param signal of whoever asked: a stop of the server, or of the client, reaches an engine as an abort, and then the reason
 * is told and not the symptom
 */
export function failureOf(error: unknown, model: string, signal?: AbortSignal): ApiError {
  if (signal?.aborted === true && signal.reason instanceof ApiError) return signal.reason
  if (error instanceof ApiError) return error
  if (error instanceof EngineError) return error.toApiError(model)
  const reason = error instanceof Error ? error.message : String(error)
  return apiErrorWith('internal', { reason, cause: error })
}
