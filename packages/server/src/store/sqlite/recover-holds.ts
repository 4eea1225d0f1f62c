/** Holds whose process has ended: each gets its one end, at what is known of it, before anything else is served. */

import type { HoldEnd } from '../../ledger/ledger.ts'
import type { RequestRecord } from '../../records/request-record.ts'
import type { LedgerState } from './ledger-state.ts'
import type { LoadedState, LoadedHold } from './loaded-state.ts'
import { OpenHold } from './open-hold.ts'
import type { SqliteLedger } from './sqlite-ledger.ts'

const RESTARTED = 'server_restarted'
/** HTTP status of a request that nobody answered to its end. */
const UNAVAILABLE = 503

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

function endOf(found: LoadedHold, state: LedgerState): HoldEnd {
  if (found.record === null) return { cost: 0, record: unknownEnd(found, state) }
  // It was written by this store, from a record.
  const record: RequestRecord = JSON.parse(found.record)
  return { cost: found.cost ?? 0, record: { ...record, error: record.error ?? RESTARTED } }
}

function unknownEnd(
  { request, at, organisation, project, key, model }: LoadedHold,
  { names }: LedgerState,
): RequestRecord {
  return {
    request,
    at,
    organisation: names.textOf(organisation),
    project: names.textOf(project),
    key: names.textOf(key),
    model: names.textOf(model),
    engine: null,
    servedModel: null,
    streamed: false,
    status: UNAVAILABLE,
    error: RESTARTED,
    prompt: 0,
    cached: 0,
    completion: 0,
    reasoning: 0,
    cost: 0,
    firstTokenMs: null,
    totalMs: 0,
    attempts: 0,
    seams: 0,
  }
}
