/**
 * Small things that must outlive the process, of any kind: one table, one contract, every store. They stand in the database of
 * the ledger, so that what belongs to a settlement is of its commit (`HoldEnd.documents`).
 *
 * Never money, and no contents of projects: these have their own promise.
 */

import type { Document, DocumentWrite } from '../records/document.ts'

/** Every one of them @throws DocumentError for what cannot be kept or asked, LedgerError `unavailable` where the store is away. */
export interface Documents {
  get(kind: string, owner: string, id: string): Promise<Document | undefined>
  /**
   * All or none of them, at most 500 and 8 MB, no document twice. `conflict`: one was not as it was expected. Durable when it
   * resolves. LedgerError `unavailable` may also mean that nobody knows whether it was kept.
   */
  put(writes: readonly DocumentWrite[]): Promise<'kept' | 'conflict'>
  /** Whether there was such a one. Whoever makes it anew begins at revision 1 again. */
  remove(kind: string, owner: string, id: string): Promise<boolean>
  /** In the order of ids, behind `after`. A page ends early where its values are 8 MB together: only an empty one is the last. */
  list(kind: string, owner: string, page: DocumentPage): Promise<Document[]>
  count(kind: string, owner: string, of: DocumentFilter): Promise<number>
  /**
   * Takes those that are due until `until`, the longest due first: each has one revision more, so whoever held it before writes
   * no more. Renewed by `put`, at the revision that was given. Two that ask at once never get the same one. As `list`, it
   * ends early where its values are 8 MB together.
   */
  lease(kind: string, of: DocumentLease): Promise<Document[]>
}

export interface DocumentFilter {
  /** Only ids that begin so. */
  readonly prefix?: string
  readonly label?: string
}

export interface DocumentPage extends DocumentFilter {
  readonly after?: string
  /** 1 to 1,000. */
  readonly limit: number
}

export interface DocumentLease {
  /** Milliseconds since the Unix epoch: what is due by then. */
  readonly dueAt: number
  /** Somebody else may have it from then on. */
  readonly until: number
  /** 1 to 500. */
  readonly limit: number
  /** Of this owner alone; without one, of all. */
  readonly owner?: string
  /** Only ids that begin so; needs an owner. */
  readonly prefix?: string
}
