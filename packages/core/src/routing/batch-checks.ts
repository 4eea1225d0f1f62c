/** What is looked at in a batch, and in a failure, before they go on. */

import { EngineError, type EventBatch, type GenerationRequest, type Meter } from '../generation/index.ts'
import type { RoutingParts } from './search.ts'

export function saysNothing(batch: EventBatch): boolean {
  return batch.every(({ type }) => type === 'start')
}

/** The same batch, with the whole usage where the engine did not tell how much of its answer it thought. */
export function completed(batch: EventBatch, meter: Meter): EventBatch | Promise<EventBatch> {
  // Nothing comes behind a usage.
  const last = batch.at(-1)
  if (last?.type !== 'usage' || last.usage.reasoning !== undefined) return batch
  const counting = meter.complete()
  const whole = (): EventBatch => [...batch.slice(0, -1), { type: 'usage', usage: meter.usage() }]
  return counting === undefined ? whole() : counting.then(whole)
}

/** The same failure, in words that may be told. Without anybody who takes quotations out of them none are. */
export function unquoted(
  failure: EngineError,
  request: GenerationRequest,
  { transcript }: Meter,
  { wordsToTell }: Pick<RoutingParts, 'wordsToTell'>,
): EngineError {
  const words = wordsToTell?.(failure.words, request, transcript)
  if (words === failure.words) return failure
  return failure.inWords(words ?? UNTOLD)
}

const UNTOLD = 'failed in words that are not told: too much was asked to look for it in them'

export function asFault(error: unknown): EngineError {
  if (error instanceof EngineError) return error
  throw error
}
