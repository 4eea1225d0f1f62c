/** What becomes of an end whose documents could not be written: the hold is released, and the log says why. */

import { type HoldEnd, LedgerError } from './ledger.ts'

const CONFLICT = 'document_conflict'

export function releasedEnd({ record, otherwise }: HoldEnd): HoldEnd {
  if (otherwise !== undefined) return { cost: 0, record: { ...otherwise().record, cost: 0, fees: 0 } }
  const unpaid = { prompt: 0, cached: 0, completion: 0, reasoning: 0, cost: 0, fees: 0 }
  return { cost: 0, record: { ...record, ...unpaid, error: record.error ?? CONFLICT } }
}

export function documentConflict(request: string): LedgerError {
  return new LedgerError(CONFLICT, `What was to be kept with the end of ${request} is not as it was expected.`)
}
