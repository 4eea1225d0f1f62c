/** Documents as rows of PostgreSQL, for however many gateways: one statement for each question, one function for each put. */

import {
  LAST,
  MOST_BYTES,
  checkFilter,
  checkLease,
  checkNames,
  checkPage,
  documentRows,
} from '../../documents/check-documents.ts'
import type { DocumentFilter, DocumentLease, DocumentPage, Documents } from '../../documents/documents.ts'
import type { Document, DocumentWrite } from '../../records/document.ts'
import { unavailable } from './database-fault.ts'
import type { Database } from './database.ts'
import { documentsJson } from './document-rows.ts'

/** A row as its document; `value` is parsed on the way. */
const DOCUMENT = `d.kind, d.owner, d.id, d.label, d.created_at AS "createdAt", d.due_at AS "dueAt",
  d.expires_at AS "expiresAt", d.revision, d.value::json AS value`

/** Rows of which the ones before it are not too large together. */
const UP_TO = `d.ahead < ${MOST_BYTES}`

/** Of one statement that deletes. */
const DELETED_ROWS = 200
/** Statements of one sweep: what is left then is found a minute later. */
const MOST_SWEEPS = 500

export interface DocumentSurroundings {
  /** Milliseconds since the Unix epoch. */
  readonly now: () => number
  /** A text that no other write has. */
  readonly newWriteId: () => string
}

export class PostgresDocuments implements Documents {
  readonly #database: Database
  readonly #around: DocumentSurroundings

  constructor(database: Database, around: DocumentSurroundings) {
    this.#database = database
    this.#around = around
  }

