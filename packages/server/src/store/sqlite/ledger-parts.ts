/** What the ledger's parts share. */

import { LedgerError } from '../../ledger/ledger.ts'
import type { LedgerState } from './ledger-state.ts'
import type { GroupCommit } from './group-commit.ts'
import type { StoreThread } from './store-thread.ts'

export interface LedgerParts {
  readonly state: LedgerState
  readonly commit: GroupCommit
  readonly writer: StoreThread
  /** Asks a thread that reads beside the writer. */
  readonly read: StoreThread['ask']
  /** A reader of its own for an audit; `undefined`: the database is in memory, and its one thread does everything. */
  readonly startAuditor: (() => Promise<StoreThread>) | undefined
}

export function unknownOrganisation(organisation: string): LedgerError {
  return new LedgerError('unknown_organisation', `The ledger knows no organisation ${organisation}.`)
}
