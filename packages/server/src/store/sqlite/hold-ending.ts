/** The one end of a hold: the cost goes to revenue, voucher before cash, and the rest back to where it came from. */

import type { HoldEnd } from '../../ledger/ledger.ts'
import type { Nano } from '../../records/money.ts'
import type { LedgerState } from './ledger-state.ts'
import type { GroupEntry } from './group-commit.ts'
import { type Cells, STEP } from './group-steps.ts'
import type { OpenHold } from './open-hold.ts'
import { Promised } from '../../collections/promised.ts'
import type { NumberedRecord } from './usage-sums.ts'
import { wholeRecord } from '../whole-record.ts'

/** Numbers of `transfers.kind`. */
const SETTLE = 2
const RELEASE = 3

export class HoldEnding implements GroupEntry {
  readonly promised = new Promised<void>()
  readonly #open: OpenHold
  readonly #state: LedgerState
  readonly #id: number
  readonly #at: number
  readonly #before: number | null
  /** Of the cost. */
  readonly #cash: Nano
  readonly #voucher: Nano
  readonly #numbered: NumberedRecord
  readonly #onFailure: () => void

  /** `at`: when it ended, in milliseconds since the Unix epoch. */
  constructor(open: OpenHold, end: HoldEnd, at: number, onFailure: () => void) {
    const { hold, wallet, state } = open
    const cost = Math.min(Math.max(end.cost, 0), hold.amount)
    this.#open = open
    this.#at = at
    this.#state = state
    this.#id = state.newId()
    this.#voucher = Math.min(hold.voucher, cost)
    this.#cash = cost - this.#voucher
    this.#numbered = state.numbered(wholeRecord(end.record, cost))
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
    this.#state.writeRequest(this.#id, id, this.#numbered, cells)
    if (progressIsKept) cells.push(STEP.endProgress, id)
    if (cost > 0) this.#state.movePlatform('revenue', wallet.currency, cost, cells)
  }

  kept(): void {
    this.#state.open.remove(this.#open)
    this.promised.resolve()
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
    this.promised.reject(error)
    this.#onFailure()
  }

  #spend(amount: Nano): void {
    if (amount === 0) return
    this.#state.spending.spend(this.#open.projectMonth, amount)
    this.#state.spending.spend(this.#open.keyMonth, amount)
  }
}
