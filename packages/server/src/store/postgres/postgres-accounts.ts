/** Accounts that several gateways share: each hears at once of what the others change, and asks when it could not hear. */

import type { AccountRecords } from '../../accounts/account-records.ts'
import type { AccountStore } from '../../accounts/account-store.ts'
import { type AccountChange, changedAccountRows, putAccountRows } from './account-rows.ts'
import type { Sql, Transaction } from './connections.ts'
import { ACCOUNTS_CHANNEL } from './credit-function.ts'
import { unavailable } from './database-fault.ts'
import type { Database } from './database.ts'

/** Behind nothing, and by nobody: everything. */
const BEFORE_ALL = -1
const NOBODY = -1

export class PostgresAccounts implements AccountStore {
  readonly #database: Database
  readonly #gateway: number
  /** A connection of its own that waits for notifications. It comes back by itself. */
  readonly #ear: Sql
  #seen: number
  #isListening = false
  #listener: ((changed: Partial<AccountRecords>) => void) | undefined
  #catchingUp: Promise<void> | undefined
  #again = false

  private constructor(database: Database, gateway: number, ear: Sql, seen: number) {
    this.#database = database
    this.#gateway = gateway
    this.#ear = ear
    this.#seen = seen
  }

  static async open(database: Database, gateway: number, ear: Sql): Promise<PostgresAccounts> {
    const accounts = new PostgresAccounts(database, gateway, ear, await revisionIn(database))
    await accounts.#listen()
    return accounts
  }

  async load(): Promise<AccountRecords> {
    const { records } = await this.#database.ask((sql) => changedAccountRows(sql, BEFORE_ALL, NOBODY))
    return records
  }

  async put(changed: Partial<AccountRecords>): Promise<void> {
    await this.#database.ask((sql) => sql.begin((transaction) => this.#put(transaction, changed)))
  }

  onChange(listener: (changed: Partial<AccountRecords>) => void): void {
    this.#listener = listener
  }

  /** For the sweep: what was not heard because the connection was away. Cheap when nothing changed. */
  async poll(): Promise<void> {
    if (!this.#isListening) await this.#listen()
    if ((await revisionIn(this.#database)) > this.#seen) await this.#catchUp()
  }

  async close(): Promise<void> {
    await this.#ear.end({ timeout: 0 })
  }

  /** After the first time the client listens again by itself, and says so: whatever happened meanwhile is asked for. */
  async #listen(): Promise<void> {
    const hear = (): void => void this.#catchUp()
    try {
      await this.#ear.listen(ACCOUNTS_CHANNEL, hear, hear)
      this.#isListening = true
    } catch {
      // The next sweep tries again, and asks until then.
      this.#isListening = false
    }
  }

  /** One at a time; what is heard meanwhile is asked for behind it. Failures are the sweep's to mend. */
  #catchUp(): Promise<void> {
    this.#again = true
    this.#catchingUp ??= this.#deliver().finally(() => {
      this.#catchingUp = undefined
    })
    return this.#catchingUp
  }

  async #deliver(): Promise<void> {
    while (this.#again) {
      this.#again = false
      const change = await this.#changeBehind(this.#seen)
      if (change === undefined || change.revision <= this.#seen) continue
      this.#seen = change.revision
      const changed = nonEmpty(change.records)
      if (Object.keys(changed).length > 0) this.#listener?.(changed)
    }
  }

  async #changeBehind(seen: number): Promise<AccountChange | undefined> {
    try {
      return await this.#database.ask((sql) => changedAccountRows(sql, seen, this.#gateway))
    } catch {
      // The database has counted it, and the next sweep asks again.
      return undefined
    }
  }

  /**
   * The row of the revision is locked first and until the commit, so that revisions are committed in their order and nobody
   * passes one over. Wallets that exist are not locked behind it: `ledger_credit` has the other order.
   */
  async #put(transaction: Transaction, changed: Partial<AccountRecords>): Promise<void> {
    const [next] = await transaction<{ revision: number }[]>`
      UPDATE account_revision SET revision = revision + 1 RETURNING revision`
    if (next === undefined) throw new Error('the database has no row in its table "account_revision"')
    const organisations = changed.organisations ?? []
    if (organisations.length > 0) {
      const wallets = JSON.stringify(organisations.map(({ id, currency }) => ({ id, currency })))
      await transaction`
        INSERT INTO wallets (organisation, currency)
        SELECT DISTINCT ON (id) id, currency FROM json_to_recordset(${wallets}::text::json) AS w(id text, currency text)
        ON CONFLICT DO NOTHING`
      const [other] = await transaction<{ id: string; currency: string }[]>`
        SELECT w.organisation AS id, w.currency FROM wallets w
        JOIN json_to_recordset(${wallets}::text::json) AS g(id text, currency text) ON g.id = w.organisation
        WHERE g.currency <> w.currency LIMIT 1`
      if (other !== undefined) throw unavailable(`the wallet of ${other.id} is in ${other.currency}, and stays so`)
    }
    await putAccountRows(transaction, changed, next.revision, this.#gateway)
    await transaction`SELECT pg_notify(${ACCOUNTS_CHANNEL}, ${String(next.revision)})`
  }
}

async function revisionIn(database: Database): Promise<number> {
  const [row] = await database.ask((sql) => sql<{ revision: number }[]>`SELECT revision FROM account_revision`)
  return row?.revision ?? 0
}

function nonEmpty({ recharged, ...lists }: AccountRecords): Partial<AccountRecords> {
  const some = Object.fromEntries(Object.entries(lists).filter(([, list]) => list.length > 0))
  return Object.keys(recharged).length > 0 ? { ...some, recharged } : some
}
