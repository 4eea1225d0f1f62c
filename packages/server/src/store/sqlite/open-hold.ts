/** A hold from its first moment in memory to its end: an entry of the group that makes it durable. */

import type { Hold, HoldEnd, HoldRequest } from '../../ledger/ledger.ts'
import type { Books } from './books.ts'
import type { GroupEntry } from './group-commit.ts'
import { type Cells, STEP } from './group-steps.ts'
import type { HoldEnding } from './hold-ending.ts'
import type { LoadedHold } from './loaded-books.ts'
import { Promised } from '../promised.ts'
import type { Listed } from './open-holds.ts'
import type { MonthSpending } from './spending.ts'
import type { Wallet } from './wallets.ts'

export class OpenHold implements GroupEntry, Listed<OpenHold> {
  readonly books: Books
  readonly wallet: Wallet
  readonly hold: Hold
  readonly id: number
  readonly projectMonth: MonthSpending
  readonly keyMonth: MonthSpending
  readonly promised = new Promised<Hold>()
  /** Its end, from the moment in which it is decided. */
  end: HoldEnding | undefined
  /** What it would cost if the process ended now. */
  progress: HoldEnd | undefined
  /** `progress` is newer than what is on the disk. */
  progressIsNew = false
  /** The disk has a row of progress. */
  progressIsKept = false
  before: OpenHold | undefined
  after: OpenHold | undefined
  next: OpenHold | undefined
  readonly #lastTransfer: number | null

  private constructor(books: Books, wallet: Wallet, hold: Hold, id: number) {
    const month = books.months.of(hold.at)
    this.books = books
    this.wallet = wallet
    this.hold = hold
    this.id = id
    this.projectMonth = books.spending.month(books.names.numberOf(hold.project), month)
    this.keyMonth = books.spending.month(books.names.numberOf(hold.key), month)
    this.#lastTransfer = wallet.lastTransfer
    books.open.add(this)
  }

  /** The money must be there. Vouchers go first. */
  static make(books: Books, wallet: Wallet, request: HoldRequest): OpenHold {
    const voucher = Math.min(Math.max(wallet.voucher, 0), request.amount)
    const open = new OpenHold(books, wallet, holdOf(request, request.amount - voucher, voucher), books.newId())
    wallet.cash -= open.hold.cash
    wallet.voucher -= open.hold.voucher
    wallet.lastTransfer = open.id
    open.putToHeld()
    books.wallets.touch(wallet)
    return open
  }

  /** One that another process made, and did not end: the wallet's sums know of it. */
  static reopen(books: Books, wallet: Wallet, loaded: LoadedHold): OpenHold {
    const { names } = books
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
    const open = new OpenHold(books, wallet, hold, loaded.id)
    books.spending.hold(open.projectMonth, hold.amount)
    books.spending.hold(open.keyMonth, hold.amount)
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
    cells.push(this.keyMonth.subject.number, this.books.names.numberOf(hold.model), hold.deadline, hold.at)
    cells.push(hold.cash, hold.voucher)
  }

  kept(): void {
    this.promised.resolve(this.hold)
  }

  undo(): void {
    this.takeFromHeld()
    this.wallet.cash += this.hold.cash
    this.wallet.voucher += this.hold.voucher
    this.wallet.lastTransfer = this.#lastTransfer
    this.books.open.remove(this)
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
    this.books.spending.hold(this.projectMonth, amount)
    this.books.spending.hold(this.keyMonth, amount)
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
