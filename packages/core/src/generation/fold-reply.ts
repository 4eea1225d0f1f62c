/** The whole reply, as a fold over the events of a stream: there is no second path to an answer. */

import type { ErrorCode } from '@moonbase/protocol'
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
  /**
   * What the server's own tools did, in the order in which they began; absent where there was nothing. Kept, because a wire
   * that tells of them in a stream has a place for them in a whole reply too.
   */
  serverTools?: ReplyServerTool[]
  finish: FinishReason
  /** The stop string that ended it, where that is known. */
  stop?: string
  /** Why the server's own tools could not go on. */
  paused?: ErrorCode
}

export interface ReplyToolCall {
  readonly name: string
  readonly id?: string
  arguments: string
}

export interface ReplyServerTool {
  readonly name: string
  readonly id: string
  /** JSON text, as in the events. */
  input: string | undefined
  output: string | undefined
  /** Characters of the choice's text that stood before it. */
  readonly at: number
}

/** UTF-16 units of text, reasoning, arguments, and of what tools were asked and answered. Far past any window, far below what would hurt. */
const MAXIMUM_UNITS = 64 * 1024 * 1024

/** Takes a supervised stream, whose protocol is already checked; throws what the stream throws. */
export async function foldReply(events: AsyncIterable<GenerationEvent>): Promise<Reply> {
  const fold = new ReplyFold()
  for await (const batch of batchesOf(events)) for (const event of batch) fold.push(event)
  return fold.reply()
}

/** The same, event by event, for whoever has other things to do with them too. One for each generation. */
export class ReplyFold {
  #engine = ''
  #model = ''
  #usage: ReportedUsage = { prompt: 0, completion: 0, cached: 0, reasoning: 0 }
  #units = 0
  readonly #choices: ReplyChoice[] = []

  /** Throws an `EngineError` of kind `limit` for more than a reply holds. */
  push(event: GenerationEvent): void {
    switch (event.type) {
      case 'start':
        this.#engine = event.engine
        this.#model = event.model
        return
      case 'reasoning':
        this.#at(event.choice).reasoning += this.#hold(event.text)
        return
      case 'text':
        this.#at(event.choice).text += this.#hold(event.text)
        return
      case 'tool-call': {
        const { toolCalls } = this.#at(event.choice)
        const call = toolCalls[event.call]
        if (call !== undefined) call.arguments += this.#hold(event.arguments)
        else toolCalls[event.call] = newCall(event, this.#hold(event.arguments))
        return
      }
      case 'server-tool':
        this.#seeServerTool(event)
        return
      case 'finish': {
        const choice = this.#at(event.choice)
        choice.finish = event.reason
        if (event.stop !== undefined) choice.stop = event.stop
        if (event.paused !== undefined) choice.paused = event.paused
        return
      }
      case 'usage':
        this.#usage = event.usage
        return
    }
  }

  /** What has been pushed so far: the whole reply behind its last event. */
  reply(): Reply {
    return { engine: this.#engine, model: this.#model, choices: this.#choices, usage: this.#usage }
  }

  #seeServerTool({ choice, name, id, input, output }: GenerationEvent & { type: 'server-tool' }): void {
    this.#hold((input ?? '') + (output ?? ''))
    const { text, serverTools = [] } = this.#at(choice)
    this.#at(choice).serverTools = serverTools
    const known = serverTools.find((tool) => tool.id === id)
    if (known === undefined) {
      serverTools.push({ name, id, input, output, at: text.length })
      return
    }
    known.input = input ?? known.input
    known.output = output ?? known.output
  }

  #at(choice: number): ReplyChoice {
    return (this.#choices[choice] ??= { reasoning: '', text: '', toolCalls: [], finish: 'stop' })
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

function newCall(event: GenerationEvent & { type: 'tool-call' }, pieces: string): ReplyToolCall {
  return { name: event.name ?? '', arguments: pieces, ...(event.id === undefined ? {} : { id: event.id }) }
}
