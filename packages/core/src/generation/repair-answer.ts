/**
 * All that is mended of an answer on its way from a host: what leaks through its parser, an answer that comes as a thought, calls
 * and JSON that are not what was asked for. One after the other, each in a file of its own.
 */

import type { GenerationEvent } from './event.ts'
import { InstantAnswer } from './instant-answer.ts'
import { JsonAnswer } from './json-answer.ts'
import { type LeakKind, LeakRepair } from './repair-leaks.ts'
import { type GenerationRequest, partialOf, textOf } from './request.ts'
import { type CallRepair, ToolCallRules } from './tool-call-rules.ts'

export type AnswerRepairKind = LeakKind | CallRepair | 'answer-as-reasoning' | 'fenced-json'

export interface AnswerRepairOptions {
  /** For errors. */
  readonly engine: string
  readonly request: GenerationRequest
  /** Of the host's own parser: none, some, or all, because it has none. */
  readonly leaks: 'none' | 'mend' | 'unsplit'
  readonly onRepair?: (kind: AnswerRepairKind) => void
}

interface Stage {
  push(event: GenerationEvent, out: GenerationEvent[]): void
}

/** One for each generation. */
export class AnswerRepair implements Stage {
  readonly #stages: readonly Stage[]
  /** What each stage hands to the next; empty between two events. */
  readonly #between: readonly GenerationEvent[][]
  /** From this stage on, texts go by: nearly all events are one, and there is nothing to ask of them. */
  readonly #ofTexts: number

  constructor({ engine, request, leaks, onRepair }: AnswerRepairOptions) {
    const note = onRepair ?? ignore
    const partial = partialOf(request)
    const stages: Stage[] = []
    if (leaks !== 'none') stages.push(new LeakRepair({ engine, request, unsplit: leaks === 'unsplit', onRepair: note }))
    if (!request.thinking) stages.push(new InstantAnswer(engine, note))
    this.#ofTexts = stages.length
    stages.push(new ToolCallRules(engine, request, partial?.toolCalls ?? [], note))
    // Behind a prefix the beginning is the client's, and stop strings may end it anywhere.
    if (request.responseFormat.type !== 'text' && (partial === undefined || textOf(partial.content) === '')) {
      stages.push(new JsonAnswer(engine, request.stop.length > 0, note))
      this.#ofTexts = stages.length
    }
    this.#stages = stages
    this.#between = stages.map(() => [])
  }

  /** Adds to `out` what may be given out after this event. Throws an `EngineError`. */
  push(event: GenerationEvent, out: GenerationEvent[]): void {
    this.#pass(event, 0, out)
  }

  #pass(event: GenerationEvent, at: number, out: GenerationEvent[]): void {
    const isText = event.type === 'text' || event.type === 'reasoning'
    const stage = isText && at >= this.#ofTexts ? undefined : this.#stages[at]
    const handed = this.#between[at]
    if (stage === undefined || handed === undefined) return void out.push(event)
    if (at === this.#stages.length - 1) return stage.push(event, out)
    stage.push(event, handed)
    for (const one of handed) this.#pass(one, at + 1, out)
    // One by one: a list that is made empty at once gives up its room, and would have to get it anew for each event.
    while (handed.length > 0) handed.pop()
  }
}

function ignore(): void {}
