/** What has been generated so far: enough to count it, and to go on from it on another engine. */

import type { FinishReason, GenerationEvent } from './event.ts'
import type { AssistantMessage, Content } from './request.ts'

export interface TranscribedCall {
  readonly name: string
  readonly id?: string
  arguments: string
}

const NO_CALLS: readonly TranscribedCall[] = []

/** Joins pieces as they pass; a join costs nothing while they stream. Only the first choice is kept in parts. */
export class Transcript {
  reasoning = ''
  text = ''
  /** What the other choices thought. */
  otherReasoning = ''
  /** Everything else that the other choices said. */
  others = ''
  /** How the first choice ended; `undefined` while it has not. */
  finish: FinishReason | undefined
  /** Most answers call nothing. */
  #calls: TranscribedCall[] | undefined

  get calls(): readonly TranscribedCall[] {
    return this.#calls ?? NO_CALLS
  }

  see(event: GenerationEvent): void {
    switch (event.type) {
      case 'text':
        if (event.choice === 0) this.text += event.text
        else this.others += event.text
        return
      case 'reasoning':
        if (event.choice === 0) this.reasoning += event.text
        else this.otherReasoning += event.text
        return
      case 'tool-call':
        if (event.choice === 0) this.#seeCall(event)
        else this.others += (event.name ?? '') + event.arguments
        return
      case 'finish':
        if (event.choice === 0) this.finish = event.reason
        return
      case 'start':
      // The model has not generated it.
      case 'server-tool':
      case 'usage':
        return
    }
  }

  /** Nothing of the answer has been seen. */
  get empty(): boolean {
    return this.size === 0 && this.calls.length === 0
  }

  /** Characters seen. */
  get size(): number {
    return this.reasoning.length + this.otherReasoning.length + this.answer.length
  }

  /** All that is no reasoning: the text of the first choice, its calls, and what the other choices said. */
  get answer(): string {
    let answer = this.text
    for (const { name, arguments: given } of this.calls) answer += name + given
    return answer + this.others
  }

  /**
   * The beginning of the answer as a message to go on from, behind the prefix that the client itself sent, if any. The
   * last call, where there is one, is open: whether its arguments are complete is for the model to say.
   */
  toPartial(prefix: AssistantMessage | undefined): AssistantMessage {
    const reasoning = (prefix?.reasoning ?? '') + this.reasoning
    return {
      role: 'assistant',
      ...(prefix?.name === undefined ? {} : { name: prefix.name }),
      content: joined(prefix?.content ?? '', this.text),
      ...(reasoning === '' && prefix?.reasoning === undefined ? {} : { reasoning }),
      toolCalls: this.calls.map(({ name, id, arguments: text }, index) => ({
        id: id ?? `${name}:${index}`,
        builtin: false,
        name,
        arguments: text,
      })),
      partial: true,
    }
  }

  #seeCall({ call, name = '', id, arguments: piece }: GenerationEvent & { type: 'tool-call' }): void {
    const known = this.#calls?.[call]
    if (known === undefined) {
      this.#calls ??= []
      this.#calls[call] = { name, ...(id === undefined ? {} : { id }), arguments: piece }
    } else known.arguments += piece
  }
}

function joined(content: Content, text: string): Content {
  if (typeof content === 'string') return content + text
  return text === '' ? content : [...content, { type: 'text', text }]
}
