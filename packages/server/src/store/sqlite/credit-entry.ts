/** A credit: money from outside into a wallet, or an adjustment of it. */

import type { CreditRequest, Credited } from '../../ledger/ledger.ts'
import type { LedgerState } from './ledger-state.ts'
import type { GroupEntry } from './group-commit.ts'
import { type Cells, STEP } from './group-steps.ts'
import { Promised } from '../../collections/promised.ts'
import { TRANSFER_KINDS } from './transfer-queries.ts'
import type { Wallet } from './wallets.ts'

export class CreditEntry implements GroupEntry {
  readonly request: CreditRequest
  readonly id: number
  readonly promised = new Promised<Credited>()
  isKept = false
  readonly #state: LedgerState
  readonly #wallet: Wallet
  readonly #before: number | null
  readonly #result: Credited
  readonly #onFailure: () => void

  /** It must fit. */
  constructor(state: LedgerState, wallet: Wallet, request: CreditRequest, onFailure: () => void) {
    this.request = request
    this.id = state.newId()
    this.#state = state
    this.#wallet = wallet
    this.#before = wallet.lastTransfer
    this.#onFailure = onFailure
    wallet.lastTransfer = this.id
    this.#move(request.amount)
    this.#result = { id: String(this.id), repeated: false, balance: wallet.balance() }
  }

  write(cells: Cells): void {
    const { kind, amount, at, idempotencyKey, by, note } = this.request
    const { organisation, currency } = this.#wallet
    const isVoucher = kind === 'voucher'
    cells.push(STEP.credit, this.id, TRANSFER_KINDS.indexOf(kind) + 1, organisation, this.#before, at)
    cells.push(isVoucher ? 0 : amount, isVoucher ? amount : 0)
    cells.push(STEP.creditDetails, this.id, organisation, idempotencyKey, by, note)
    this.#state.movePlatform('funding', currency, -amount, cells)
  }

  kept(): void {
    this.isKept = true
    this.promised.resolve(this.#result)
  }

  undo(): void {
    this.#move(-this.request.amount)
    this.#wallet.lastTransfer = this.#before
  }

  failed(error: unknown): void {
    this.promised.reject(error)
    this.#onFailure()
  }

  #move(amount: number): void {
    const { kind } = this.request
    if (kind === 'voucher') this.#wallet.voucher += amount
    else this.#wallet.cash += amount
    if (kind === 'recharge') this.#wallet.recharged += amount
    this.#state.wallets.touch(this.#wallet)
  }
}
