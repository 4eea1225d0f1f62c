/** Events taken as they arrived: all that one read from a network brought is handed on at once. */

import type { GenerationEvent } from './event.ts'

/** Events that came together, in order; at least one. */
export type EventBatch = readonly GenerationEvent[]

/** A source that knows which events came together. It is read in one of the two ways, and once. */
export interface BatchedEvents extends AsyncIterable<GenerationEvent> {
  batches(): AsyncIterableIterator<EventBatch, undefined>
}

/**
 * Waiting for an event costs more than reading it, so whoever handles all of a stream waits once for each batch. A source
 * that knows of no batches gives every event by itself.
 */
export function batchesOf(source: AsyncIterable<GenerationEvent> | BatchedEvents): AsyncIterable<EventBatch> {
  return 'batches' in source ? source.batches() : singly(source)
}

async function* singly(source: AsyncIterable<GenerationEvent>): AsyncGenerator<EventBatch, void, void> {
  for await (const event of source) yield [event]
}
