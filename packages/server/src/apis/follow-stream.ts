/** `GET /v1/streams/{id}`: goes on with a running stream, or replays a finished one. Nothing is generated and billed. */

import { failureOf } from '@moonbase/core/inference'
import { type ApiError, apiError, encodeSseComment } from '@moonbase/protocol'
import type { BodySink, Exchange } from '../http/exchange.ts'
import { EVENT_STREAM, openEvents } from '../http/open-events.ts'
import type { KeyAccount } from '../accounts/accounts.ts'
import type { Caller } from './api.ts'
import type { KeptStream } from '../streams/kept-stream.ts'
import type { StreamStore } from '../streams/stream-store.ts'
import { lastSeen } from '../streams/stream-wishes.ts'

export function followStream(streams: StreamStore) {
  return async (exchange: Exchange, { key, parameters }: Caller<KeyAccount>): Promise<void> => {
    const stream = await streams.find(parameters['id'] ?? '', key.organisation)
    await follow(streams, stream, lastSeen(exchange), exchange)
  }
}

/**
 * The events of a stream behind number `after`, as they come.
 *
 * @throws ApiError where there are none and never will be, or too many read it already
 */
export async function follow(
  streams: Pick<StreamStore, 'admitReader'>,
  stream: KeptStream,
  after: number,
  exchange: Exchange,
): Promise<void> {
  const refusal = refusalOf(stream, after)
  if (refusal !== undefined) throw refusal
  streams.admitReader(stream)
  try {
    exchange.setHeader('x-moonbase-stream-id', stream.id)
    exchange.setHeader('x-moonbase-served-by', stream.servedBy)
    // Everything was seen. For a browser's EventSource 204 means: do not come back.
    if (stream.ended && after === stream.last) exchange.send(204, EVENT_STREAM, '')
    else await pass(stream, after, exchange)
  } finally {
    stream.readers -= 1
  }
}

/** The stream's own failure is one of its events. What keeps this reader from them is said in its reply only. */
async function pass(stream: KeptStream, after: number, exchange: Exchange): Promise<void> {
  exchange.notes.streamed = true
  const sink = openEvents(exchange)
  // Headers leave with the first text, and the client should not wait for both.
  if (stream.last <= after) void sink.write(encodeSseComment(`waiting for event ${after + 1}`))
  const look = (): void => stream.wake()
  exchange.signal.addEventListener('abort', look, { once: true })
  try {
    await copy(stream, after, sink, exchange.signal)
  } catch (error) {
    const failure = failureOf(error, '', exchange.signal)
    exchange.notes.failure = failure
    // In the stream's own wire, and without a number: whoever comes back goes on behind the last event of the stream.
    void sink.write(stream.fail(failure))
  } finally {
    exchange.signal.removeEventListener('abort', look)
    sink.end()
  }
}

/** Each reader has a place of its own, so a slow one holds up nobody. */
async function copy(stream: KeptStream, after: number, sink: BodySink, signal: AbortSignal): Promise<void> {
  for (let seen = after; ;) {
    signal.throwIfAborted()
    const events = stream.read(seen)
    if (events !== undefined) {
      seen = events.last
      const drained = sink.write(events.text)
      if (drained !== undefined) await drained
      continue
    }
    if (stream.ended && stream.kept && seen === stream.last) return
    const refusal = refusalOf(stream, seen)
    if (refusal !== undefined) throw refusal
    await stream.news()
  }
}

/** Why there is nothing to read behind this number, and never will be. */
function refusalOf(stream: KeptStream, after: number): ApiError | undefined {
  const { id, last } = stream
  if (!stream.kept) return apiError('stream_not_kept', { id })
  return stream.ended && after > last ? apiError('stream_position', { after, last }) : undefined
}
