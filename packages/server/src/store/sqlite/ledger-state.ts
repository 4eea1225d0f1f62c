/** The books in memory: everything that a decision about money needs, and what each group writes of it at its end. */

import type { HoldRequest } from '../../ledger/ledger.ts'
import type { Currency, Nano } from '../../records/money.ts'
import type { RequestRecord } from '../../records/request-record.ts'
import type { GroupTail } from './group-commit.ts'
import { type Cells, STEP } from './group-steps.ts'
import { InternedNames } from './interned-names.ts'
import type { LoadedState } from './loaded-state.ts'
import type { OpenHold } from './open-hold.ts'
import { OpenHolds } from './open-holds.ts'
import type { RequestColumn } from '../request-columns.ts'
import { wholeText } from '../whole-record.ts'
import { pushRequestCells } from './request-rows.ts'
import { Months, SpendingBook } from './spending.ts'
import { UsageSums } from './usage-sums.ts'
import { Wallet, Wallets } from './wallets.ts'

/** Sums of one group stay exact below it, and are written when they reach it. */
const MOST = 2 ** 52

export class LedgerState implements GroupTail {
  readonly names: InternedNames
  readonly wallets: Wallets
  readonly spending: SpendingBook
  readonly months = new Months()
  readonly open = new OpenHolds<OpenHold>()
  /** Holds that were decided and could not be kept: there is nothing to end. */
  readonly undone = new WeakSet<HoldRequest>()
  readonly #usage = new UsageSums()
  /** What the group that is being written moves to the platform's accounts: `revenue USD`, … */
  readonly #platform = new Map<string, Nano>()
  #nextId: number
  /** Of a name that is known, nothing has to be mended. */
  readonly #numberOf = (name: string, column: RequestColumn): number =>
    this.names.known(name) ?? this.names.numberOf(wholeText(name, column))

  constructor(loaded: LoadedState) {
    this.names = new InternedNames(loaded.names)
    this.wallets = new Wallets(
      loaded.wallets.map((wallet) => new Wallet(this.names.textOf(wallet.organisation), wallet)),
    )
    this.spending = new SpendingBook(loaded.spending)
    this.#nextId = loaded.nextId
  }

  newId(): number {
    return this.#nextId++
  }

  /** `cost`: what was paid. */
  writeRequest(id: number, hold: number | null, record: RequestRecord, cost: Nano, cells: Cells): void {
    cells.push(STEP.request, id, hold)
    const place = cells.length
    pushRequestCells(record, cost, this.#numberOf, cells)
    this.#usage.add(cells, place)
  }

  movePlatform(account: 'revenue' | 'funding', currency: Currency, amount: Nano, cells: Cells): void {
    const name = `${account} ${currency}`
    const sum = (this.#platform.get(name) ?? 0) + amount
    this.#platform.set(name, sum)
    if (Math.abs(sum) >= MOST) this.#writePlatform(cells)
  }

  write(cells: Cells): () => void {
    const wallets = this.wallets.write(cells)
    const months = this.spending.write(cells)
    this.#usage.write(cells)
    this.#writePlatform(cells)
    cells.push(STEP.state, this.#nextId, this.#firstOpen())
    const names = this.names.write(cells)
    return () => {
      this.names.restore(names)
      for (const wallet of wallets) this.wallets.touch(wallet)
      for (const month of months) this.spending.touch(month)
    }
  }

  #writePlatform(cells: Cells): void {
    if (this.#platform.size === 0) return
    for (const [name, amount] of this.#platform) cells.push(STEP.platform, amount, ...name.split(' '))
    this.#platform.clear()
  }

  #firstOpen(): number {
    for (const hold of this.open) if (hold.end === undefined) return hold.id
    return this.#nextId
  }
}
