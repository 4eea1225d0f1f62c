/** The one end of a hold: the cost goes to revenue, voucher before cash, and the rest back to where it came from. */

import { type DocumentRow, documentRows } from '../../documents/check-documents.ts'
import type { HoldEnd } from '../../ledger/ledger.ts'
import { notHeld } from '../../ledger/not-held.ts'
import { documentConflict, releasedEnd } from '../../ledger/released-end.ts'
import type { Nano } from '../../records/money.ts'
import type { RequestRecord } from '../../records/request-record.ts'
import { pushDocuments } from './document-writer.ts'
import type { LedgerState } from './ledger-state.ts'
import type { GroupEntry } from './group-commit.ts'
import { type Cells, STEP } from './group-steps.ts'
import type { OpenHold } from './open-hold.ts'
import { Promised } from '../../collections/promised.ts'

/** Numbers of `transfers.kind`. */
const SETTLE = 2
const RELEASE = 3
const NONE: readonly DocumentRow[] = []

export class HoldEnding implements GroupEntry {
  readonly promised = new Promised<void>()
  readonly #open: OpenHold
  readonly #state: LedgerState
  readonly #id: number
  readonly #at: number
  readonly #before: number | null
  /** Of the cost. */
  #cash: Nano
  #voucher: Nano
  #record: RequestRecord
  /** What is kept with it. */
  #documents: readonly DocumentRow[]
  #isConflicting = false
  readonly #end: HoldEnd
  readonly #onFailure: () => void

  /** `at`: when it ended, in milliseconds since the Unix epoch. @throws DocumentError before anything has happened */
  constructor(open: OpenHold, end: HoldEnd, at: number, onFailure: () => void) {
    const { hold, wallet, state } = open
    this.#documents = end.documents === undefined ? NONE : documentRows(end.documents)
    this.#end = end
    const cost = Math.min(Math.max(end.cost, 0), hold.amount)
    this.#open = open
    this.#at = at
    this.#state = state
    this.#id = state.newId()
    this.#voucher = Math.min(hold.voucher, cost)
    this.#cash = cost - this.#voucher
    this.#record = end.record
    this.#before = wallet.lastTransfer
    this.#onFailure = onFailure
    wallet.lastTransfer = this.#id
    wallet.voucher += hold.voucher - this.#voucher
    wallet.cash += hold.cash - this.#cash
    open.takeFromHeld()
    this.#spend(cost)
    open.end = this
    state.wallets.touch(wallet)
  }

  write(cells: Cells): void {
    const { id, hold, wallet, progressIsKept } = this.#open
    const cost = this.#cash + this.#voucher
    const { cash, voucher } = cost === 0 ? hold : { cash: this.#cash, voucher: this.#voucher }
    cells.push(STEP.end, this.#id, cost === 0 ? RELEASE : SETTLE, wallet.organisation, this.#before, id)
    cells.push(this.#at, cash, voucher)
    this.#state.writeRequest(this.#id, id, this.#record, cost, cells)
    if (progressIsKept) cells.push(STEP.endProgress, id)
    if (this.#documents.length > 0) {
      pushDocuments({ tag: this.#id, isEnd: true, now: this.#at }, this.#documents, cells)
    }
    if (cost > 0) this.#state.movePlatform('revenue', wallet.currency, cost, cells)
  }

  get tag(): number {
    return this.#id
  }

  get weight(): number {
    return this.#documents.reduce((sum, { value }) => sum + value.length, 0)
  }

  /** All of the hold goes back. Who decided meanwhile counted on less money than there is. */
  conflicted(): void {
    const { wallet } = this.#open
    this.#isConflicting = true
    this.#documents = NONE
    wallet.voucher += this.#voucher
    wallet.cash += this.#cash
    this.#spend(-(this.#cash + this.#voucher))
    this.#cash = 0
    this.#voucher = 0
    this.#record = releasedEnd(this.#end).record
    this.#state.wallets.touch(wallet)
  }

  kept(): void {
    const { hold } = this.#open
    this.#state.open.remove(this.#open)
    if (this.#isConflicting) this.promised.reject(documentConflict(hold.request))
    else this.promised.resolve()
  }

  undo(): void {
    const { hold, wallet } = this.#open
    this.#spend(-(this.#cash + this.#voucher))
    this.#open.putToHeld()
    wallet.cash -= hold.cash - this.#cash
    wallet.voucher -= hold.voucher - this.#voucher
    wallet.lastTransfer = this.#before
    this.#open.end = undefined
  }

  failed(error: unknown): void {
    // Where its hold was of the same group, there is nothing to end any more.
    this.promised.reject(this.#state.undone.has(this.#open.hold) ? notHeld(error) : error)
    this.#onFailure()
  }

  #spend(amount: Nano): void {
    if (amount === 0) return
    this.#state.spending.spend(this.#open.projectMonth, amount)
    this.#state.spending.spend(this.#open.keyMonth, amount)
  }
}
