/** What a client sees of one round: everything but the calls that the server answers itself, and no end that is not the last. */

import type { EventBatch, GenerationEvent, ReportedUsage, Usage } from '@moonbase/core/generation'

type Finish = GenerationEvent & { readonly type: 'finish' }
type Call = GenerationEvent & { readonly type: 'tool-call' }

/** One for each round. Takes supervised events of one choice. */
export class RoundSieve {
  /** Calls that the server answers, by their numbers in the round. */
  readonly served: number[] = []
  /** How the round ended; held back when it is not the end of the answer. */
  finish: Finish | undefined
  /** Of this round and those before it; told by the last round, and by nobody else. */
  usage: Usage
  /** The usage has come, which is the last of a round. */
  isOver = false
  readonly #names: ReadonlySet<string>
  readonly #isFirst: boolean
  /** By number in the round, the number that the client sees: its own calls are counted without gaps. */
  readonly #numbers = new Map<number, number>()

  /** @param before of the rounds before it; `undefined`: there are none */
  constructor(names: ReadonlySet<string>, before: Usage | undefined) {
    this.#names = names
    this.#isFirst = before === undefined
    this.usage = before ?? { prompt: 0, completion: 0, cached: 0, reasoning: 0 }
  }

  /** Calls that are the client's to answer. */
  get clientCalls(): number {
    return this.#numbers.size
  }

  /** There is something to be done by the server: known at the finish. A call that was cut is not run. */
  get goesOn(): boolean {
    const reason = this.finish?.reason
    return this.served.length > 0 && reason !== undefined && reason !== 'length' && reason !== 'content_filter'
  }

  /** The same batch where nothing of it is changed; may be empty. */
  push(batch: EventBatch): EventBatch {
    const passed: GenerationEvent[] = []
    let same = true
    for (const event of batch) {
      const one = this.#pass(event)
      if (one !== undefined) passed.push(one)
      same &&= one === event
    }
    return same ? batch : passed
  }

  #pass(event: GenerationEvent): GenerationEvent | undefined {
    switch (event.type) {
      case 'start':
        return this.#isFirst ? event : undefined
      case 'reasoning':
      case 'text':
      case 'server-tool':
        return event
      case 'tool-call':
        return this.#passCall(event)
      case 'finish':
        this.finish = event
        return this.goesOn ? undefined : event
      case 'usage':
        this.usage = sumOf(this.usage, event.usage)
        this.isOver = true
        if (this.goesOn) return undefined
        return this.#isFirst ? event : { type: 'usage', usage: this.usage }
    }
  }

  #passCall(event: Call): Call | undefined {
    if (this.served.includes(event.call)) return undefined
    let number = this.#numbers.get(event.call)
    if (number === undefined) {
      // The first piece has the whole name.
      if (this.#names.has(event.name ?? '')) {
        this.served.push(event.call)
        return undefined
      }
      number = this.#numbers.size
      this.#numbers.set(event.call, number)
    }
    return number === event.call ? event : { ...event, call: number }
  }
}

/** Each round has read a prompt of its own, and is paid for it: prompts are added up like all else. */
export function sumOf(before: Usage, { prompt, completion, cached, reasoning = 0 }: ReportedUsage): Usage {
  return {
    prompt: before.prompt + prompt,
    completion: before.completion + completion,
    cached: before.cached + cached,
    reasoning: before.reasoning + reasoning,
  }
}
