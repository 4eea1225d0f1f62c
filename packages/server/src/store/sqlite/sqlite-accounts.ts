/** Accounts in the same database as the money, so that a new organisation has its wallet with the same commit. */

import type { AccountRecords, OrganisationRecord } from '../../accounts/account-records.ts'
import type { AccountStore } from '../../accounts/account-store.ts'
import type { Books } from './books.ts'
import type { Cells } from './group-steps.ts'
import { unavailable } from './store-fault.ts'
import type { StoreThread } from './store-thread.ts'
import { Wallet } from './wallets.ts'

export class SqliteAccounts implements AccountStore {
  readonly #books: Books
  readonly #writer: StoreThread
  #last: Promise<unknown> = Promise.resolve()

  constructor(books: Books, writer: StoreThread) {
    this.#books = books
    this.#writer = writer
  }

  async load(): Promise<AccountRecords> {
    const records = await this.#writer.ask('loadAccounts', undefined)
    const wallets = [...this.#books.wallets.all()]
    return { ...records, recharged: Object.fromEntries(wallets.map(({ name, recharged }) => [name, recharged])) }
  }

  /** One after the other: two that make the same organisation make one wallet. */
  put(changed: Partial<AccountRecords>): Promise<void> {
    const put = this.#last.then(() => this.#put(changed))
    this.#last = put.catch(() => undefined)
    return put
  }

  /** One process, one store: nobody else changes anything. */
  onChange(): void {}

  async #put(changed: Partial<AccountRecords>): Promise<void> {
    const fresh = (changed.organisations ?? []).filter((organisation) => this.#isNew(organisation))
    const names: Cells = []
    const numbers = fresh.map(({ id }) => this.#books.names.numberOf(id))
    const taken = this.#books.names.write(names)
    const wallets = fresh.map(({ id, currency }, index) => {
      const empty = { cash: 0, voucher: 0, held: 0, recharged: 0, lastTransfer: null }
      return new Wallet(id, { organisation: numbers[index] ?? 0, currency, ...empty })
    })
    const rows = wallets.map(({ organisation, currency }) => ({ organisation, currency }))
    try {
      await this.#writer.ask('putAccounts', { changed, names, wallets: rows })
    } catch (error) {
      this.#books.names.restore(taken)
      throw error
    }
    for (const wallet of wallets) this.#books.wallets.add(wallet)
  }

  #isNew({ id, currency }: OrganisationRecord): boolean {
    const wallet = this.#books.wallets.get(id)
    if (wallet !== undefined && wallet.currency !== currency) {
      throw unavailable(`the wallet of ${id} is in ${wallet.currency}, and stays so`)
    }
    return wallet === undefined
  }
}
