/** A hold from its first moment in memory to its end: an entry of the group that makes it durable. */

import type { Hold, HoldEnd, HoldRequest } from '../../ledger/ledger.ts'
import type { LedgerState } from './ledger-state.ts'
import type { GroupEntry } from './group-commit.ts'
import { type Cells, STEP } from './group-steps.ts'
import type { HoldEnding } from './hold-ending.ts'
import type { LoadedHold } from './loaded-state.ts'
import { Promised } from '../../collections/promised.ts'
import type { Listed } from './open-holds.ts'
import type { MonthSpending } from './spending.ts'
import type { Wallet } from './wallets.ts'

export class OpenHold implements GroupEntry, Listed<OpenHold> {
  readonly state: LedgerState
  readonly wallet: Wallet
  readonly hold: Hold
  readonly id: number
  readonly projectMonth: MonthSpending
  readonly keyMonth: MonthSpending
  readonly promised = new Promised<Hold>()
  /** It is on the disk. */
  isKept = false
  /** Its end, from the moment in which it is decided. */
  end: HoldEnding | undefined
  /** What it would cost if the process ended now. */
  /** The end that waits until there is room for its documents. */
  ending: Promise<void> | undefined
  progress: HoldEnd | undefined
  /** `progress` is newer than what is on the disk. */
  progressIsNew = false
  /** The disk has a row of progress. */
  progressIsKept = false
  before: OpenHold | undefined
  after: OpenHold | undefined
  next: OpenHold | undefined
  readonly #lastTransfer: number | null

  private constructor(state: LedgerState, wallet: Wallet, hold: Hold, id: number) {
    const month = state.months.of(hold.at)
    this.state = state
    this.wallet = wallet
    this.hold = hold
    this.id = id
    this.projectMonth = state.spending.month(state.names.numberOf(hold.project), month)
    this.keyMonth = state.spending.month(state.names.numberOf(hold.key), month)
    this.#lastTransfer = wallet.lastTransfer
    state.open.add(this)
  }

  /** The money must be there. Vouchers go first. */
  static make(state: LedgerState, wallet: Wallet, request: HoldRequest): OpenHold {
    const voucher = Math.min(Math.max(wallet.voucher, 0), request.amount)
    const open = new OpenHold(state, wallet, holdOf(request, request.amount - voucher, voucher), state.newId())
    wallet.cash -= open.hold.cash
    wallet.voucher -= open.hold.voucher
    wallet.lastTransfer = open.id
    open.putToHeld()
    state.wallets.touch(wallet)
    return open
  }

  /** One that another process made, and did not end: the wallet's sums know of it. */
  static reopen(state: LedgerState, wallet: Wallet, loaded: LoadedHold): OpenHold {
    const { names } = state
    const hold = {
      request: loaded.request,
      organisation: wallet.name,
      project: names.textOf(loaded.project),
      key: names.textOf(loaded.key),
      model: names.textOf(loaded.model),
      amount: loaded.cash + loaded.voucher,
      projectBudget: undefined,
      keyBudget: undefined,
      at: loaded.at,
      deadline: loaded.deadline,
      cash: loaded.cash,
      voucher: loaded.voucher,
    }
    const open = new OpenHold(state, wallet, hold, loaded.id)
    open.isKept = true
    state.spending.hold(open.projectMonth, hold.amount)
    state.spending.hold(open.keyMonth, hold.amount)
    open.progressIsKept = loaded.record !== null
    return open
  }

  write(cells: Cells): void {
    const { hold, wallet } = this
    cells.push(
      STEP.hold,
      this.id,
      wallet.organisation,
      this.#lastTransfer,
      hold.request,
      this.projectMonth.subject.number,
    )
    cells.push(this.keyMonth.subject.number, this.state.names.numberOf(hold.model), hold.deadline, hold.at)
    cells.push(hold.cash, hold.voucher)
  }

  kept(): void {
    this.isKept = true
    this.promised.resolve(this.hold)
  }

  undo(): void {
    this.takeFromHeld()
    this.wallet.cash += this.hold.cash
    this.wallet.voucher += this.hold.voucher
    this.wallet.lastTransfer = this.#lastTransfer
    this.state.open.remove(this)
    this.state.undone.add(this.hold)
  }

  failed(error: unknown): void {
    this.promised.reject(error)
  }

  /** It is not held any more, neither in the wallet nor by the budgets. */
  takeFromHeld(): void {
    this.#moveHeld(-this.hold.amount)
  }

  putToHeld(): void {
    this.#moveHeld(this.hold.amount)
  }

  #moveHeld(amount: number): void {
    this.wallet.held += amount
    this.state.spending.hold(this.projectMonth, amount)
    this.state.spending.hold(this.keyMonth, amount)
  }
}

/** Written out: a spread of a request costs more than all that is decided about it. */
function holdOf(request: HoldRequest, cash: number, voucher: number): Hold {
  return {
    request: request.request,
    organisation: request.organisation,
    project: request.project,
    key: request.key,
    model: request.model,
    amount: request.amount,
    projectBudget: request.projectBudget,
    keyBudget: request.keyBudget,
    at: request.at,
    deadline: request.deadline,
    cash,
    voucher,
  }
}
