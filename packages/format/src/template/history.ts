/** Which messages are history, and which one is open: reasoning is read again only behind the one and in the other. */

import type { PromptMessage } from '../prompt.ts'

export type AssistantMessage = Extract<PromptMessage, { role: 'assistant' }>

/** The message that the answer goes on from. */
export function openMessage(messages: readonly PromptMessage[]): AssistantMessage | undefined {
  const last = messages.at(-1)
  return last?.role === 'assistant' && last.partial ? last : undefined
}

/** How many messages are history. */
export function historyLength(messages: readonly PromptMessage[], open: AssistantMessage | undefined): number {
  const last = messages.findLastIndex((message) => {
    if (message.role !== 'assistant' || message.toolCalls.length > 0) return false
    return message !== open || message.reasoning === undefined
  })
  return last + 1
}
