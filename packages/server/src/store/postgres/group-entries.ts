/** What goes into a group of one organisation: holds, their ends, and lines for the log; each with who waits for it. */

import { type Hold, type HoldRequest, LedgerError } from '../../ledger/ledger.ts'
import type { Budget } from '../../records/budget.ts'
import type { Nano } from '../../records/money.ts'
import type { RequestRecord } from '../../records/request-record.ts'
import { Promised } from '../../collections/promised.ts'
import { cleanText, whole } from '../whole-record.ts'
import type { DocumentRow } from '../../documents/check-documents.ts'
import { unavailable } from './database-fault.ts'
import { documentFields } from './document-rows.ts'
import { requestRow } from './request-rows.ts'
import { type BudgetPlace, monthOf } from './told-money.ts'

/** What the database says to one entry. */
export interface GroupRow {
  /** `spent`: of a key or project with a budget, which `request` names, `available` is what it has spent and holds behind it all. */
  readonly part: 'hold' | 'line' | 'note' | 'spent'
  readonly request: string
  readonly outcome: string
  readonly cash: Nano
  readonly voucher: Nano
  readonly available: Nano
}

export interface GroupEntry {
  readonly part: Exclude<GroupRow['part'], 'spent'>
  readonly request: string
  /** As `ledger_group` reads it. */
  readonly row: object
  /** What is written with it, as `ledger_group` reads it. */
  readonly documents?: object | undefined
  /** Characters of their values. */
  readonly weight?: number
  /** Of an end: what is spent there is to be told. Of holds it is told in any case. */
  readonly budgets?: readonly BudgetPlace[] | undefined
  /** How long it is tried again. */
  readonly patienceMs: number
  /** Since when; by the clock of the groups. */
  since: number
  /** A try may have been committed without a word. */
  unsure: boolean
  answered(row: GroupRow): void
  failed(error: LedgerError): void
}

export const HOLD_PATIENCE_MS = 2_500
/** The answer is made, and will not be made again: for as long as a database takes to start, or its standby to step in. */
export const END_PATIENCE_MS = 30_000
export const LAZY_PATIENCE_MS = 2_000

export class HoldEntry implements GroupEntry {
  readonly part = 'hold'
  readonly request: string
  readonly row: object
  readonly patienceMs = HOLD_PATIENCE_MS
  readonly promised = new Promised<Hold>()
  since = 0
  unsure = false
  readonly #asked: HoldRequest

  constructor(asked: HoldRequest) {
    const month = monthOf(asked.at)
    const periodOf = (budget: Budget | undefined): number | null => (budget?.period === 'month' ? month : null)
    this.#asked = asked
    this.request = asked.request
    this.row = {
      request: asked.request,
      project: asked.project,
      key: asked.key,
      model: cleanText(asked.model),
      amount: asked.amount,
      project_budget: asked.projectBudget?.amount ?? null,
      project_month: periodOf(asked.projectBudget),
      key_budget: asked.keyBudget?.amount ?? null,
      key_month: periodOf(asked.keyBudget),
      month,
      at: asked.at,
      deadline: asked.deadline,
    }
  }

  answered({ outcome, cash, voucher, available }: GroupRow): void {
    if (outcome === 'held') this.promised.resolve({ ...this.#asked, cash, voucher })
    else this.promised.reject(refusal(outcome, this.#asked.organisation, available))
  }

  failed(error: LedgerError): void {
    this.promised.reject(error)
  }
}

/** `end`; `lapsed`: of another gateway's hold, if that is gone; `abandon`: nobody knows whether it was made; `note`: never held. */
type LineKind = 'end' | 'lapsed' | 'abandon' | 'note'

/** The line of the log that a request leaves. */
export interface Line {
  readonly organisation: string
  readonly how: LineKind
  readonly record: RequestRecord
  /** What is to be paid, at most. */
  readonly cost: Nano
  readonly endedAt: number
  /** Of who paid. */
  readonly budgets?: readonly BudgetPlace[]
  /** Kept with it, or the hold is released with this record. */
  readonly documents?: { readonly rows: readonly DocumentRow[]; readonly otherwise: () => RequestRecord }
}

export class LineEntry implements GroupEntry {
  readonly part: 'line' | 'note'
  readonly request: string
  readonly row: object
  readonly documents: object | undefined
  readonly weight: number
  readonly budgets: readonly BudgetPlace[] | undefined
  readonly patienceMs: number
  /** What became of it. */
  readonly promised = new Promised<string>()
  since = 0
  unsure = false

  constructor({ how, record, cost, endedAt, documents, budgets }: Line, patienceMs: number) {
    this.part = how === 'note' ? 'note' : 'line'
    this.budgets = budgets
    this.request = record.request
    this.patienceMs = patienceMs
    this.row = { ...requestRow(record, cost), how, ended_at: whole(endedAt) }
    this.weight = documents?.rows.reduce((sum, { value }) => sum + value.length, 0) ?? 0
    this.documents = documents && {
      request: record.request,
      at: whole(endedAt),
      writes: documentFields(documents.rows),
      instead: { ...requestRow(documents.otherwise(), 0), how, ended_at: whole(endedAt) },
    }
  }

  /** `conflicted`: it ended so before. That was this very end where the answer of a try got lost, and another one else. */
  answered({ outcome }: GroupRow): void {
    if (outcome !== 'conflicted') this.promised.resolve(outcome)
    else this.promised.resolve(this.unsure ? 'document_conflict' : 'ended')
  }

  failed(error: LedgerError): void {
    this.promised.reject(error)
  }
}

export function unknownOrganisation(organisation: string): LedgerError {
  return new LedgerError('unknown_organisation', `The ledger knows no organisation ${organisation}.`)
}

function refusal(outcome: string, organisation: string, available: Nano): LedgerError {
  if (outcome === 'unknown_organisation') return unknownOrganisation(organisation)
  if (outcome === 'insufficient') {
    return new LedgerError('insufficient', 'The balance does not cover what the request may cost.', { available })
  }
  if (outcome === 'key_budget' || outcome === 'project_budget') {
    const whose = outcome === 'key_budget' ? 'key' : 'project'
    return new LedgerError(outcome, `The budget of the ${whose} does not cover what the request may cost.`, {
      available,
    })
  }
  return unavailable(outcome === 'abandoned' ? 'an earlier try of it was given up' : `the database says "${outcome}"`)
}
