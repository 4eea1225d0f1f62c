/** Accounts in the same database as the money, so that a new organisation has its wallet with the same commit. */

import type { AccountRecords, OrganisationRecord } from '../../records/account-records.ts'
import type { AccountStore } from '../../accounts/account-store.ts'
import { LedgerError } from '../../ledger/ledger.ts'
import type { Currency } from '../../records/money.ts'
import type { LedgerState } from './ledger-state.ts'
import type { GroupCommit } from './group-commit.ts'
import type { LedgerParts } from './ledger-parts.ts'
import { unavailable } from './store-fault.ts'
import type { StoreThread } from './store-thread.ts'
import { Wallet } from './wallets.ts'

export class SqliteAccounts implements AccountStore {
  readonly revision = 0
  readonly #state: LedgerState
  readonly #commit: GroupCommit
  readonly #writer: StoreThread
  #last: Promise<unknown> = Promise.resolve()

  constructor({ state, commit, writer }: Pick<LedgerParts, 'state' | 'commit' | 'writer'>) {
    this.#state = state
    this.#commit = commit
    this.#writer = writer
  }

  async load(): Promise<AccountRecords> {
    const records = await this.#writer.ask('loadAccounts', undefined)
    const wallets = [...this.#state.wallets.all()]
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
    const wallets = fresh.map(({ id, currency }) => this.#emptyWallet(id, currency))
    if (wallets.length > 0) {
      // Numbers of names are on the disk before a row has them, and only groups write names.
      await this.#commit.flush()
      if (this.#commit.fault !== undefined) throw new LedgerError('unavailable', this.#commit.fault)
    }
    const rows = wallets.map(({ organisation, currency }) => ({ organisation, currency }))
    await this.#writer.ask('putAccounts', { changed, wallets: rows })
    for (const wallet of wallets) this.#state.wallets.add(wallet)
  }

  #emptyWallet(id: string, currency: Currency): Wallet {
    const organisation = this.#state.names.numberOf(id)
    return new Wallet(id, { organisation, currency, cash: 0, voucher: 0, held: 0, recharged: 0, lastTransfer: null })
  }

  #isNew({ id, currency }: OrganisationRecord): boolean {
    const wallet = this.#state.wallets.get(id)
    if (wallet !== undefined && wallet.currency !== currency) {
      throw unavailable(`the wallet of ${id} is in ${wallet.currency}, and stays so`)
    }
    return wallet === undefined
  }
}
