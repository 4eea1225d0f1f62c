/** What happened while one request was answered, as its caller and operators see it: attempts, seams, phases, transfers. */

import type { Ledger } from '../ledger/ledger.ts'
import { unitsText } from '../records/money.ts'
import type { RequestRecord } from '../records/request-record.ts'
import type { TransferRecord } from '../records/transfer-record.ts'

/** No index leads from a request to its transfers, which each commit would pay for: so many of the newest are looked at. */
const MOST_LOOKED_AT = 500

/** Those of one request, the oldest first; none where others have come behind them since. @throws LedgerError */
export async function transfersOf(
  ledger: Pick<Ledger, 'transfers'>,
  { organisation, request }: Pick<RequestRecord, 'organisation' | 'request'>,
): Promise<TransferRecord[]> {
  const newest = await ledger.transfers(organisation, { limit: MOST_LOOKED_AT })
  return newest.filter((transfer) => transfer.request === request).toReversed()
}

/** All times are milliseconds since the request arrived; `null` where they are not known. */
export function timelineView(record: RequestRecord, transfers: readonly TransferRecord[]) {
  const { timeline } = record
  const attempts = timeline?.attempts ?? []
  return {
    request: record.request,
    attempts: attempts.length === 0 ? usualAttempts(record) : attempts.map(attemptView),
    seams: (timeline?.seams ?? []).map(({ from, to, reason, atMs }) => ({ from, to, reason, at_ms: atMs })),
    phases: phasesView(record),
    transfers: transfers.map(({ id, kind, cash, voucher, at }) => ({
      id,
      kind,
      amount: unitsText(cash + voucher),
      at: new Date(at).toISOString(),
    })),
  }
}

type Attempt = NonNullable<RequestRecord['timeline']>['attempts'][number]

function attemptView({ replica, outcome, beganMs, firstTokenMs, endedMs }: Attempt) {
  return { replica, outcome, began_ms: beganMs, first_token_ms: firstTokenMs, ended_ms: endedMs }
}

/** Nearly every request: one engine was asked at once, and answered. Its times are those of the record. */
function usualAttempts({ engine, attempts, firstTokenMs, totalMs, error }: RequestRecord) {
  if (engine === null || attempts !== 1) return []
  const outcome = error ?? 'complete'
  return [{ replica: engine, outcome, began_ms: 0, first_token_ms: firstTokenMs, ended_ms: totalMs }]
}

/** Until the first token, from there to the first of the answer itself, and from there to the end; of streams. */
function phasesView({ firstTokenMs, totalMs, timeline, reasoning }: RequestRecord) {
  if (firstTokenMs === null) return { waiting_ms: totalMs, thinking_ms: null, answering_ms: null }
  const answerMs = timeline?.answerMs ?? (reasoning === 0 ? firstTokenMs : null)
  if (answerMs === null) return { waiting_ms: firstTokenMs, thinking_ms: null, answering_ms: null }
  return {
    waiting_ms: firstTokenMs,
    thinking_ms: Math.max(answerMs - firstTokenMs, 0),
    answering_ms: Math.max(totalMs - answerMs, 0),
  }
}