  async get(kind: string, owner: string, id: string): Promise<Document | undefined> {
    checkNames(kind, owner, id)
    const where = new Conditions()
      .of(kind, owner)
      .and((at) => `d.id = ${at(id)}`)
      .seen(this.#around.now())
    const [found] = await this.#find(`SELECT ${DOCUMENT} FROM documents d WHERE ${where.sql}`, where)
    return found
  }

  async put(writes: readonly DocumentWrite[]): Promise<'kept' | 'conflict'> {
    const rows = documentRows(writes)
    if (rows.length === 0) return 'kept'
    const json = documentsJson(rows)
    const now = this.#around.now()
    const writeId = this.#around.newWriteId()
    const isKept = await this.#database.ask(async (sql, unsure) => {
      const [row] = await sql<{ kept: boolean }[]>`
        SELECT documents_put(${json}::text::json, ${now}, ${writeId}) AS kept`
      if (row?.kept === true || !unsure) return row?.kept === true
      // The try whose answer got lost may be what is in the way of this one.
      const [own] = await sql<{ written: boolean }[]>`
        SELECT bool_and(d.write_id IS NOT DISTINCT FROM ${writeId}) AS written
        FROM json_to_recordset(${json}::text::json) AS g(kind text, owner text, id text)
        LEFT JOIN documents d ON d.kind = g.kind AND d.owner = g.owner AND d.id = g.id`
      if (own?.written === true) return true
      throw unavailable('nobody knows whether documents were kept, whose answer got lost')
    })
    return isKept ? 'kept' : 'conflict'
  }

  async remove(kind: string, owner: string, id: string): Promise<boolean> {
    checkNames(kind, owner, id)
    const where = new Conditions()
      .of(kind, owner)
      .and((at) => `d.id = ${at(id)}`)
      .seen(this.#around.now())
    return this.#database.ask(async (sql, unsure) => {
      const { count } = await sql.unsafe(`DELETE FROM documents d WHERE ${where.sql}`, where.values)
      // It is not there because a try whose answer got lost has removed it.
      return count > 0 || unsure
    })
  }

  async list(kind: string, owner: string, page: DocumentPage): Promise<Document[]> {
    checkPage(kind, owner, page)
    const { after } = page
    const where = new Conditions().of(kind, owner).filtered(page).seen(this.#around.now())
    if (after !== undefined) where.and((at) => `d.id > ${at(after)}`)
    const limit = where.at(page.limit)
    return this.#find(
      `SELECT ${DOCUMENT} FROM (
         SELECT p.*, sum(octet_length(p.value)) OVER (ORDER BY p.id) - octet_length(p.value) AS ahead
         FROM (SELECT d.* FROM documents d WHERE ${where.sql} ORDER BY d.id LIMIT ${limit}::bigint) p
       ) d
       WHERE ${UP_TO} ORDER BY d.id`,
      where,
    )
  }

  async count(kind: string, owner: string, of: DocumentFilter): Promise<number> {
    checkFilter(kind, owner, of)
    const where = new Conditions().of(kind, owner).filtered(of).seen(this.#around.now())
    const [row] = await this.#database.ask((sql) =>
      sql.unsafe<{ count: number }[]>(`SELECT count(*) AS count FROM documents d WHERE ${where.sql}`, where.values),
    )
    return row?.count ?? 0
  }

  /** Those that another gateway takes just now are passed over: two never wait for each other, and never get the same one. */
  async lease(kind: string, { owner, dueAt, until, limit, prefix = '' }: DocumentLease): Promise<Document[]> {
    checkLease(kind, {
      dueAt,
      until,
      limit,
      ...(owner === undefined ? {} : { owner }),
      ...(prefix === '' ? {} : { prefix }),
    })
    const where = new Conditions().and((at) => `d.kind = ${at(kind)}`).and((at) => `d.due_at <= ${at(dueAt)}::bigint`)
    if (owner !== undefined) where.and((at) => `d.owner = ${at(owner)}`).filtered({ prefix })
    where.seen(this.#around.now())
    const most = where.at(limit)
    const lease = where.at(until)
    return this.#find(
      `WITH due AS MATERIALIZED (
         SELECT d.* FROM documents d WHERE ${where.sql}
         ORDER BY d.due_at, d.owner, d.id LIMIT ${most}::bigint FOR UPDATE SKIP LOCKED
       ), taken AS MATERIALIZED (
         SELECT d.* FROM (
           SELECT p.*, p.due_at AS was_due,
             sum(octet_length(p.value)) OVER (ORDER BY p.due_at, p.owner, p.id) - octet_length(p.value) AS ahead
           FROM due p
         ) d
         WHERE ${UP_TO}
       ), leased AS (
         UPDATE documents d SET due_at = ${lease}::bigint, revision = d.revision + 1
         FROM taken s WHERE d.kind = s.kind AND d.owner = s.owner AND d.id = s.id
         RETURNING d.*, s.was_due
       )
       SELECT ${DOCUMENT} FROM leased d ORDER BY d.was_due, d.owner, d.id`,
      where,
    )
  }

  /** Deletes what has expired, in steps between which others write; rows that another gateway deletes are passed over. */
  async purge(): Promise<void> {
    for (let sweeps = 0; sweeps < MOST_SWEEPS; sweeps++) {
      const removed = await this.#removeExpired()
      if (removed < DELETED_ROWS) return
    }
  }

  #removeExpired(): Promise<number> {
    return this.#database.ask(async (sql) => {
      const { count } = await sql`
        DELETE FROM documents d USING (
          SELECT kind, owner, id FROM documents WHERE expires_at <= ${this.#around.now()}
          ORDER BY expires_at LIMIT ${DELETED_ROWS} FOR UPDATE SKIP LOCKED
        ) old
        WHERE d.kind = old.kind AND d.owner = old.owner AND d.id = old.id`
      return count
    })
  }

  async #find(statement: string, { values }: Conditions): Promise<Document[]> {
    const rows = await this.#database.ask((sql) => sql.unsafe<Document[]>(statement, values))
    return rows.map((row) => Object.assign({}, row))
  }
}

type Value = string | number

/** SQL of a condition over the rows `d`, with `$1` and so on for its values. */
class Conditions {
  readonly values: Value[] = []
  readonly #parts: string[] = []
  readonly at = (value: Value): string => {
    this.values.push(value)
    return `$${this.values.length}`
  }

  get sql(): string {
    return this.#parts.join(' AND ')
  }

  and(condition: (at: (value: Value) => string) => string): this {
    this.#parts.push(condition(this.at))
    return this
  }

  of(kind: string, owner: string): this {
    return this.and((at) => `d.kind = ${at(kind)}`).and((at) => `d.owner = ${at(owner)}`)
  }

  seen(now: number): this {
    return this.and((at) => `(d.expires_at IS NULL OR d.expires_at > ${at(now)}::bigint)`)
  }

  filtered({ prefix = '', label }: DocumentFilter): this {
    if (prefix !== '') this.and((at) => `d.id >= ${at(prefix)} AND d.id < ${at(prefix + LAST)}`)
    return label === undefined ? this : this.and((at) => `d.label = ${at(label)}`)
  }
}
