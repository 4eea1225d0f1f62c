/** Accounts that several gateways share: each hears at once of what the others change, and asks when it could not hear. */

import type { AccountRecords } from '../../records/account-records.ts'
import { AccountsChanged, type AccountStore } from '../../accounts/account-store.ts'
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

  get revision(): number {
    return this.#seen
  }

  async put(changed: Partial<AccountRecords>, decidedOn?: number): Promise<void> {
    const missed = await this.#database.ask((sql) =>
      sql.begin(async (transaction) => {
        const current = await lockedRevision(transaction)
        const behind = decidedOn === undefined ? undefined : await this.#changed(transaction, decidedOn, current)
        if (behind === undefined) await this.#put(transaction, changed, current + 1)
        return behind
      }),
    )
    if (missed === undefined) return
    this.#tell(missed)
    throw new AccountsChanged('others have changed accounts meanwhile')
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
      if (change !== undefined) this.#tell(change)
    }
  }

  /** What was asked for earlier and comes later is older, and told already. */
  #tell({ revision, records }: AccountChange): void {
    if (revision <= this.#seen) return
    this.#seen = revision
    const changed = nonEmpty(records)
    if (Object.keys(changed).length > 0) this.#listener?.(changed)
  }

  async #changeBehind(seen: number): Promise<AccountChange | undefined> {
    try {
      return await this.#database.ask((sql) => changedAccountRows(sql, seen, this.#gateway))
    } catch {
      // The database has counted it, and the next sweep asks again.
      return undefined
    }
  }

  /** What others changed behind the one revision, until the other. Who has only paid took away nothing that was decided on. */
  async #changed(transaction: Transaction, decidedOn: number, revision: number): Promise<AccountChange | undefined> {
    if (decidedOn >= revision) return undefined
    const { records } = await changedAccountRows(transaction, decidedOn, this.#gateway)
    const { recharged: _, ...others } = nonEmpty(records)
    return Object.keys(others).length === 0 ? undefined : { revision, records }
  }

  async #put(transaction: Transaction, changed: Partial<AccountRecords>, revision: number): Promise<void> {
    await transaction`UPDATE account_revision SET revision = ${revision}`
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
    await putAccountRows(transaction, changed, revision, this.#gateway)
    await transaction`SELECT pg_notify(${ACCOUNTS_CHANNEL}, ${String(revision)})`
  }
}

/**
 * The row of the revision is locked first and until the commit, so that revisions are committed in their order and nobody
 * passes one over. Wallets that exist are not locked behind it: `ledger_credit` has the other order.
 */
async function lockedRevision(transaction: Transaction): Promise<number> {
  const [row] = await transaction<{ revision: number }[]>`SELECT revision FROM account_revision FOR UPDATE`
  if (row === undefined) throw new Error('the database has no row in its table "account_revision"')
  return row.revision
}

async function revisionIn(database: Database): Promise<number> {
  const [row] = await database.ask((sql) => sql<{ revision: number }[]>`SELECT revision FROM account_revision`)
  return row?.revision ?? 0
}

function nonEmpty({ recharged, ...lists }: AccountRecords): Partial<AccountRecords> {
  const some = Object.fromEntries(Object.entries(lists).filter(([, list]) => list.length > 0))
  return Object.keys(recharged).length > 0 ? { ...some, recharged } : some
}
