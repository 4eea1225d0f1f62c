/** The numbered steps that make the database what this program needs: each is run once, in order, by whoever starts first. */

import type { Sql } from './connections.ts'
import { CONTENT_TABLES } from './content-rows.ts'
import { CREDIT_FUNCTION } from './credit-function.ts'
import { DOCUMENT_TABLES } from './document-tables.ts'
import { GROUP_FUNCTION } from './group-function.ts'
import { TABLES } from './tables.ts'

/**
 * Never change a table of one that was released: add another step. Functions stand here as they are now, since those of a new
 * database run first when all of its steps are done; where one has changed, the newest step puts it in place of the old one.
 */
const MIGRATIONS: readonly string[] = [
  TABLES,
  GROUP_FUNCTION,
  CREDIT_FUNCTION,
  CONTENT_TABLES,
  `
  ALTER TABLE requests
    ADD COLUMN api text NOT NULL DEFAULT 'moonshot',
    ADD COLUMN parent text COLLATE "C",
    ADD COLUMN class text NOT NULL DEFAULT 'interactive',
    ADD COLUMN fees bigint NOT NULL DEFAULT 0, -- a part of cost
    ADD COLUMN labels text, -- JSON, as is timeline
    ADD COLUMN run text COLLATE "C",
    ADD COLUMN timeline text;
  CREATE INDEX requests_run ON requests (run, at, id) WHERE run IS NOT NULL;
  CREATE INDEX requests_parent ON requests (parent, at, id) WHERE parent IS NOT NULL;
  -- It is a release, because what was to be written with the end could not be.
  ALTER TABLE transfers ADD COLUMN conflict boolean;
  ${DOCUMENT_TABLES}
  ${GROUP_FUNCTION}`,
  // It tells what is free.
  GROUP_FUNCTION,
  // And what is spent of budgets.
  GROUP_FUNCTION,
]

/** Any number that no other program is likely to lock. */
const LOCK = 250_020_260_131
/** Another gateway may be busy with a long step. */
const PATIENCE = '10min'

/** All or nothing, by one gateway at a time. `most`: tests make older ones, too. @throws Error when the database was written by a newer program */
export async function migrate(sql: Sql, most = MIGRATIONS.length): Promise<void> {
  await sql.begin(async (transaction) => {
    await transaction.unsafe(`SET LOCAL statement_timeout = '${PATIENCE}'; SET LOCAL lock_timeout = '${PATIENCE}'`)
    await transaction`SELECT pg_advisory_xact_lock(${LOCK})`
    await transaction`CREATE TABLE IF NOT EXISTS migrations (number integer PRIMARY KEY, at timestamptz DEFAULT now())`
    const [last] = await transaction<{ number: number }[]>`SELECT coalesce(max(number), 0) AS number FROM migrations`
    const applied = last?.number ?? 0
    if (applied > MIGRATIONS.length)
      throw new Error(`the database has migration ${applied}, and this program knows ${MIGRATIONS.length}: it is older`)
    for (const [index, step] of MIGRATIONS.entries()) {
      if (index < applied || index >= most) continue
      await transaction.unsafe(step)
      await transaction`INSERT INTO migrations (number) VALUES (${index + 1})`
    }
  })
}
