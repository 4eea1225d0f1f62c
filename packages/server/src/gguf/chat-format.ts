/** How a model reads and writes: the seam between the engine, which knows only tokens, and a template. */

import type { Capabilities, GenerationEvent, GenerationRequest, TokenCounter } from '@moonbase/core/generation'
import type { Constraints } from './constraints.ts'

export interface ChatFormat {
  readonly can: Capabilities
  readonly counter: TokenCounter
  /** The prompt of a request. `undefined` when it has more than `limit` tokens: it is not built then. */
  prepare(request: GenerationRequest, limit: number): Promise<Script | undefined>
}

/** One request, ready to be generated; each choice opens its own steering and reader. */
export interface Script {
  /** All ids of the prompt. */
  readonly prompt: readonly number[]
  /** So many of them, the last, belong to the answer and are read once more under its grammar. */
  readonly written: number
  constraints(): Constraints
  reader(): OutputReader
}

/** What an answer is made of, without the choice it belongs to. */
export type OutputEvent =
  | { readonly type: 'reasoning' | 'text'; readonly text: string }
  | { readonly type: 'tool-call'; readonly call: number; readonly name?: string; readonly arguments: string }

export interface OutputReader {
  push(id: number): readonly OutputEvent[]
  /** What was held back. `cut`: the answer ends here because its budget does. */
  end(cut: boolean): readonly OutputEvent[]
}

export function withChoice(event: OutputEvent, choice: number): GenerationEvent {
  return event.type === 'tool-call'
    ? {
        type: 'tool-call',
        choice,
        call: event.call,
        arguments: event.arguments,
        ...(event.name === undefined ? {} : { name: event.name }),
      }
    : { type: event.type, choice, text: event.text }
}
