/** The numbered steps that make the database what this program needs: each is run once, in order, by whoever starts first. */

import type { Sql } from './connections.ts'
import { CONTENT_TABLES } from './content-rows.ts'
import { CREDIT_FUNCTION } from './credit-function.ts'
import { GROUP_FUNCTION } from './group-function.ts'
import { TABLES } from './tables.ts'

/** Never change one that was released: add another, which may replace a function. */
const MIGRATIONS: readonly string[] = [TABLES, GROUP_FUNCTION, CREDIT_FUNCTION, CONTENT_TABLES]

/** Any number that no other program is likely to lock. */
const LOCK = 250_020_260_131
/** Another gateway may be busy with a long step. */
const PATIENCE = '10min'

/** All or nothing, by one gateway at a time. @throws Error when the database was written by a newer program */
export async function migrate(sql: Sql): Promise<void> {
  await sql.begin(async (transaction) => {
    await transaction.unsafe(`SET LOCAL statement_timeout = '${PATIENCE}'; SET LOCAL lock_timeout = '${PATIENCE}'`)
    await transaction`SELECT pg_advisory_xact_lock(${LOCK})`
    await transaction`CREATE TABLE IF NOT EXISTS migrations (number integer PRIMARY KEY, at timestamptz DEFAULT now())`
    const [last] = await transaction<{ number: number }[]>`SELECT coalesce(max(number), 0) AS number FROM migrations`
    const applied = last?.number ?? 0
    if (applied > MIGRATIONS.length)
      throw new Error(`the database has migration ${applied}, and this program knows ${MIGRATIONS.length}: it is older`)
    for (const [index, step] of MIGRATIONS.entries()) {
      if (index < applied) continue
      await transaction.unsafe(step)
      await transaction`INSERT INTO migrations (number) VALUES (${index + 1})`
    }
  })
}
