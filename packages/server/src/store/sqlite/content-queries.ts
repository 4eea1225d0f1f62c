/** Contents of requests as rows: kept while their project wants it, and overwritten when they go. */

import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { OrganisationFilter } from '../../contents/content-table.ts'
import type { RequestContent } from '../../contents/request-content.ts'
import { whole } from '../whole-record.ts'
import { type Row, maybeTextIn, numberIn, textIn } from './row-values.ts'

export interface ContentName {
  readonly request: string
  readonly organisation: OrganisationFilter
  readonly now: number
}

export interface ContentsOfProject {
  readonly organisation: string
  readonly project: string
  readonly before: number
}

/** Of one transaction that deletes: what is overwritten goes through the log, and every other writer waits for it. */
const DELETED_ROWS = 200
const DELETED_CHARACTERS = 1024 * 1024

const ONE = 'request = ? AND (? IS NULL OR organisation = ?) AND expires_at > ?'

export class ContentQueries {
  readonly #database: DatabaseSync

  constructor(database: DatabaseSync) {
    this.#database = database
  }

  find({ request, organisation, now }: ContentName): RequestContent | undefined {
    const row = this.#database
      .prepare(`SELECT * FROM contents WHERE ${ONE}`)
      .get(request, organisation, organisation, whole(now))
    return row === undefined ? undefined : contentOf(row)
  }
}

export class ContentWriter {
  readonly #database: DatabaseSync
  readonly #overwriting: (work: () => void) => void
  readonly #insert: StatementSync
  readonly #delete: StatementSync

  constructor(database: DatabaseSync, overwriting: (work: () => void) => void) {
    this.#database = database
    this.#overwriting = overwriting
    this.#insert = database.prepare(
      `INSERT INTO contents (request, at, organisation, project, expires_at, size, error, cut, asked_shortened,
         answered_shortened, asked, answered)
       SELECT ?, ?, p.organisation, p.id, ?, ?, ?, ?, ?, ?, ?, ? FROM projects p
       WHERE p.id = ? AND p.organisation = ? AND p.content_retention_days IS NOT NULL
       ON CONFLICT DO NOTHING`,
    )
    this.#delete = database.prepare('DELETE FROM contents WHERE id = ?')
  }

  insert(contents: readonly RequestContent[]): number {
    let kept = 0
    this.#overwriting(() => {
      for (const content of contents) kept += this.#insertOne(content)
    })
    return kept
  }

  remove({ request, organisation, now }: ContentName): number {
    const found = this.#database.prepare(`SELECT id, size FROM contents WHERE ${ONE}`)
    return this.#deleteAll(found.all(request, organisation, organisation, whole(now)))
  }

  removeOfProject({ organisation, project, before }: ContentsOfProject): number {
    const found = this.#database.prepare(
      `SELECT id, size FROM contents WHERE organisation = ? AND project = ? AND at <= ? ORDER BY at LIMIT ${DELETED_ROWS}`,
    )
    return this.#deleteAll(found.all(organisation, project, whole(before)))
  }

  removeExpired({ now }: { readonly now: number }): number {
    const found = this.#database.prepare(
      `SELECT id, size FROM contents WHERE expires_at <= ? ORDER BY expires_at LIMIT ${DELETED_ROWS}`,
    )
    return this.#deleteAll(found.all(whole(now)))
  }

  #insertOne(content: RequestContent): number {
    const { request, at, organisation, project, expiresAt, error, asked, answered } = content
    const size = (asked?.length ?? 0) + (answered?.length ?? 0)
    const flags = [content.cut, content.askedShortened, content.answeredShortened].map(Number)
    const values = [request, whole(at), whole(expiresAt), size, error, ...flags, asked, answered]
    return Number(this.#insert.run(...values, project, organisation).changes)
  }

  /** As many of these as may go at once. */
  #deleteAll(rows: readonly Row[]): number {
    let characters = 0
    let deleted = 0
    if (rows.length === 0) return deleted
    this.#overwriting(() => {
      for (const row of rows) {
        characters += numberIn(row, 'size')
        if (deleted > 0 && characters > DELETED_CHARACTERS) break
        this.#delete.run(numberIn(row, 'id'))
        deleted += 1
      }
    })
    return deleted
  }
}

function contentOf(row: Row): RequestContent {
  return {
    request: textIn(row, 'request'),
    at: numberIn(row, 'at'),
    organisation: textIn(row, 'organisation'),
    project: textIn(row, 'project'),
    expiresAt: numberIn(row, 'expires_at'),
    error: maybeTextIn(row, 'error'),
    asked: maybeTextIn(row, 'asked'),
    askedShortened: numberIn(row, 'asked_shortened') === 1,
    answered: maybeTextIn(row, 'answered'),
    answeredShortened: numberIn(row, 'answered_shortened') === 1,
    cut: numberIn(row, 'cut') === 1,
  }
}
