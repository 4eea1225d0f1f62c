/** Writes a group: all of its steps in one transaction, which is on the disk when `write` returns. */

import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { type Cells, STEP_STATEMENTS, STEP_WIDTHS } from './group-steps.ts'

export class GroupWriter {
  readonly #database: DatabaseSync
  readonly #steps: readonly StatementSync[]
  readonly #begin: StatementSync
  readonly #commit: StatementSync

  constructor(database: DatabaseSync) {
    this.#database = database
    this.#steps = STEP_STATEMENTS.map((sql) => database.prepare(sql))
    this.#begin = database.prepare('BEGIN IMMEDIATE')
    this.#commit = database.prepare('COMMIT')
  }

  /** @throws Error when nothing of it was kept */
  write(cells: Cells): void {
    this.atomically(() => this.#perform(cells))
  }

  atomically(work: () => void): void {
    this.#begin.run()
    try {
      work()
      this.#commit.run()
    } catch (error) {
      // After some failures SQLite has rolled back by itself.
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK')
      throw error
    }
  }

  #perform(cells: Cells): void {
    let place = 0
    while (place < cells.length) {
      const step = Number(cells[place])
      const statement = this.#steps[step]
      const width = STEP_WIDTHS[step]
      if (statement === undefined || width === undefined) throw new RangeError(`no step has the number ${step}`)
      statement.run(...cells.slice(place + 1, place + 1 + width))
      place += 1 + width
    }
  }
}
