/** Stop strings: at most five, each of 1 to 32 bytes. The count's words are measured; the others are our own. */

import { LIMITS, shown } from '@moonbase/protocol'
import { apiError } from '@moonbase/protocol/errors'

const encoder = new TextEncoder()

export function checkStop(stop: readonly string[]): void {
  if (stop.length > LIMITS.stopStrings) {
    throw apiError('stop_array_too_long', { maximum: LIMITS.stopStrings, actual: stop.length })
  }
  for (const text of stop) {
    if (text === '') throw apiError('invalid_request', { details: 'stop must not hold an empty string' })
    // A string of 33 units or more is longer than 32 bytes in any case; encoding it first could cost 100 MB.
    const bytes = text.length > LIMITS.stopBytes ? text.length : encoder.encode(text).length
    if (bytes > LIMITS.stopBytes) {
      throw apiError('invalid_request', {
        details: `stop ${shown(text)} is too long. Expected at most ${LIMITS.stopBytes} bytes`,
      })
    }
  }
}
