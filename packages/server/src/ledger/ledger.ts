/**
 * The ledger as the rest of the server sees it: money is held before anything is given out, and each hold has exactly one end.
 *
 * Double entry, append only: every transfer debits one account and credits another by the same amount, so the sum over all
 * accounts is nothing, always. A hold is a pending transfer from an organisation's wallet; its end posts what was used to
 * the platform's revenue and gives the rest back. Stores insert as is: callers bring ids and times.
 */

import type { Budget } from '../records/budget.ts'
import type { DocumentWrite } from '../records/document.ts'
import type { RequestClass, RequestRecord } from '../records/request-record.ts'
import type { CreditKind, TransferRecord } from '../records/transfer-record.ts'
import type { Currency, Nano } from '../records/money.ts'

export interface HoldRequest {
  /** The request's id: the idempotency key of the hold and of its end. */
  readonly request: string
  readonly organisation: string
  readonly project: string
  readonly key: string
  readonly model: string
  /** Without one it is interactive. */
  readonly class?: RequestClass
  /** What the request can cost at most; may be 0. */
  readonly amount: Nano
  readonly projectBudget: Budget | undefined
  readonly keyBudget: Budget | undefined
  /** Milliseconds since the Unix epoch. */
  readonly at: number
  /** The hold is stuck when it is still there then. */
  readonly deadline: number
}

/** Who would pay for a request. */
export type Payer = Pick<HoldRequest, 'organisation' | 'project' | 'key' | 'projectBudget' | 'keyBudget' | 'at'>

/** Money that is kept back for a request. Vouchers are used before cash. */
export interface Hold extends HoldRequest {
  readonly cash: Nano
  readonly voucher: Nano
}

/** A hold that is decided, or as good as: where others may spend the same money the last word is `kept`. */
export interface HoldAhead {
  /** What its end is to name; which vouchers and cash pay for it may not be known yet. */
  readonly hold: HoldRequest
  /** Resolves when it is durable. Rejects as `hold` does when it is not, and then it is undone. */
  readonly kept: Promise<unknown>
}

export interface HoldEnd {
  /** Nothing was delivered that is to be paid when it is 0. Never more than was held: what is beyond is not charged. */
  readonly cost: Nano
  /** Goes into the request log and the usage with the same commit. Its `cost` is this cost. */
  readonly record: RequestRecord
  /**
   * Kept in the commit of this end, all of them or none: as `Documents.put` would. Where one is not as it was expected the
   * hold is released instead. Of an end that is told as progress they are not kept: a crash finds the cost without them.
   */
  readonly documents?: readonly DocumentWrite[]
  /** What holds in its place when it cannot be kept in time, where nobody is given the answer then. */
  readonly otherwise?: () => HoldEnd
}

export interface Balance {
  readonly currency: Currency
  /** Without what is held. May be negative by an adjustment. */
  readonly cash: Nano
  readonly voucher: Nano
  readonly held: Nano
  /** Of all recharges together: what the tier goes by. Vouchers do not count. */
  readonly recharged: Nano
}

export interface CreditRequest {
  readonly kind: CreditKind
  readonly organisation: string
  /** Negative only for an adjustment, which corrects cash. A refund gives back to cash. */
  readonly amount: Nano
  /** The caller's: the same key again gives the first credit, and nothing twice. At most 128 characters. */
  readonly idempotencyKey: string
  /** Who asked for it: the id of an admin key. */
  readonly by: string
  /** For people. */
  readonly note: string
  /** Milliseconds since the Unix epoch. */
  readonly at: number
}

export interface Credited {
  /** The transfer's. */
  readonly id: string
  /** This key was used before, and this is what it did then. */
  readonly repeated: boolean
  readonly balance: Balance
}

export interface AuditReport {
  readonly at: number
  readonly organisations: number
  readonly transfers: number
  readonly holds: { readonly open: number; readonly ended: number }
  /** Sentences with ids and amounts; none when the books are right. At most 100, and `more` counts the others. */
  readonly problems: readonly string[]
  readonly more: number
}

export interface Ledger {
  /** False where nothing is charged and nothing is remembered: no figure of a request is counted for it. */
  readonly keepsBooks: boolean
  /**
   * What a hold could take now, of the balance and of all budgets, as far as it is known without asking anybody: at once where
   * it is decided here, else what was told last. `undefined`: it is not known. It decides nothing: `hold` does.
   */
  free(payer: Payer): Nano | undefined
  /** @throws LedgerError `insufficient`, `key_budget`, `project_budget`, `unknown_organisation`, `unavailable`. Durable when it resolves. */
  hold(request: HoldRequest): Promise<Hold>
  /**
   * The same, decided now and durable later, where it can be decided in memory, or where what was told last leaves hardly a
   * doubt; `undefined` where it cannot, and `hold` then tells. The hold counts at once. Where it cannot be kept it is undone, and
   * so is an end that was handed in before. It goes with what else is kept soon; whoever waits for it hurries.
   *
   * @throws LedgerError as `hold` rejects
   */
  holdAhead(request: HoldRequest): HoldAhead | undefined
  /** Somebody waits for this hold from now on: what keeps it begins at once. */
  hurry(hold: HoldRequest): void
  /**
   * What would have to be paid if the process ended now. Kept within a second, by the next commit of others or its own;
   * nobody waits for it. The last one counts.
   */
  progress(hold: HoldRequest, soFar: HoldEnd): void
  /**
   * The one end of a hold. Durable when it resolves; a second end of the same hold changes nothing.
   *
   * It may be handed in before its hold is durable; where the hold could not be kept nothing is settled.
   *
   * @throws LedgerError `unavailable`, and it or `otherwise` is kept later; `not_held`: its hold was undone; `document_conflict`, and the hold is released, with
   * the record of `otherwise`; DocumentError for documents that cannot be, and then nothing has happened
   */
  settle(hold: HoldRequest, end: HoldEnd): Promise<void>
  /** A request that was never admitted, for log and usage: kept within a second, or dropped (and counted) when too many wait. */
  note(record: RequestRecord): void
  /** @throws LedgerError `unknown_organisation`, `idempotency_conflict` (same key, other content), `amount_too_large`, `unavailable` */
  credit(request: CreditRequest): Promise<Credited>
  /** @throws LedgerError `unknown_organisation`, `unavailable` */
  balance(organisation: string): Promise<Balance>
  /** Newest first. `before`: the id of a transfer that was seen. */
  transfers(organisation: string, page: { readonly before?: string; readonly limit: number }): Promise<TransferRecord[]>
  /** Proves the books from the first transfer on: sums = balances, one end for each hold, no hold past its deadline, usage = ends. */
  audit(now: number): Promise<AuditReport>
}

export type LedgerErrorKind =
  | 'insufficient'
  | 'key_budget'
  | 'project_budget'
  | 'unknown_organisation'
  | 'idempotency_conflict'
  | 'amount_too_large'
  | 'not_held'
  | 'document_conflict'
  | 'unavailable'

export class LedgerError extends Error {
  override readonly name = 'LedgerError'
  readonly kind: LedgerErrorKind
  /** What is left to spend, where that is why. */
  readonly available: Nano | undefined

  constructor(kind: LedgerErrorKind, message: string, details: { available?: Nano; cause?: unknown } = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause })
    this.kind = kind
    this.available = details.available
  }
}
