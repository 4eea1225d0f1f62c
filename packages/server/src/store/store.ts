/** What must outlive the process: accounts, money, usage, documents. One store, whatever keeps it; `store-contract.ts` is run by each. */

import type { AccountStore } from '../accounts/account-store.ts'
import type { ContentFigures, ContentLog } from '../contents/content-log.ts'
import type { Documents } from '../documents/documents.ts'
import type { Ledger } from '../ledger/ledger.ts'
import type { UsageReader } from '../usage/usage-reader.ts'

export interface Store {
  readonly accounts: AccountStore
  readonly ledger: Ledger
  readonly usage: UsageReader
  readonly contents: ContentLog
  readonly documents: Documents
  /** What the start found and mended: holds of a process that had ended. */
  readonly recovered: { readonly settled: number; readonly released: number }
  readonly figures: StoreFigures
  /** Whether it can be written now, and why not. */
  health(): Promise<string | undefined>
  /** Keeps what waits, and lets go. */
  close(): Promise<void>
}

/** For metrics; counted since the start. */
export interface StoreFigures {
  readonly commits: number
  /** Rows of the ledger and the request log. */
  readonly rows: number
  readonly openHolds: number
  /** Records of the request log that were dropped because too many waited. */
  readonly droppedNotes: number
  readonly failures: number
  readonly contents: ContentFigures
}
