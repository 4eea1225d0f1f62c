/** The same errors for who has the whole table, a platform: each may be raised, those of a request too. */

import { REQUEST_ERRORS } from './error-table.ts'
import { ApiError, type ApiErrorDetails, type ErrorCode, type ParametersOf, filledIn } from './errors.ts'
import { PLATFORM_ERRORS } from './platform-error-table.ts'

export const ERRORS = { ...REQUEST_ERRORS, ...PLATFORM_ERRORS }

type Parameters<Code extends ErrorCode> = ParametersOf<(typeof ERRORS)[Code]['words']>

/** Raises no error, makes one: `throw apiError('rpm_limit', { … })`. */
export function apiError<Code extends ErrorCode>(code: Code, ...parameters: Parameters<Code>): ApiError {
  return new ApiError(code, ERRORS[code], wordsOf(code, ...parameters), {}, parameters[0])
}

/** The same, with what our log should know. */
export function apiErrorWith<Code extends ErrorCode>(
  code: Code,
  details: ApiErrorDetails,
  ...parameters: Parameters<Code>
): ApiError {
  return new ApiError(code, ERRORS[code], wordsOf(code, ...parameters), details, parameters[0])
}

export function wordsOf<Code extends ErrorCode>(code: Code, ...parameters: Parameters<Code>): string {
  return filledIn(ERRORS[code].words, parameters[0])
}
