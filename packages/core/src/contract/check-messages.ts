/** No message is empty, but for a tool's that printed nothing, and an assistant's that calls tools or is a prefix with a name or a thought. */

import { apiError } from '@moonbase/protocol/errors'
import type { DraftMessage } from '../generation/index.ts'

/** @param known messages that were looked at before, as the objects that they are */
export function checkMessages(messages: readonly DraftMessage[], known?: ReadonlySet<DraftMessage>): void {
  for (const [position, message] of messages.entries()) {
    // A silent command is an everyday step.
    if (message.role === 'tool' || known?.has(message) === true) continue
    if (typeof message.content === 'string') {
      if (message.content !== '' || mayBeEmpty(message)) continue
    } else {
      if (message.content.some((part) => part.type === 'text' && part.text === '')) throw apiError('empty_text')
      if (message.content.length > 0 || mayBeEmpty(message)) continue
    }
    throw apiError('empty_message', { position, role: message.role })
  }
}

function mayBeEmpty(message: DraftMessage): boolean {
  if (message.role !== 'assistant') return false
  if (message.toolCalls.length > 0) return true
  return message.partial && Boolean(message.name || message.reasoning)
}
