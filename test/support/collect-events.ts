/** Events gathered into what a client would have in the end, for tests of engines and of stream transforms. */

import type { FinishReason, GenerationEvent } from '@moonbase/core/generation'

export interface JoinedChoice {
  reasoning: string
  text: string
  calls: JoinedCall[]
  /** Absent while the choice has not finished. */
  finish?: FinishReason
}

export interface JoinedCall {
  name: string | undefined
  id: string | undefined
  arguments: string
}

export async function collectEvents(source: AsyncIterable<GenerationEvent>): Promise<GenerationEvent[]> {
  const events: GenerationEvent[] = []
  for await (const event of source) events.push(event)
  return events
}

/** The same, and how it ended: what a failing source gave is not lost. */
export async function collectUntilFailure(
  source: AsyncIterable<GenerationEvent>,
): Promise<{ events: GenerationEvent[]; failure: unknown }> {
  const events: GenerationEvent[] = []
  try {
    for await (const event of source) events.push(event)
  } catch (failure) {
    return { events, failure }
  }
  return { events, failure: undefined }
}

/** One entry for each choice, by its index. */
export function joinEvents(events: Iterable<GenerationEvent>): JoinedChoice[] {
  const choices: JoinedChoice[] = []
  for (const event of events) {
    if (event.type === 'start' || event.type === 'usage') continue
    const choice = (choices[event.choice] ??= { reasoning: '', text: '', calls: [] })
    switch (event.type) {
      case 'reasoning':
        choice.reasoning += event.text
        break
      case 'text':
        choice.text += event.text
        break
      case 'tool-call': {
        const call = (choice.calls[event.call] ??= { name: undefined, id: undefined, arguments: '' })
        call.name ??= event.name
        call.id ??= event.id
        call.arguments += event.arguments
        break
      }
      case 'finish':
        choice.finish = event.reason
        break
    }
  }
  return choices
}

/** The only choice of a reply that has one. */
export function onlyChoice(events: Iterable<GenerationEvent>): JoinedChoice {
  const [choice, ...others] = joinEvents(events)
  if (choice === undefined || others.length > 0) throw new Error(`expected one choice, got ${others.length}`)
  return choice
}
