/** A request of the log as Oxen's history shows a generation. Its own has pictures and films only; texts stand in it likewise. */

import { oxenName } from '@moonbase/core/dialects/oxen'
import { unitsText } from '../../records/money.ts'
import type { RequestRecord } from '../../records/request-record.ts'

export const GENERATION_STATES = ['queued', 'processing', 'succeeded', 'failed', 'cancelled'] as const
type GenerationState = (typeof GENERATION_STATES)[number]

export interface GenerationView {
  readonly generation_id: string
  readonly model_name: string
  readonly media_type: 'text'
  readonly status: GenerationState
  /** Unix seconds, as the next two. */
  readonly enqueued_at: number
  readonly started_at: number
  readonly completed_at: number
  /** A decimal number of the account's currency; `null` where nothing was charged. */
  readonly cost: string | null
  readonly error_message: string | null
  readonly result_url: null
  readonly target_namespace: null
  readonly target_repo: null
  readonly target_directory: null
  readonly user_id: null
  /** The id of the key that asked. */
  readonly username: string
  readonly user_image: null
  /** What we know beside: Oxen merges fields of the request into the row. */
  readonly stream: boolean
  readonly prompt_tokens: number
  readonly completion_tokens: number
  readonly cached_tokens: number
}

export function generationView(record: RequestRecord): GenerationView {
  const { request, model, at, totalMs, cost, error, key, streamed, prompt, completion, cached } = record
  return {
    generation_id: request,
    model_name: oxenName(model),
    media_type: 'text',
    status: generationState(record),
    enqueued_at: seconds(at),
    started_at: seconds(at),
    completed_at: seconds(at + totalMs),
    cost: cost === 0 ? null : unitsText(cost),
    error_message: error,
    result_url: null,
    target_namespace: null,
    target_repo: null,
    target_directory: null,
    user_id: null,
    username: key,
    user_image: null,
    stream: streamed,
    prompt_tokens: prompt,
    completion_tokens: completion,
    cached_tokens: cached,
  }
}

/** What is under way has no line in the log yet. */
export function generationState({ error }: Pick<RequestRecord, 'error'>): GenerationState {
  if (error === null) return 'succeeded'
  return error === 'client_closed' ? 'cancelled' : 'failed'
}

function seconds(ms: number): number {
  return Math.floor(ms / 1000)
}
