/** The one stage that every generation passes: guarded by protocol, metered, and closed with a usage event. */

import { EngineError } from './engine-error.ts'
import type { GenerationEvent } from './event.ts'
import { EventGuard } from './event-guard.ts'
import type { Meter } from './meter.ts'

export interface Supervision {
  readonly engine: string
  readonly choices: number
  readonly meter: Meter
  readonly signal: AbortSignal
}

/**
 * Ends only after a `finish` for every choice and one `usage`; else throws an `EngineError`. Whatever an engine throws
 * that is none becomes one.
 */
export async function* supervise(
  source: AsyncIterable<GenerationEvent>,
  { engine, choices, meter, signal }: Supervision,
): AsyncGenerator<GenerationEvent, void, void> {
  const guard = new EventGuard(engine, choices)
  try {
    for await (const event of source) {
      guard.see(event)
      meter.see(event)
      yield event
    }
  } catch (error) {
    if (error instanceof EngineError) throw error
    if (signal.aborted) throw new EngineError('aborted', 'was stopped', { engine, cause: error })
    throw new EngineError('protocol', `failed: ${error instanceof Error ? error.message : String(error)}`, {
      engine,
      cause: error,
    })
  }
  guard.end()
  if (!meter.reported) yield { type: 'usage', usage: meter.usage() }
}
