/** Writes a group: all of its steps in one transaction, which is on the disk when `write` returns. */

import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { DocumentWriter } from './document-writer.ts'
import { type Cells, STEP, STEP_STATEMENTS, STEP_WIDTHS } from './group-steps.ts'

/** What became of a group. */
export interface GroupOutcome {
  /** `false`: nothing of it was, because documents of ends were not as these expected. */
  readonly kept: boolean
  /** Tags of documents that were not written: of ends where nothing was kept, and else of those that may go without. */
  readonly conflicts: readonly number[]
}

const WITHOUT_CONFLICT: GroupOutcome = { kept: true, conflicts: [] }

export class GroupWriter {
  readonly #database: DatabaseSync
  readonly #steps: readonly StatementSync[]
  readonly #documents: DocumentWriter
  readonly #begin: StatementSync
  readonly #commit: StatementSync

  readonly #epoch: number | undefined
  readonly #readEpoch: StatementSync

  /** `epoch`: of whoever writes; another one has taken the database over where it is not the one in it. */
  constructor(database: DatabaseSync, epoch: number | undefined) {
    this.#database = database
    this.#epoch = epoch
    this.#readEpoch = database.prepare('SELECT epoch FROM identity')
    this.#steps = STEP_STATEMENTS.map((sql) => database.prepare(sql))
    this.#documents = new DocumentWriter(database)
    this.#begin = database.prepare('BEGIN IMMEDIATE')
    this.#commit = database.prepare('COMMIT')
  }

  /** @throws Error when nothing of it was kept */
  write(cells: Cells): GroupOutcome {
    let outcome = WITHOUT_CONFLICT
    this.atomically(() => {
      outcome = this.#perform(cells)
      return outcome.kept
    })
    return outcome
  }

  /** Work that gives `false` has changed its mind: nothing of it is kept. */
  atomically(work: () => boolean | void): void {
    this.#begin.run()
    try {
      if (this.#epoch !== undefined) this.#assertIsOurs(this.#epoch)
      if (work() === false) this.#database.exec('ROLLBACK')
      else this.#commit.run()
    } catch (error) {
      // After some failures SQLite has rolled back by itself.
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK')
      throw error
    }
  }

  #assertIsOurs(epoch: number): void {
    const now = this.#readEpoch.get()?.['epoch']
    if (now !== epoch)
      throw new Error(`another server has taken the database over (as number ${String(now)}, after ${epoch})`)
  }

  #perform(cells: Cells): GroupOutcome {
    const ends: number[] = []
    const others: number[] = []
    let place = 0
    while (place < cells.length) {
      const step = Number(cells[place])
      if (step === STEP.documents) {
        const written = this.#documents.write(cells, place + 1)
        if (written.conflict !== undefined) (written.isEnd ? ends : others).push(written.conflict)
        place = written.place
        continue
      }
      const statement = this.#steps[step]
      const width = STEP_WIDTHS[step]
      if (statement === undefined || width === undefined) throw new RangeError(`no step has the number ${step}`)
      statement.run(...cells.slice(place + 1, place + 1 + width))
      place += 1 + width
    }
    if (ends.length > 0) return { kept: false, conflicts: ends }
    return others.length === 0 ? WITHOUT_CONFLICT : { kept: true, conflicts: others }
  }
}
