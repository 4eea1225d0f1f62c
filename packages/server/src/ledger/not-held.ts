/** The refusal of an end whose hold was never kept. */

import { LedgerError } from './ledger.ts'

/** Of a hold that was decided and undone. */
export function notHeld(cause?: unknown): LedgerError {
  return new LedgerError(
    'not_held',
    'The hold could not be kept, and was undone.',
    cause === undefined ? {} : { cause },
  )
}
