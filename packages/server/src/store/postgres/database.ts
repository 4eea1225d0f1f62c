/** The database for all that is no group of the ledger: statements that may be made twice, and are tried again for a while. */

import { LedgerError } from '../../ledger/ledger.ts'
import type { Connections, Sql } from './connections.ts'
import { databaseFault, unavailable } from './database-fault.ts'
import type { GroupSurroundings } from './organisation-groups.ts'

const PATIENCE_MS = 3_000
const MAX_PAUSE_MS = 500

export class Database {
  readonly connections: Connections
  readonly #around: Pick<GroupSurroundings, 'uptime' | 'sleep' | 'random'>
  /** Why the last try did not do. */
  fault: string | undefined
  failures = 0
  /** Then nothing is tried again, and nothing new is begun. */
  isClosed = false

  constructor(connections: Connections, around: Pick<GroupSurroundings, 'uptime' | 'sleep' | 'random'>) {
    this.connections = connections
    this.#around = around
  }

  /**
   * The work must be such that it may happen twice. `unsure`: an earlier try of it may have been committed without a word.
   *
   * @throws LedgerError `unavailable`
   */
  async ask<Result>(work: (sql: Sql, unsure: boolean) => Promise<Result>, patienceMs = PATIENCE_MS): Promise<Result> {
    const { uptime, sleep, random } = this.#around
    const since = uptime()
    let unsure = false
    for (let tries = 0; ; tries++) {
      if (this.isClosed) throw unavailable('it is closed')
      try {
        const result = await this.connections.use((sql) => work(sql, unsure))
        this.fault = undefined
        return result
      } catch (error) {
        if (error instanceof LedgerError) throw error
        const fault = databaseFault(error)
        this.failures++
        unsure ||= fault.unsure
        if (fault.passing) this.fault = fault.text
        if (!fault.passing || uptime() - since >= patienceMs) throw unavailable(fault, error)
        await sleep(Math.min(MAX_PAUSE_MS, 30 * 2 ** Math.min(tries, 10)) * random())
      }
    }
  }
}
