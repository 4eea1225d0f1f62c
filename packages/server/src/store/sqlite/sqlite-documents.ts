/** Documents in the same file as the ledger: what is put goes with its groups, so many share one wait for the disk. */

import { Promised } from '../../collections/promised.ts'
import {
  type DocumentRow,
  checkFilter,
  checkLease,
  checkNames,
  checkPage,
  documentRows,
} from '../../documents/check-documents.ts'
import type { DocumentFilter, DocumentLease, DocumentPage, Documents } from '../../documents/documents.ts'
import { LedgerError } from '../../ledger/ledger.ts'
import type { Document, DocumentWrite } from '../../records/document.ts'
import { pushDocuments } from './document-writer.ts'
import type { GroupEntry } from './group-commit.ts'
import type { Cells } from './group-steps.ts'
import type { LedgerParts } from './ledger-parts.ts'
import { unavailable } from './store-fault.ts'

/** Of values that wait for the disk: eight of the largest puts. */
const MOST_WAITING = 64 * 1024 * 1024
/** Orders of one sweep: what is left then is found a minute later. */
const MOST_SWEEPS = 500

export class SqliteDocuments implements Documents {
  readonly #parts: Pick<LedgerParts, 'commit' | 'writer' | 'read'>
  readonly #now: () => number
  #waiting = 0
  /** Ends have positive tags. */
  #lastTag = 0

  constructor(parts: Pick<LedgerParts, 'commit' | 'writer' | 'read'>, now: () => number) {
    this.#parts = parts
    this.#now = now
  }

  async get(kind: string, owner: string, id: string): Promise<Document | undefined> {
    checkNames(kind, owner, id)
    return this.#parts.read('getDocument', { kind, owner, id, now: this.#now() })
  }

  async put(writes: readonly DocumentWrite[]): Promise<'kept' | 'conflict'> {
    const rows = documentRows(writes)
    const { commit } = this.#parts
    if (rows.length === 0) return 'kept'
    const characters = rows.reduce((sum, { value }) => sum + value.length, 0)
    if (commit.fault !== undefined) throw new LedgerError('unavailable', commit.fault)
    if (commit.isFull || this.#waiting + characters > MOST_WAITING) throw unavailable('too much waits for the disk')
    this.#waiting += characters
    try {
      for (let free = commit.whenFree(); free !== undefined; free = commit.whenFree()) await free
      const entry = new PutEntry(rows, characters, --this.#lastTag, this.#now())
      commit.add(entry)
      return await entry.promised.promise
    } finally {
      this.#waiting -= characters
    }
  }

  async remove(kind: string, owner: string, id: string): Promise<boolean> {
    checkNames(kind, owner, id)
    return this.#parts.writer.ask('removeDocument', { kind, owner, id, now: this.#now() })
  }

  async list(kind: string, owner: string, page: DocumentPage): Promise<Document[]> {
    checkPage(kind, owner, page)
    return this.#parts.read('listDocuments', { kind, owner, page, now: this.#now() })
  }

  async count(kind: string, owner: string, of: DocumentFilter): Promise<number> {
    checkFilter(kind, owner, of)
    return this.#parts.read('countDocuments', { kind, owner, of, now: this.#now() })
  }

  async lease(kind: string, of: DocumentLease): Promise<Document[]> {
    checkLease(kind, of)
    return this.#parts.writer.ask('leaseDocuments', { kind, of, now: this.#now() })
  }

  /** Deletes what has expired, in steps between which others write. */
  async purge(): Promise<void> {
    for (let sweeps = 0; sweeps < MOST_SWEEPS; sweeps++) {
      // A store that is away is told of by whoever needs it, and the next sweep finds the same ones.
      const removed = await this.#parts.writer.ask('removeExpiredDocuments', { now: this.#now() }).catch(() => 0)
      if (removed === 0) return
    }
  }
}

class PutEntry implements GroupEntry {
  readonly promised = new Promised<'kept' | 'conflict'>()
  readonly tag: number
  readonly weight: number
  readonly #rows: readonly DocumentRow[]
  readonly #now: number
  #outcome: 'kept' | 'conflict' = 'kept'

  constructor(rows: readonly DocumentRow[], weight: number, tag: number, now: number) {
    this.weight = weight
    this.#rows = rows
    this.tag = tag
    this.#now = now
  }

  write(cells: Cells): void {
    pushDocuments({ tag: this.tag, isEnd: false, now: this.#now }, this.#rows, cells)
  }

  conflicted(): void {
    this.#outcome = 'conflict'
  }

  kept(): void {
    this.promised.resolve(this.#outcome)
  }

  undo(): void {}

  failed(error: unknown): void {
    this.promised.reject(error)
  }
}
