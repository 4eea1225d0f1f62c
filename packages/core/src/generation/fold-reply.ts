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
  let engine = ''
  let model = ''
  let usage: ReportedUsage = { prompt: 0, completion: 0, cached: 0, reasoning: 0 }
  let units = 0
  const choices: ReplyChoice[] = []
  const at = (choice: number): ReplyChoice => (choices[choice] ??= newChoice())
  const hold = (piece: string): string => {
    units += piece.length
    if (units <= MAXIMUM_UNITS) return piece
    throw new EngineError('limit', 'answered more than a reply holds', {
      engine,
      limit: { size: MAXIMUM_UNITS, unit: 'characters' },
    })
  }
  const add = (event: GenerationEvent): void => {
    switch (event.type) {
      case 'start':
        engine = event.engine
        model = event.model
        break
      case 'reasoning':
        at(event.choice).reasoning += hold(event.text)
        break
      case 'text':
        at(event.choice).text += hold(event.text)
        break
      case 'tool-call': {
        const { toolCalls } = at(event.choice)
        const call = toolCalls[event.call]
        if (call !== undefined) call.arguments += hold(event.arguments)
        else toolCalls[event.call] = newCall(event, hold(event.arguments))
        break
      }
      case 'finish':
        at(event.choice).finish = event.reason
        break
      case 'usage':
        usage = event.usage
        break
    }
  }
  for await (const batch of batchesOf(events)) for (const event of batch) add(event)
  return { engine, model, choices, usage }
}

function newChoice(): ReplyChoice {
  return { reasoning: '', text: '', toolCalls: [], finish: 'stop' }
}

function newCall(event: GenerationEvent & { type: 'tool-call' }, pieces: string): ReplyToolCall {
  return { name: event.name ?? '', arguments: pieces, ...(event.id === undefined ? {} : { id: event.id }) }
}
