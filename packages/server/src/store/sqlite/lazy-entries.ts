/** What nobody waits for: the state of open holds, and requests that were refused. */

import type { RequestRecord } from '../../records/request-record.ts'
import type { LedgerState } from './ledger-state.ts'
import type { GroupEntry } from './group-commit.ts'
import { type Cells, STEP } from './group-steps.ts'
import type { OpenHold } from './open-hold.ts'
import { whole } from '../whole-record.ts'

/** The last state of a hold, as it is when the group is written. */
export class ProgressEntry implements GroupEntry {
  readonly #open: OpenHold
  readonly #onFailure: () => void
  #written = false

  constructor(open: OpenHold, onFailure: () => void) {
    this.#open = open
    this.#onFailure = onFailure
  }

  write(cells: Cells): void {
    const { id, progress, end } = this.#open
    if (end !== undefined || progress === undefined) return
    cells.push(STEP.progress, id, Math.max(0, whole(progress.cost)), JSON.stringify(progress.record))
    // From here on, so that an end in the next group takes it away.
    this.#open.progressIsKept = true
    this.#open.progressIsNew = false
    this.#written = true
  }

  kept(): void {}

  undo(): void {
    if (this.#written) this.#open.progressIsNew = true
  }

  failed(): void {
    if (this.#open.progressIsNew) this.#onFailure()
  }
}

export class NoteEntry implements GroupEntry {
  readonly #state: LedgerState
  readonly #record: RequestRecord
  readonly #onFailure: (record: RequestRecord) => void

  constructor(state: LedgerState, record: RequestRecord, onFailure: (record: RequestRecord) => void) {
    this.#state = state
    this.#record = record
    this.#onFailure = onFailure
  }

  write(cells: Cells): void {
    this.#state.writeRequest(this.#state.newId(), null, this.#record, 0, cells)
  }

  kept(): void {}

  undo(): void {}

  failed(): void {
    this.#onFailure(this.#record)
  }
}
