/** A recording, played: its events in their order, in their own time or without waiting, and its end as it was. */

import { type Clock, EngineError, type GenerationEvent } from '../../generation/index.ts'
import type { Recording } from './cassette.ts'

export interface Playing {
  /** Who plays it; what it was recorded from is named in the recording only. */
  readonly engine: string
  readonly clock: Clock
  /** 1 is as it was, 2 twice as fast. Undefined: as fast as it is read. */
  readonly speed: number | undefined
}

export async function* play(
  { events, end }: Recording,
  playing: Playing,
  signal: AbortSignal,
): AsyncGenerator<GenerationEvent, void, void> {
  const { engine, clock } = playing
  const began = clock.now()
  for (const { at, event } of events) {
    await waitUntil(at, began, playing, signal)
    yield event.type === 'start' ? { ...event, engine } : event
    stopIfAborted(signal, engine)
  }
  await waitUntil(end.at, began, playing, signal)
  if (end.as !== 'failure') return
  const { kind, status, retry_after_ms: retryAfterMs, public_message: publicMessage, limit } = end
  throw new EngineError(kind, 'failed, as it was recorded', {
    engine,
    ...(status === undefined ? {} : { status }),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    ...(publicMessage === undefined ? {} : { publicMessage }),
    ...(limit === undefined ? {} : { limit }),
  })
}

/** Waits are measured from the beginning, so that a reader who was slow once is not behind for ever. */
async function waitUntil(
  at: number,
  began: number,
  { engine, clock, speed }: Playing,
  signal: AbortSignal,
): Promise<void> {
  stopIfAborted(signal, engine)
  if (speed === undefined) return
  const ms = Math.round(at / speed - (clock.now() - began))
  if (ms <= 0) return
  try {
    await clock.sleep(ms, signal)
  } catch (error) {
    stopIfAborted(signal, engine)
    throw error
  }
}

export function stopIfAborted(signal: AbortSignal, engine: string): void {
  if (signal.aborted) throw new EngineError('aborted', 'was stopped', { engine, cause: signal.reason })
}
