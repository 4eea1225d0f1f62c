import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { PlantedFault, StoreSite } from '../testing/store-site.ts'
import { storeContract } from '../testing/store-contract.ts'
import { type SqliteStore, openSqliteStore } from './open-sqlite-store.ts'

class SqliteSite implements StoreSite {
  readonly folder = mkdtempSync(join(tmpdir(), 'moonbase-store-'))
  readonly path = join(this.folder, 'moonbase.db')
  readonly #now: () => number
  #store: SqliteStore | undefined
  #sweeps: (() => Promise<void>)[] = []

  constructor(now: () => number) {
    this.#now = now
  }

  async open(): Promise<SqliteStore> {
    this.#sweeps = []
    const every = (_: number, work: () => Promise<void>): (() => void) => {
      this.#sweeps.push(work)
      return () => undefined
    }
    this.#store = await openSqliteStore({ path: this.path, now: this.#now, every, busyMs: 50 })
    return this.#store
  }

  async sweep(): Promise<void> {
    for (const work of this.#sweeps) await work()
  }

  async crash(): Promise<void> {
    await this.#store?.abandon()
  }

  async plant(fault: PlantedFault): Promise<void> {
    const database = new DatabaseSync(this.path)
    database.exec('DROP TRIGGER transfers_never_change; DROP TRIGGER transfers_never_go')
    const { sql, of } = PLANTS[fault.kind](fault)
    assert.equal(database.prepare(sql).run(of).changes, 1)
    database.close()
  }

  async remove(): Promise<void> {
    rmSync(this.folder, { recursive: true })
  }
}

const PLANTS: { readonly [Kind in PlantedFault['kind']]: (fault: PlantedFault) => { sql: string; of: string } } = {
  'tampered-transfer': (fault) => ({
    sql: 'UPDATE transfers SET cash = cash + 1 WHERE id = CAST(? AS INTEGER)',
    of: fault.kind === 'tampered-transfer' ? fault.transfer : '',
  }),
  'missing-end': (fault) => ({
    sql: 'DELETE FROM transfers WHERE hold = (SELECT id FROM transfers WHERE request = ?)',
    of: fault.kind === 'missing-end' ? fault.request : '',
  }),
  'wrong-balance': (fault) => ({
    sql: 'UPDATE wallets SET cash = cash + 1 WHERE organisation = (SELECT id FROM names WHERE name = ?)',
    of: fault.kind === 'wrong-balance' ? fault.organisation : '',
  }),
  'wrong-usage': (fault) => ({
    sql: 'UPDATE usage SET cost = cost + 1 WHERE organisation = (SELECT id FROM names WHERE name = ?)',
    of: fault.kind === 'wrong-usage' ? fault.organisation : '',
  }),
}

storeContract('sqlite', async (now) => new SqliteSite(now))
