/** Documents in memory, gone with the process: for a server that keeps nothing. Bounded, since nobody looks after them. */

import type { JsonValue } from '../records/json-value.ts'
import type { Document, DocumentWrite } from '../records/document.ts'
import {
  ABSENT,
  ANY,
  type DocumentRow,
  MOST_BYTES,
  checkFilter,
  checkLease,
  checkNames,
  checkPage,
  documentRows,
} from './check-documents.ts'
import { DocumentError } from './document-error.ts'
import type { DocumentFilter, DocumentLease, DocumentPage, Documents } from './documents.ts'

interface Kept extends Omit<DocumentRow, 'expects'> {
  readonly revision: number
}

const MOST_DOCUMENTS = 100_000
const MOST_CHARACTERS = 64 * 1024 * 1024
/** What has expired goes by and by: so many are looked at with each put. */
const SWEPT = 10

export class MemoryDocuments implements Documents {
  /** By kind, owner and id. */
  readonly #kept = new Map<string, Kept>()
  readonly #now: () => number
  #characters = 0
  /** How far the sweep is. */
  #sweep: Iterator<[string, Kept]> | undefined

  constructor(now: () => number) {
    this.#now = now
  }

  async get(kind: string, owner: string, id: string): Promise<Document | undefined> {
    checkNames(kind, owner, id)
    const found = this.#find({ kind, owner, id })
    return found === undefined ? undefined : documentOf(found)
  }

  async put(writes: readonly DocumentWrite[]): Promise<'kept' | 'conflict'> {
    return this.putRows(documentRows(writes))
  }

  /** At once. @throws DocumentError `full` */
  putRows(rows: readonly DocumentRow[]): 'kept' | 'conflict' {
    this.#sweepSome(SWEPT)
    if (!rows.every((row) => fits(row.expects, this.#find(row)))) return 'conflict'
    this.#assertRoom(rows)
    for (const row of rows) {
      const { expects: _, ...fields } = row
      this.#set({ ...fields, revision: (this.#find(row)?.revision ?? 0) + 1 })
    }
    return 'kept'
  }

  async remove(kind: string, owner: string, id: string): Promise<boolean> {
    checkNames(kind, owner, id)
    const found = this.#find({ kind, owner, id })
    if (found !== undefined) this.#delete(found)
    return found !== undefined
  }

  async list(kind: string, owner: string, page: DocumentPage): Promise<Document[]> {
    checkPage(kind, owner, page)
    const { after } = page
    const found = this.#matching(kind, owner, page).filter(({ id }) => after === undefined || byId(id, after) > 0)
    return upTo(found.toSorted((a, b) => byId(a.id, b.id)).slice(0, page.limit)).map(documentOf)
  }

  async count(kind: string, owner: string, of: DocumentFilter): Promise<number> {
    checkFilter(kind, owner, of)
    return this.#matching(kind, owner, of).length
  }

  async lease(kind: string, lease: DocumentLease): Promise<Document[]> {
    checkLease(kind, lease)
    const due = this.#matching(kind, lease.owner, lease).filter(({ dueAt }) => dueAt !== null && dueAt <= lease.dueAt)
    const inOrder = due.toSorted(
      (a, b) => (a.dueAt ?? 0) - (b.dueAt ?? 0) || byId(a.owner, b.owner) || byId(a.id, b.id),
    )
    return upTo(inOrder.slice(0, lease.limit)).map((one) => {
      const leased = { ...one, dueAt: lease.until, revision: one.revision + 1 }
      this.#set(leased)
      return documentOf(leased)
    })
  }

  #find(of: Pick<Kept, 'kind' | 'owner' | 'id'>): Kept | undefined {
    const found = this.#kept.get(nameOf(of))
    return found !== undefined && this.#isSeen(found) ? found : undefined
  }

  #isSeen({ expiresAt }: Kept): boolean {
    return expiresAt === null || expiresAt > this.#now()
  }

  #matching(kind: string, owner: string | undefined, { prefix = '', label }: DocumentFilter): Kept[] {
    return [...this.#kept.values()].filter(
      (one) =>
        one.kind === kind &&
        (owner === undefined || one.owner === owner) &&
        one.id.startsWith(prefix) &&
        (label === undefined || one.label === label) &&
        this.#isSeen(one),
    )
  }

  #set(document: Kept): void {
    const name = nameOf(document)
    this.#characters += document.value.length - (this.#kept.get(name)?.value.length ?? 0)
    this.#kept.set(name, document)
  }

  #delete(document: Kept): void {
    this.#kept.delete(nameOf(document))
    this.#characters -= document.value.length
  }

  #assertRoom(rows: readonly DocumentRow[]): void {
    const characters = rows.reduce((sum, { value }) => sum + value.length, 0)
    const isFull = (): boolean =>
      this.#kept.size + rows.length > MOST_DOCUMENTS || this.#characters + characters > MOST_CHARACTERS
    if (!isFull()) return
    this.#sweepSome(this.#kept.size)
    if (isFull()) throw new DocumentError('full', 'the memory has no room for more documents (store: none)')
  }

  #sweepSome(count: number): void {
    for (let looked = 0; looked < count; looked++) {
      this.#sweep ??= this.#kept.entries()
      const { value, done = false } = this.#sweep.next()
      if (done) {
        this.#sweep = undefined
        return
      }
      const [, document] = value
      if (!this.#isSeen(document)) this.#delete(document)
    }
  }
}

function fits(expects: number, found: Kept | undefined): boolean {
  if (expects === ANY) return true
  return expects === ABSENT ? found === undefined : found?.revision === expects
}

function nameOf({ kind, owner, id }: Pick<Kept, 'kind' | 'owner' | 'id'>): string {
  return `${kind}\n${owner}\n${id}`
}

/** By code points, as databases compare bytes; in a text, half of a pair comes before what is above it. */
function byId(a: string, b: string): number {
  for (let at = 0; at < Math.min(a.length, b.length); at++) {
    if (a.charCodeAt(at) !== b.charCodeAt(at)) return (a.codePointAt(at) ?? 0) - (b.codePointAt(at) ?? 0)
  }
  return a.length - b.length
}

/** At least one, and as many as values fit into a page. */
function upTo(found: readonly Kept[]): readonly Kept[] {
  let characters = 0
  const end = found.findIndex(({ value }, index) => (characters += value.length) > MOST_BYTES && index > 0)
  return end === -1 ? found : found.slice(0, end)
}

function documentOf({ value, ...fields }: Kept): Document {
  const parsed: JsonValue = JSON.parse(value)
  return { ...fields, value: parsed }
}
