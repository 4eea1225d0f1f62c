/** Documents as rows of SQLite: looked for, leased, and removed. They are written by groups. */

import type { DatabaseSync, SQLInputValue } from 'node:sqlite'
import { LAST, MOST_BYTES } from '../../documents/check-documents.ts'
import type { DocumentFilter, DocumentLease, DocumentPage } from '../../documents/documents.ts'
import type { Document } from '../../records/document.ts'
import type { JsonValue } from '../../records/json-value.ts'
import { type Row, maybeNumberIn, maybeTextIn, numberIn, textIn } from './row-values.ts'

/** `now`: milliseconds since the Unix epoch; what has expired by then is not seen. */
interface Asked {
  readonly kind: string
  readonly now: number
}
export interface DocumentKey extends Asked {
  readonly owner: string
  readonly id: string
}
export interface ListedDocuments extends Asked {
  readonly owner: string
  readonly page: DocumentPage
}
export interface CountedDocuments extends Asked {
  readonly owner: string
  readonly of: DocumentFilter
}
export interface DueDocuments extends Asked {
  readonly of: DocumentLease
}

/** Of one transaction that deletes: every other writer waits for it. */
const DELETED_ROWS = 200

/** SQL of a condition, and what its question marks stand for. */
class Conditions {
  readonly values: SQLInputValue[] = []
  sql = 'TRUE'

  and(sql: string, ...values: readonly SQLInputValue[]): this {
    this.sql += ` AND ${sql}`
    this.values.push(...values)
    return this
  }

  seen(now: number): this {
    return this.and('(expires_at IS NULL OR expires_at > ?)', now)
  }

  filtered({ prefix = '', label }: DocumentFilter): this {
    if (prefix !== '') this.and('id >= ? AND id < ?', prefix, prefix + LAST)
    return label === undefined ? this : this.and('label = ?', label)
  }
}

export class DocumentQueries {
  readonly #database: DatabaseSync

  constructor(database: DatabaseSync) {
    this.#database = database
  }

  get(key: DocumentKey): Document | undefined {
    const where = one(key)
    const row = this.#database.prepare(`SELECT * FROM documents WHERE ${where.sql}`).get(...where.values)
    return row === undefined ? undefined : documentOf(row)
  }

  list({ kind, owner, now, page }: ListedDocuments): Document[] {
    const where = new Conditions().and('kind = ? AND owner = ?', kind, owner).filtered(page).seen(now)
    if (page.after !== undefined) where.and('id > ?', page.after)
    const rows = this.#database.prepare(`SELECT * FROM documents WHERE ${where.sql} ORDER BY id LIMIT ?`)
    return [...upTo(rows.iterate(...where.values, page.limit))].map(documentOf)
  }

  count({ kind, owner, now, of }: CountedDocuments): number {
    const where = new Conditions().and('kind = ? AND owner = ?', kind, owner).filtered(of).seen(now)
    const row = this.#database
      .prepare(`SELECT count(*) AS count FROM documents WHERE ${where.sql}`)
      .get(...where.values)
    return Number(row?.['count'])
  }
}

export class DocumentKeeper {
  readonly #database: DatabaseSync
  readonly #overwriting: (work: () => void) => void
  readonly #atomically: (work: () => void) => void

  /** `overwriting`: as `atomically`, and what is deleted is overwritten. */
  constructor(database: DatabaseSync, atomically: (work: () => void) => void, overwriting: (work: () => void) => void) {
    this.#database = database
    this.#atomically = atomically
    this.#overwriting = overwriting
  }

  lease({ kind, now, of }: DueDocuments): Document[] {
    const { owner, dueAt, until, limit, prefix = '' } = of
    const where = new Conditions().and('kind = ? AND due_at <= ?', kind, dueAt)
    if (owner !== undefined) where.and('owner = ?', owner).filtered({ prefix })
    where.seen(now)
    const due = this.#database.prepare(
      `SELECT rowid AS row, * FROM documents WHERE ${where.sql} ORDER BY due_at, owner, id LIMIT ?`,
    )
    const take = this.#database.prepare('UPDATE documents SET due_at = ?, revision = revision + 1 WHERE rowid = ?')
    let leased: Document[] = []
    this.#atomically(() => {
      const rows = [...upTo(due.iterate(...where.values, limit))]
      for (const row of rows) take.run(until, numberIn(row, 'row'))
      leased = rows.map((row) =>
        Object.assign(documentOf(row), { dueAt: until, revision: numberIn(row, 'revision') + 1 }),
      )
    })
    return leased
  }

  remove(key: DocumentKey): boolean {
    const where = one(key)
    const statement = this.#database.prepare(`DELETE FROM documents WHERE ${where.sql}`)
    let removed = 0
    this.#overwriting(() => {
      removed = Number(statement.run(...where.values).changes)
    })
    return removed > 0
  }

  removeExpired({ now }: { readonly now: number }): number {
    const found = this.#database.prepare(
      `SELECT rowid AS row FROM documents WHERE expires_at <= ? ORDER BY expires_at LIMIT ${DELETED_ROWS}`,
    )
    const rows = found.all(now)
    if (rows.length === 0) return 0
    const statement = this.#database.prepare('DELETE FROM documents WHERE rowid = ?')
    this.#overwriting(() => {
      for (const row of rows) statement.run(numberIn(row, 'row'))
    })
    return rows.length
  }
}

function one({ kind, owner, id, now }: DocumentKey): Conditions {
  return new Conditions().and('kind = ? AND owner = ? AND id = ?', kind, owner, id).seen(now)
}

/** At least one row, and as many as their values fit into a page. */
function* upTo(rows: Iterable<Row>): Generator<Row> {
  let characters = 0
  let isFirst = true
  for (const row of rows) {
    characters += textIn(row, 'value').length
    if (characters > MOST_BYTES && !isFirst) return
    isFirst = false
    yield row
  }
}

function documentOf(row: Row): Document {
  const value: JsonValue = JSON.parse(textIn(row, 'value'))
  return {
    kind: textIn(row, 'kind'),
    owner: textIn(row, 'owner'),
    id: textIn(row, 'id'),
    label: maybeTextIn(row, 'label'),
    createdAt: numberIn(row, 'created_at'),
    dueAt: maybeNumberIn(row, 'due_at'),
    expiresAt: maybeNumberIn(row, 'expires_at'),
    revision: numberIn(row, 'revision'),
    value,
  }
}
