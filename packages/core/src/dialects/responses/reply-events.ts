/** A folded reply as the events that it was folded from, a piece each: so that a whole answer goes the way of a streamed one. */

import type { GenerationEvent, Reply } from '../../generation/index.ts'

export function* eventsOf({ engine, model, choices, usage }: Reply): Generator<GenerationEvent> {
  yield { type: 'start', engine, model }
  const [first] = choices
  if (first !== undefined) {
    const { reasoning, text, toolCalls, finish } = first
    if (reasoning !== '') yield { type: 'reasoning', choice: 0, text: reasoning }
    if (text !== '') yield { type: 'text', choice: 0, text }
    for (const [call, tool] of toolCalls.entries()) {
      yield { type: 'tool-call', choice: 0, call, name: tool.name, arguments: tool.arguments }
    }
    yield { type: 'finish', choice: 0, reason: finish }
  }
  yield { type: 'usage', usage }
}
