/** The speed of an answer. */

import type { Clock, GenerationEvent, TokenCounter } from '../../generation/index.ts'

/** Milliseconds before the first event, and before a chunk; the first chunk comes with the first event. */
export interface Pace {
  readonly firstMs: number
  chunkMs(event: GenerationEvent): number
}

export function pacePerToken(tokensPerSecond: number, counter: TokenCounter): Pace {
  return {
    firstMs: 0,
    chunkMs(event) {
      const text =
        event.type === 'tool-call'
          ? event.arguments
          : event.type === 'text' || event.type === 'reasoning'
            ? event.text
            : ''
      return (counter.countText(text) * 1000) / tokensPerSecond
    },
  }
}

export async function* withPace(
  source: Iterable<GenerationEvent>,
  pace: Pace | undefined,
  clock: Clock,
  signal: AbortSignal,
): AsyncGenerator<GenerationEvent, void, void> {
  if (pace === undefined) {
    yield* source
    return
  }
  if (pace.firstMs > 0) await clock.sleep(pace.firstMs, signal)
  /** Part of a millisecond that is still to be waited. */
  let owedMs = 0
  let isFirst = true
  for (const event of source) {
    if (isChunk(event)) {
      if (!isFirst) owedMs += pace.chunkMs(event)
      isFirst = false
      const whole = Math.floor(owedMs)
      owedMs -= whole
      if (whole > 0) await clock.sleep(whole, signal)
    }
    yield event
  }
}

/** Something generated, as against what only marks a beginning or an end. */
export function isChunk(event: GenerationEvent): boolean {
  return event.type === 'reasoning' || event.type === 'text' || event.type === 'tool-call'
}
