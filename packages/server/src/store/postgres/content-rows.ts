/** Contents of requests as rows of PostgreSQL: kept while their project wants it, by whichever gateway. */

import type { ContentTable, OrganisationFilter } from '../../contents/content-table.ts'
import type { RequestContent } from '../../contents/request-content.ts'
import { whole } from '../whole-record.ts'
import type { Sql } from './connections.ts'
import type { Database } from './database.ts'

export const CONTENT_TABLES = `
  ALTER TABLE projects ADD COLUMN content_retention_days bigint;

  -- What requests asked and were answered, as JSON, of projects that have it kept.
  CREATE TABLE contents (
    request text COLLATE "C" PRIMARY KEY,
    at bigint NOT NULL,
    organisation text COLLATE "C" NOT NULL,
    project text COLLATE "C" NOT NULL,
    expires_at bigint NOT NULL,
    error text,
    cut boolean NOT NULL,
    asked_shortened boolean NOT NULL,
    answered_shortened boolean NOT NULL,
    asked text,
    answered text
  );
  CREATE INDEX contents_expiry ON contents (expires_at);
  CREATE INDEX contents_project ON contents (organisation, project, at);
`

/** Of one statement that deletes. */
const DELETED_ROWS = 100

export class PostgresContents implements ContentTable {
  readonly refusal = undefined
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  /** Projects are locked until it is committed: what was turned off before stays off, and nothing turns up behind it. */
  insert(contents: readonly RequestContent[]): Promise<number> {
    const rows = JSON.stringify(contents.map(rowOf))
    return this.#database.ask(async (sql) => {
      const { count } = await sql`
        INSERT INTO contents (request, at, organisation, project, expires_at, error, cut, asked_shortened,
          answered_shortened, asked, answered)
        SELECT g.request, g.at, g.organisation, g.project, g.expires_at, g.error, g.cut, g.asked_shortened,
          g.answered_shortened, g.asked, g.answered
        FROM json_to_recordset(${rows}::text::json) AS g(request text, at bigint, organisation text, project text,
          expires_at bigint, error text, cut boolean, asked_shortened boolean, answered_shortened boolean, asked text,
          answered text)
        JOIN projects p ON p.id = g.project AND p.organisation = g.organisation
        WHERE p.content_retention_days IS NOT NULL
        FOR SHARE OF p
        ON CONFLICT DO NOTHING`
      return count
    })
  }

  async find(request: string, organisation: OrganisationFilter, now: number): Promise<RequestContent | undefined> {
    const [row] = await this.#database.ask(
      (sql) => sql<RequestContent[]>`
        SELECT request, at, organisation, project, expires_at AS "expiresAt", error, asked,
          asked_shortened AS "askedShortened", answered, answered_shortened AS "answeredShortened", cut
        FROM contents
        WHERE request = ${request} AND (${organisation}::text IS NULL OR organisation = ${organisation})
          AND expires_at > ${whole(now)}`,
    )
    return row === undefined ? undefined : { ...row }
  }

  remove(request: string, organisation: OrganisationFilter, now: number): Promise<number> {
    return this.#deleted(
      (sql) => sql`
        DELETE FROM contents
        WHERE request = ${request} AND (${organisation}::text IS NULL OR organisation = ${organisation})
          AND expires_at > ${whole(now)}`,
    )
  }

  removeOfProject(organisation: string, project: string, before: number): Promise<number> {
    return this.#deleted(
      (sql) => sql`
        DELETE FROM contents WHERE request IN (
          SELECT request FROM contents
          WHERE organisation = ${organisation} AND project = ${project} AND at <= ${whole(before)}
          ORDER BY at LIMIT ${DELETED_ROWS})`,
    )
  }

  /** Rows that another gateway deletes just now are passed over. */
  removeExpired(now: number): Promise<number> {
    return this.#deleted(
      (sql) => sql`
        DELETE FROM contents WHERE request IN (
          SELECT request FROM contents WHERE expires_at <= ${whole(now)}
          ORDER BY expires_at LIMIT ${DELETED_ROWS} FOR UPDATE SKIP LOCKED)`,
    )
  }

  #deleted(statement: (sql: Sql) => Promise<{ readonly count: number }>): Promise<number> {
    return this.#database.ask(async (sql) => (await statement(sql)).count)
  }
}

function rowOf(content: RequestContent): object {
  return {
    request: content.request,
    at: whole(content.at),
    organisation: content.organisation,
    project: content.project,
    expires_at: whole(content.expiresAt),
    error: content.error,
    cut: content.cut,
    asked_shortened: content.askedShortened,
    answered_shortened: content.answeredShortened,
    asked: content.asked,
    answered: content.answered,
  }
}
