/** The lines of the log that requests leave: with their end, without one, or because nobody knows whether they were held. */

import { documentRows } from '../../documents/check-documents.ts'
import { DocumentError } from '../../documents/document-error.ts'
import type { HoldEnd, HoldRequest } from '../../ledger/ledger.ts'
import { releasedEnd } from '../../ledger/released-end.ts'
import type { RequestRecord } from '../../records/request-record.ts'
import { unansweredRecord } from '../../usage/unanswered-record.ts'
import type { Line } from './group-entries.ts'
import { budgetPlaces } from './told-money.ts'

/** @throws DocumentError */
export function lineOf(hold: HoldRequest, end: HoldEnd): Line {
  const { organisation } = hold
  const { record, cost, documents = [] } = end
  const budgets = budgetPlaces(hold)
  const line = { organisation, how: 'end', record, cost, endedAt: record.at + record.totalMs, budgets } as const
  if (documents.length === 0) return line
  return { ...line, documents: { rows: documentRows(documents), otherwise: () => releasedEnd(end).record } }
}

/** Its documents may be such that nobody can keep them; a hold that never ends would be worse. */
export function laterLine(hold: HoldRequest, end: HoldEnd): Line {
  try {
    return lineOf(hold, end)
  } catch (error) {
    if (error instanceof DocumentError) return lineOf(hold, releasedEnd(end))
    throw error
  }
}

/** It may have been made, and nobody would end it. */
export function abandonedLine(request: HoldRequest): Line {
  const { organisation, at } = request
  const record = unansweredRecord(request, 'store_unavailable')
  return { organisation, how: 'abandon', record, cost: 0, endedAt: at }
}

export function noteLine(record: RequestRecord): Line {
  return { organisation: record.organisation, how: 'note', record, cost: 0, endedAt: record.at }
}
