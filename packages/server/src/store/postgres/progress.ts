/** What would have to be paid for open holds if this gateway were gone now: kept with them, and waited for by nobody. */

import type { Hold, HoldEnd } from '../../ledger/ledger.ts'
import { whole, wholeRecord } from '../whole-record.ts'
import type { Database } from './database.ts'

export interface Progressed {
  readonly hold: Hold
  progress: HoldEnd | undefined
  /** `progress` is newer than what the database has. */
  progressIsNew: boolean
}

/** A row that is locked is being ended: it is passed over, so that progress waits for nobody, and nobody in a circle. */
export async function writeProgress(database: Database, gateway: number, holds: readonly Progressed[]): Promise<void> {
  const rows = holds.flatMap(({ hold, progress }) => (progress === undefined ? [] : [rowOf(hold, progress)]))
  if (rows.length === 0) return
  for (const open of holds) open.progressIsNew = false
  try {
    await database.ask(
      (sql) => sql`
        WITH given AS (
          SELECT * FROM json_to_recordset(${JSON.stringify(rows)}::text::json)
            AS g(organisation text, request text, cost bigint, record json)
        ), locked AS (
          SELECT h.organisation, h.request FROM open_holds h JOIN given g USING (organisation, request)
          WHERE h.gateway = ${gateway} FOR UPDATE OF h SKIP LOCKED
        )
        UPDATE open_holds h SET cost = g.cost, record = g.record
        FROM given g JOIN locked l USING (organisation, request)
        WHERE h.organisation = g.organisation AND h.request = g.request`,
    )
  } catch (error) {
    for (const open of holds) open.progressIsNew = true
    throw error
  }
}

function rowOf({ organisation, request }: Hold, { cost, record }: HoldEnd): object {
  const amount = Math.max(0, whole(cost))
  return { organisation, request, cost: amount, record: wholeRecord(record, amount) }
}
