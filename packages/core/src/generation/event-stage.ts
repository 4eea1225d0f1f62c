/** What changes the events of an answer, one by one, before they are given out. */

import type { GenerationEvent } from './event.ts'

export interface EventStage {
  /** Adds to `out` what may be given out after this event. Throws an `EngineError`; what was added before it is good. */
  push(event: GenerationEvent, out: GenerationEvent[]): void
}
