/**
 * No store: keys come from the configuration alone, nothing is charged and nothing is remembered. For a gateway that stands
 * behind somebody else's accounts. Limits hold as ever, and documents live as long as the process.
 */

import type { AccountRecords } from '../../records/account-records.ts'
import { ContentLog } from '../../contents/content-log.ts'
import type { ContentTable } from '../../contents/content-table.ts'
import {
  type AuditReport,
  type Balance,
  type Credited,
  type Hold,
  type HoldEnd,
  type HoldRequest,
  type Ledger,
  LedgerError,
} from '../../ledger/ledger.ts'
import { documentRows } from '../../documents/check-documents.ts'
import { MemoryDocuments } from '../../documents/memory-documents.ts'
import { documentConflict } from '../../ledger/released-end.ts'
import type { DocumentWrite } from '../../records/document.ts'
import type { Store } from '../store.ts'

const NOTHING: AccountRecords = {
  organisations: [],
  projects: [],
  apiKeys: [],
  adminKeys: [],
  tiers: [],
  prices: [],
  recharged: {},
}
const WORDS = 'this server keeps no accounts (store: none)'
const KEPT = Promise.resolve()

class NoLedger implements Ledger {
  readonly keepsBooks = false
  readonly #documents: MemoryDocuments
  /** Those that ended with documents: a second end keeps none. */
  readonly #ended = new WeakSet<HoldRequest>()

  constructor(documents: MemoryDocuments) {
    this.#documents = documents
  }

  free(): number {
    return Infinity
  }

  hold(request: HoldRequest): Promise<Hold> {
    return Promise.resolve({ ...request, amount: 0, cash: 0, voucher: 0 })
  }

  hurry(): void {}

  holdAhead(): undefined {
    return undefined
  }

  settle(hold: HoldRequest, { documents = [] }: HoldEnd): Promise<void> {
    return documents.length === 0 ? KEPT : this.#keep(hold, documents)
  }

  async #keep(hold: HoldRequest, documents: readonly DocumentWrite[]): Promise<void> {
    if (this.#ended.has(hold)) return
    const rows = documentRows(documents)
    const outcome = this.#documents.putRows(rows)
    this.#ended.add(hold)
    if (outcome === 'conflict') throw documentConflict(hold.request)
  }

  progress(): void {}

  note(): void {}

  credit(): Promise<Credited> {
    return Promise.reject(new LedgerError('unavailable', WORDS))
  }

  balance(): Promise<Balance> {
    return Promise.reject(new LedgerError('unavailable', WORDS))
  }

  transfers(): Promise<[]> {
    return Promise.resolve([])
  }

  audit(now: number): Promise<AuditReport> {
    const holds = { open: 0, ended: 0 }
    return Promise.resolve({ at: now, organisations: 0, transfers: 0, holds, problems: [], more: 0 })
  }
}

const NO_CONTENTS: ContentTable = {
  refusal: 'this server keeps nothing (store: none), and so no contents',
  insert: () => Promise.resolve(0),
  find: () => Promise.resolve(undefined),
  remove: () => Promise.resolve(0),
  removeOfProject: () => Promise.resolve(0),
  removeExpired: () => Promise.resolve(0),
}

/** `now`: milliseconds since the Unix epoch. */
export function openNoStore(now: () => number): Store {
  const documents = new MemoryDocuments(now)
  const contents = new ContentLog(NO_CONTENTS, () => 0)
  return {
    accounts: {
      revision: 0,
      load: () => Promise.resolve(NOTHING),
      // The organisations of configured keys live as long as the process; nobody can make others.
      put: ({ apiKeys = [], adminKeys = [] }) =>
        apiKeys.length + adminKeys.length === 0 ? KEPT : Promise.reject(new Error(WORDS)),
      onChange: () => undefined,
    },
    ledger: new NoLedger(documents),
    usage: {
      usage: () => Promise.resolve([]),
      requests: () => Promise.resolve([]),
      request: () => Promise.resolve(undefined),
    },
    contents,
    documents,
    recovered: { settled: 0, released: 0 },
    figures: { commits: 0, rows: 0, openHolds: 0, droppedNotes: 0, failures: 0, contents: contents.figures },
    health: () => Promise.resolve(undefined),
    close: () => KEPT,
  }
}
