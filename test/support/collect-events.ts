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
    if (event.type === 'start' || event.type === 'server-tool' || event.type === 'usage') continue
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

/** Takes one step here and one there, so that state they share would show. */
export async function collectInterleaved(
  one: AsyncIterable<GenerationEvent>,
  other: AsyncIterable<GenerationEvent>,
): Promise<[GenerationEvent[], GenerationEvent[]]> {
  const iterators = [one[Symbol.asyncIterator](), other[Symbol.asyncIterator]()]
  const gathered: [GenerationEvent[], GenerationEvent[]] = [[], []]
  let running = iterators.map((iterator, index) => ({ iterator, into: gathered[index] ?? [] }))
  while (running.length > 0) {
    const still: typeof running = []
    for (const entry of running) {
      const step = await entry.iterator.next()
      if (step.done === true) continue
      entry.into.push(step.value)
      still.push(entry)
    }
    running = still
  }
  return gathered
}

/** Aborts when so many events have come, and tells how many came after that and how it ended. */
export async function collectAroundAbort(
  place: number,
  source: AsyncIterable<GenerationEvent>,
  abort: AbortController,
): Promise<{ late: number; failure: unknown }> {
  let seen = 0
  try {
    for await (const event of source) {
      seen += 1
      if (seen === place) abort.abort(new Error(`the client left at ${event.type}`))
    }
  } catch (failure) {
    return { late: seen - place, failure }
  }
  return { late: seen - place, failure: undefined }
}
