/** Holds whose process has ended: each gets its one end, at what is known of it, before anything else is served. */

import type { HoldEnd } from '../../ledger/ledger.ts'
import type { RequestRecord } from '../../records/request-record.ts'
import { unansweredRecord } from '../../usage/unanswered-record.ts'
import type { LedgerState } from './ledger-state.ts'
import type { LoadedState, LoadedHold } from './loaded-state.ts'
import { OpenHold } from './open-hold.ts'
import type { SqliteLedger } from './sqlite-ledger.ts'

const RESTARTED = 'server_restarted'

export async function recoverHolds(
  state: LedgerState,
  ledger: Pick<SqliteLedger, 'recover'>,
  loaded: LoadedState,
  now: number,
): Promise<{ readonly settled: number; readonly released: number }> {
  let settled = 0
  const ends = loaded.open.map((found) => {
    const wallet = state.wallets.get(state.names.textOf(found.organisation))
    if (wallet === undefined) throw new Error(`the hold of ${found.request} belongs to no wallet`)
    const open = OpenHold.reopen(state, wallet, found)
    const end = endOf(found, state)
    if (Math.min(end.cost, open.hold.amount) > 0) settled++
    return ledger.recover(open, end, now)
  })
  await Promise.all(ends)
  return { settled, released: loaded.open.length - settled }
}

function endOf(found: LoadedHold, { names }: LedgerState): HoldEnd {
  const origin = {
    request: found.request,
    at: found.at,
    organisation: names.textOf(found.organisation),
    project: names.textOf(found.project),
    key: names.textOf(found.key),
    model: names.textOf(found.model),
  }
  if (found.record === null) return { cost: 0, record: unansweredRecord(origin, RESTARTED) }
  // It was written by this store, from a record.
  const kept: Partial<RequestRecord> = JSON.parse(found.record)
  return { cost: found.cost ?? 0, record: unansweredRecord(origin, RESTARTED, kept) }
}
