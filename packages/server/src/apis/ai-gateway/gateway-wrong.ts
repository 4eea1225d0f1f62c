/** The refusal of a field that says what cannot be. */

import { type ApiError, apiError, shown } from '@moonbase/protocol'

/** To be thrown. */
export function wrong(name: string, value: unknown, what: string): ApiError {
  return apiError('invalid_request', { details: `${name} must be ${what}, not ${shown(value)}` })
}
