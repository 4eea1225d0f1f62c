/** What organisations have, in memory: decided upon here, and written with each group as it is then. */

import type { Balance } from '../../ledger/ledger.ts'
import type { Currency, Nano } from '../../records/money.ts'
import { type Cells, STEP } from './group-steps.ts'
import type { LoadedWallet } from './loaded-state.ts'

export class Wallet {
  /** Number of the organisation's name. */
  readonly organisation: number
  readonly name: string
  readonly currency: Currency
  cash: Nano
  voucher: Nano
  held: Nano
  recharged: Nano
  lastTransfer: number | null
  /** It is in the list of those that changed since the last group. */
  changed = false

  constructor(name: string, loaded: LoadedWallet) {
    this.name = name
    this.organisation = loaded.organisation
    this.currency = loaded.currency
    this.cash = loaded.cash
    this.voucher = loaded.voucher
    this.held = loaded.held
    this.recharged = loaded.recharged
    this.lastTransfer = loaded.lastTransfer
  }

  balance(): Balance {
    const { currency, cash, voucher, held, recharged } = this
    return { currency, cash, voucher, held, recharged }
  }
}

export class Wallets {
  readonly #byName = new Map<string, Wallet>()
  #changed: Wallet[] = []

  constructor(wallets: readonly Wallet[]) {
    for (const wallet of wallets) this.add(wallet)
  }

  add(wallet: Wallet): void {
    this.#byName.set(wallet.name, wallet)
  }

  get(organisation: string): Wallet | undefined {
    return this.#byName.get(organisation)
  }

  all(): Iterable<Wallet> {
    return this.#byName.values()
  }

  touch(wallet: Wallet): void {
    if (wallet.changed) return
    wallet.changed = true
    this.#changed.push(wallet)
  }

  /** Gives those that it wrote. */
  write(cells: Cells): readonly Wallet[] {
    const written = this.#changed
    for (const wallet of written) {
      wallet.changed = false
      cells.push(STEP.wallet, wallet.cash, wallet.voucher, wallet.held, wallet.recharged, wallet.lastTransfer)
      cells.push(wallet.organisation)
    }
    if (written.length > 0) this.#changed = []
    return written
  }
}
