/**
 * From items to messages: a thought, a text and calls that follow each other are one answer of the model, and so one message.
 *
 * What closes an answer is whatever the model has not said: a user's message, a result. Calls of one answer stay together all
 * the same when a client sends each of them with its result behind it.
 */

import type { AssistantMessage, Content, DraftMessage, DraftPart, ToolCall } from '../../generation/index.ts'
import { isSameAnswer } from './item-ids.ts'

interface OpenAnswer {
  reasoning: string | undefined
  content: DraftPart[]
  hasText: boolean
  readonly calls: ToolCall[]
}

export class Conversation {
  readonly #messages: DraftMessage[] = []
  #answer: OpenAnswer | undefined
  /** Where the last answer stands while nothing but results stands behind it. */
  #answered: number | undefined

  messages(): readonly DraftMessage[] {
    this.#close()
    return this.#messages
  }

  say(message: DraftMessage): void {
    this.#close()
    this.#answered = undefined
    this.#messages.push(message)
  }

  think(text: string): void {
    const answer = this.#open(({ hasText, calls }) => hasText && calls.length === 0)
    answer.reasoning = (answer.reasoning ?? '') + text
  }

  answer(content: Content<DraftPart>): void {
    const answer = this.#open(({ hasText, calls }) => hasText && calls.length === 0)
    answer.hasText = true
    if (typeof content !== 'string') answer.content.push(...content)
    else if (content !== '') answer.content.push({ type: 'text', text: content })
  }

  call(call: ToolCall): void {
    if (this.#answer === undefined && this.#joins(call)) return
    this.#open(() => false).calls.push(call)
  }

  result(toolCallId: string, content: Content<DraftPart>): void {
    this.#close()
    this.#messages.push({ role: 'tool', toolCallId, content })
  }

  /** The answer that is being read, or a new one. */
  #open(isAnother: (answer: OpenAnswer) => boolean): OpenAnswer {
    if (this.#answer !== undefined && isAnother(this.#answer)) this.#close()
    this.#answer ??= { reasoning: undefined, content: [], hasText: false, calls: [] }
    return this.#answer
  }

  /** Whether the call belongs to the last answer, some results of which have come already. */
  #joins(call: ToolCall): boolean {
    const place = this.#answered
    const message = place === undefined ? undefined : this.#messages[place]
    if (place === undefined || message?.role !== 'assistant') return false
    const last = message.toolCalls.at(-1)
    if (last === undefined || !isSameAnswer(last.id, call.id)) return false
    this.#messages[place] = { ...message, toolCalls: [...message.toolCalls, call] }
    return true
  }

  #close(): void {
    const answer = this.#answer
    this.#answer = undefined
    if (answer === undefined) return
    const { reasoning, content, calls } = answer
    // A thought that came to nothing is no message.
    if (content.length === 0 && calls.length === 0) return
    const message: AssistantMessage<DraftPart> = {
      role: 'assistant',
      content: contentOf(content),
      toolCalls: calls,
      partial: false,
      ...(reasoning === undefined ? {} : { reasoning }),
    }
    this.#answered = this.#messages.length
    this.#messages.push(message)
  }
}

function contentOf(parts: readonly DraftPart[]): Content<DraftPart> {
  if (parts.some((part) => part.type !== 'text')) return parts
  let text = ''
  for (const part of parts) if (part.type === 'text') text += part.text
  return text
}
