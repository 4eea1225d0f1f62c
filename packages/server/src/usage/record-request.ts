/** From what is known of a request to its line in the request log. */

import type { Usage } from '@moonbase/core/generation'
import type { RunFacts } from '@moonbase/core/inference'
import type { KeyAccount } from '../accounts/accounts.ts'
import { engineOf } from '../records/engine-of.ts'
import type { Nano } from '../records/money.ts'
import type { RequestRecord } from '../records/request-record.ts'

/** Who asked for what, and when. */
export interface RecordedRequest {
  readonly id: string
  readonly caller: Pick<KeyAccount, 'id' | 'organisation' | 'project'>
  readonly arrivedAt: number
}

export interface RequestEnd {
  /** HTTP status of the reply that says it. */
  readonly status: number
  readonly error: string | null
  /** What is paid for; `undefined` where nothing is. */
  readonly usage: Usage | undefined
  readonly cost: Nano
  /** Milliseconds since the Unix epoch. */
  readonly now: number
}

/** @param facts of its run; what was refused before there was one knows at most a model, and whether it was streamed */
export function recordRequest(
  { id, caller, arrivedAt }: RecordedRequest,
  facts: RunFacts | Pick<RunFacts, 'model' | 'streamed'>,
  { status, error, usage, cost, now }: RequestEnd,
): RequestRecord {
  const run: Partial<RunFacts> = facts
  return {
    request: id,
    at: arrivedAt,
    organisation: caller.organisation,
    project: caller.project,
    key: caller.id,
    model: facts.model,
    engine: run.engine === undefined ? null : engineOf(run.engine),
    servedModel: run.servedModel ?? null,
    streamed: facts.streamed,
    status,
    error,
    prompt: usage?.prompt ?? 0,
    cached: usage?.cached ?? 0,
    completion: usage?.completion ?? 0,
    reasoning: usage?.reasoning ?? 0,
    cost,
    firstTokenMs: run.firstTokenMs ?? null,
    totalMs: Math.max(now - arrivedAt, 0),
    attempts: run.trace?.attempts ?? 0,
    seams: run.trace?.seams.length ?? 0,
  }
}
