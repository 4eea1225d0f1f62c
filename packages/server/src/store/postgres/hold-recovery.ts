/** Holds of gateways that are gone: each gets its one end, at what is known of it, by whoever comes first. */

import type { Nano } from '../../records/money.ts'
import type { RequestRecord } from '../../records/request-record.ts'
import { unansweredRecord } from '../../usage/unanswered-record.ts'
import type { Database } from './database.ts'
import type { Line } from './group-entries.ts'
import type { PostgresLedger } from './postgres-ledger.ts'

const RESTARTED = 'server_restarted'
/** Holds that are looked at in one go. */
const MAX_FOUND = 500
/** Rounds of one go: what is left then is found a few seconds later. */
const MAX_ROUNDS = 200

interface LapsedHold {
  readonly request: string
  readonly organisation: string
  readonly project: string
  readonly key: string
  readonly model: string
  readonly at: number
  readonly cost: Nano | null
  readonly record: Partial<RequestRecord> | null
}

export interface Recovered {
  settled: number
  released: number
}

export interface RecoveryParts {
  readonly database: Database
  readonly ledger: Pick<PostgresLedger, 'recover'>
  readonly gateway: number
  readonly leaseMs: number
  /** Milliseconds since the Unix epoch. */
  readonly now: () => number
}

/**
 * The end itself says once more, with the wallet locked, that the gateway is gone; and what another gateway ended first is
 * no longer there. So each hold has one end however many look for it at once.
 */
export async function recoverHolds(parts: RecoveryParts, recovered: Recovered): Promise<void> {
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const found = await lapsedHolds(parts)
    const outcomes = await parts.ledger.recover(found.map((hold) => endOf(hold, parts.now())))
    const settled = outcomes.filter((outcome) => outcome === 'settled').length
    const released = outcomes.filter((outcome) => outcome === 'released').length
    recovered.settled += settled
    recovered.released += released
    // Less than there may be; or others are busy with the same ones.
    if (found.length < MAX_FOUND || settled + released === 0) return
  }
}

/** When the database itself was away, its gateways get a lease's time to say that they were not. */
async function lapsedHolds({ database, gateway, leaseMs }: RecoveryParts): Promise<LapsedHold[]> {
  return database.ask(
    (sql) => sql<LapsedHold[]>`
      SELECT h.request, h.organisation, h.project, h.key, h.model, h.at, h.cost, h.record
      FROM open_holds h LEFT JOIN gateways g ON g.id = h.gateway
      WHERE h.gateway <> ${gateway} AND (g.id IS NULL OR g.lease_until = '-infinity' OR (
        g.lease_until < clock_timestamp()
        AND pg_postmaster_start_time() + ${leaseMs} * interval '1 millisecond' < clock_timestamp()))
      ORDER BY h.organisation, h.id LIMIT ${MAX_FOUND}`,
  )
}

function endOf(hold: LapsedHold, now: number): Line {
  const { organisation, record, cost } = hold
  const charged = record === null ? 0 : (cost ?? 0)
  return { organisation, how: 'lapsed', endedAt: now, cost: charged, record: unansweredRecord(hold, RESTARTED, record) }
}
