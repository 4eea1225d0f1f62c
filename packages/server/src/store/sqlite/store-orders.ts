/** What is asked of the store's threads, and what each order brings back. */

import type { Document } from '../../records/document.ts'
import type { AccountRecords } from '../../records/account-records.ts'
import type { RequestContent } from '../../contents/request-content.ts'
import type { TransferRecord } from '../../records/transfer-record.ts'
import type { RequestRecord } from '../../records/request-record.ts'
import type { RequestQuery, UsageQuery, UsageRow } from '../../usage/usage-reader.ts'
import type { AuditFindings, AuditedWallet } from './audit-queries.ts'
import type { ContentName, ContentsOfProject } from './content-queries.ts'
import type { Cells } from './group-steps.ts'
import type { GroupOutcome } from './group-writer.ts'
import type { DocumentKey, DueDocuments, ListedDocuments, CountedDocuments } from './document-queries.ts'
import type { LoadedState, LoadedWallet } from './loaded-state.ts'
import type { Milestone } from '../witness.ts'
import type { FaultMessage } from './store-fault.ts'
import type { KnownCredit, TransfersQuery } from './transfer-queries.ts'

/** By the name of the order: what it needs, and what it gives. */
export interface StoreOrders {
  /** What it says that is kept is on the disk then. */
  group: { readonly needs: Cells; readonly gives: GroupOutcome }
  /** How far it has come: what is on the disk. */
  milestone: { readonly needs: undefined; readonly gives: Milestone }
  putAccounts: { readonly needs: AccountsPut; readonly gives: undefined }
  loadState: { readonly needs: undefined; readonly gives: LoadedState }
  loadAccounts: { readonly needs: undefined; readonly gives: Omit<AccountRecords, 'recharged'> }
  usage: { readonly needs: UsageQuery; readonly gives: UsageRow[] }
  requests: { readonly needs: RequestQuery; readonly gives: RequestRecord[] }
  request: {
    readonly needs: { readonly id: string; readonly organisation: string | undefined }
    readonly gives: RequestRecord | undefined
  }
  insertContents: { readonly needs: readonly RequestContent[]; readonly gives: number }
  findContent: { readonly needs: ContentName; readonly gives: RequestContent | undefined }
  removeContent: { readonly needs: ContentName; readonly gives: number }
  removeContentsOfProject: { readonly needs: ContentsOfProject; readonly gives: number }
  removeExpiredContents: { readonly needs: { readonly now: number }; readonly gives: number }
  getDocument: { readonly needs: DocumentKey; readonly gives: Document | undefined }
  listDocuments: { readonly needs: ListedDocuments; readonly gives: Document[] }
  countDocuments: { readonly needs: CountedDocuments; readonly gives: number }
  leaseDocuments: { readonly needs: DueDocuments; readonly gives: Document[] }
  removeDocument: { readonly needs: DocumentKey; readonly gives: boolean }
  /** Some of them; how many. */
  removeExpiredDocuments: { readonly needs: { readonly now: number }; readonly gives: number }
  transfers: { readonly needs: TransfersQuery; readonly gives: TransferRecord[] }
  credit: {
    readonly needs: { readonly organisation: string; readonly key: string }
    readonly gives: KnownCredit | undefined
  }
  beginAudit: { readonly needs: undefined; readonly gives: AuditedWallet[] }
  finishAudit: { readonly needs: { readonly now: number }; readonly gives: AuditFindings }
  /** Lets go of the database, its log written back. */
  close: { readonly needs: undefined; readonly gives: undefined }
}

export type OrderName = keyof StoreOrders

/** Accounts, and the wallets that new organisations need. */
export interface AccountsPut {
  readonly changed: Partial<AccountRecords>
  readonly wallets: readonly Pick<LoadedWallet, 'organisation' | 'currency'>[]
}

export interface OrderMessage {
  readonly number: number
  readonly name: OrderName
  readonly needs: unknown
}

/** `number` 0: the thread is ready, or cannot be. */
export interface OrderAnswer {
  readonly number: number
  readonly gives?: unknown
  readonly fault?: FaultMessage
}

/** How a thread starts. */
export interface StoreThreadStart {
  readonly path: string
  /** One thread writes; any number read. A database in memory has the writer only, which reads too. */
  readonly writes: boolean
  /** Of the writer: where its witness is, if not beside it. */
  readonly witness?: string
  /** How long to wait for another program's lock. */
  readonly busyMs: number
}
