/**
 * All that is mended of an answer on its way from a host: what leaks through its parser, an answer that comes as a thought, calls
 * and JSON that are not what was asked for. One after the other, each in a file of its own.
 */

import type { GenerationEvent } from './event.ts'
import type { EventStage } from './event-stage.ts'
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

/** One for each generation. */
export function answerRepair({ engine, request, leaks, onRepair = ignore }: AnswerRepairOptions): EventStage {
  const partial = partialOf(request)
  let stage: EventStage = new ToolCallRules(engine, request, partial?.toolCalls ?? NO_CALLS, onRepair)
  // Behind a prefix the beginning is the client's, and stop strings may end it anywhere.
  const isJson = request.responseFormat.type !== 'text' && (partial === undefined || textOf(partial.content) === '')
  if (isJson) stage = new Both(stage, new JsonAnswer(engine, request.stop.length > 0, onRepair), true)
  if (!request.thinking) stage = new Both(new InstantAnswer(engine, onRepair), stage, isJson)
  if (leaks === 'none') return stage
  const repair = new LeakRepair({ engine, request, unsplit: leaks === 'unsplit', onRepair })
  return new Both(repair, stage, isJson || !request.thinking)
}

const NO_CALLS: readonly [] = []

/** One stage behind the other. */
class Both implements EventStage {
  readonly #first: EventStage
  readonly #second: EventStage
  /** Whether the second one has to see texts: nearly all events are one. */
  readonly #ofTexts: boolean

  constructor(first: EventStage, second: EventStage, ofTexts: boolean) {
    this.#first = first
    this.#second = second
    this.#ofTexts = ofTexts
  }

  push(event: GenerationEvent, out: GenerationEvent[]): void {
    const from = out.length
    try {
      this.#first.push(event, out)
    } finally {
      if (this.#concerns(out, from)) for (const one of out.splice(from)) this.#second.push(one, out)
    }
  }

  #concerns(out: readonly GenerationEvent[], from: number): boolean {
    if (this.#ofTexts) return out.length > from
    for (let at = from; at < out.length; at += 1) {
      const type = out[at]?.type
      if (type !== 'text' && type !== 'reasoning') return true
    }
    return false
  }
}

function ignore(): void {}
