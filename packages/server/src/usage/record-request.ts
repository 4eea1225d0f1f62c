/** From what is known of a request to its line in the request log. */

import type { Usage } from '@moonbase/core/generation'
import type { RunFacts } from '@moonbase/core/inference'
import type { KeyAccount } from '../accounts/accounts.ts'
import { engineOf } from '../records/engine-of.ts'
import type { Nano } from '../records/money.ts'
import type { RequestClass, RequestRecord } from '../records/request-record.ts'
import { timelineOf } from './timeline-of.ts'

/** Who asked for what, and when. */
export interface RecordedRequest {
  readonly id: string
  readonly caller: Pick<KeyAccount, 'id' | 'organisation' | 'project'>
  readonly arrivedAt: number
  readonly parent: string | null
  readonly api: string
  readonly class: RequestClass
  /** What its caller calls it by; `run` among them is found by an index. */
  readonly labels?: Readonly<Record<string, string>>
}

export interface RequestEnd {
  /** HTTP status of the reply that says it. */
  readonly status: number
  readonly error: string | null
  /** What is paid for; `undefined` where nothing is. */
  readonly usage: Usage | undefined
  readonly cost: Nano
  /** The part of the cost that is not for tokens. */
  readonly fees?: Nano
  /** Milliseconds since the Unix epoch. */
  readonly now: number
}

/** @param facts of its run; what was refused before there was one knows at most a model, and whether it was streamed */
export function recordRequest(
  request: RecordedRequest,
  facts: RunFacts | Pick<RunFacts, 'model' | 'streamed'>,
  { status, error, usage, cost, fees = 0, now }: RequestEnd,
): RequestRecord {
  const { id, caller, arrivedAt, labels = null } = request
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
    api: request.api,
    parent: request.parent,
    class: request.class,
    fees,
    labels,
    run: labels?.['run'] ?? null,
    timeline: run.trace === undefined ? null : timelineOf(run.trace, arrivedAt, run.firstAnswerMs),
  }
}
