/** From what was noted of a request to its line in the request log. */

import type { Usage } from '@moonbase/core/generation'
import type { ExchangeNotes } from '../http/exchange-notes.ts'
import type { KeyAccount } from '../accounts/accounts.ts'
import type { Nano } from '../records/money.ts'
import { engineOf } from '../records/engine-of.ts'
import type { RequestRecord } from '../records/request-record.ts'

export interface RequestEnd {
  readonly status: number
  readonly error: string | null
  /** What is paid for; `undefined` where nothing is. */
  readonly usage: Usage | undefined
  readonly cost: Nano
  /** Milliseconds since the Unix epoch. */
  readonly now: number
}

export function recordRequest(
  request: string,
  arrivedAt: number,
  key: Pick<KeyAccount, 'id' | 'organisation' | 'project'>,
  notes: ExchangeNotes,
  { status, error, usage, cost, now }: RequestEnd,
): RequestRecord {
  return {
    request,
    at: arrivedAt,
    organisation: key.organisation,
    project: key.project,
    key: key.id,
    model: notes.model ?? '',
    engine: notes.engine === undefined ? null : engineOf(notes.engine),
    servedModel: notes.servedModel ?? null,
    streamed: notes.streamed ?? false,
    status,
    error,
    prompt: usage?.prompt ?? 0,
    cached: usage?.cached ?? 0,
    completion: usage?.completion ?? 0,
    reasoning: usage?.reasoning ?? 0,
    cost,
    firstTokenMs: notes.firstTokenMs ?? null,
    totalMs: Math.max(now - arrivedAt, 0),
    attempts: notes.journey?.attempts ?? 0,
    seams: notes.journey?.seams.length ?? 0,
    api: notes.api ?? 'moonshot',
    parent: null,
    class: 'interactive',
    fees: 0,
    labels: null,
    run: null,
    timeline: null,
  }
}
