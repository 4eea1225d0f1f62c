/** The whole reply, as a fold over the events of a stream: there is no second path to an answer. */

import { EngineError } from './engine-error.ts'
import { batchesOf } from './event-batches.ts'
import type { FinishReason, GenerationEvent, ReportedUsage } from './event.ts'

export interface Reply {
  readonly engine: string
  readonly model: string
  readonly choices: readonly ReplyChoice[]
  readonly usage: ReportedUsage
}

export interface ReplyChoice {
  reasoning: string
  text: string
  readonly toolCalls: ReplyToolCall[]
  finish: FinishReason
}

export interface ReplyToolCall {
  readonly name: string
  readonly id?: string
  arguments: string
}

/** UTF-16 units of text, reasoning and arguments together. Far past any window, far below what would hurt. */
const MAXIMUM_UNITS = 64 * 1024 * 1024

/** Takes a supervised stream, whose protocol is already checked; throws what the stream throws. */
export async function foldReply(events: AsyncIterable<GenerationEvent>): Promise<Reply> {
  const fold = new ReplyFold()
  for await (const batch of batchesOf(events)) for (const event of batch) fold.push(event)
  return fold.reply()
}

/** The same, for whoever is pushed to. */
export class ReplyFold {
  readonly #choices: ReplyChoice[] = []
  #engine = ''
  #model = ''
  #usage: ReportedUsage = { prompt: 0, completion: 0, cached: 0, reasoning: 0 }
  #units = 0

  /** @throws EngineError `limit` for more than a reply holds */
  push(event: GenerationEvent): void {
    switch (event.type) {
      case 'start':
        this.#engine = event.engine
        this.#model = event.model
        break
      case 'reasoning':
        this.#at(event.choice).reasoning += this.#hold(event.text)
        break
      case 'text':
        this.#at(event.choice).text += this.#hold(event.text)
        break
      case 'tool-call': {
        const { toolCalls } = this.#at(event.choice)
        const call = toolCalls[event.call]
        if (call !== undefined) call.arguments += this.#hold(event.arguments)
        else toolCalls[event.call] = newCall(event, this.#hold(event.arguments))
        break
      }
      case 'finish':
        this.#at(event.choice).finish = event.reason
        break
      case 'usage':
        this.#usage = event.usage
        break
    }
  }

  reply(): Reply {
    return { engine: this.#engine, model: this.#model, choices: this.#choices, usage: this.#usage }
  }

  #at(choice: number): ReplyChoice {
    return (this.#choices[choice] ??= newChoice())
  }

  #hold(piece: string): string {
    this.#units += piece.length
    if (this.#units <= MAXIMUM_UNITS) return piece
    throw new EngineError('limit', 'answered more than a reply holds', {
      engine: this.#engine,
      limit: { size: MAXIMUM_UNITS, unit: 'characters' },
    })
  }
}

function newChoice(): ReplyChoice {
  return { reasoning: '', text: '', toolCalls: [], finish: 'stop' }
}

function newCall(event: GenerationEvent & { type: 'tool-call' }, pieces: string): ReplyToolCall {
  return { name: event.name ?? '', arguments: pieces, ...(event.id === undefined ? {} : { id: event.id }) }
}
