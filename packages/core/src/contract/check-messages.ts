/** No message is empty, but for a tool's that printed nothing, and an assistant's that calls tools or is a prefix with a name or a thought. */

import { apiError } from '@moonbase/protocol/errors'
import type { DraftMessage } from '../generation/index.ts'

/** @param known messages that were looked at before, as the objects that they are */
export function checkMessages(messages: readonly DraftMessage[], known?: ReadonlySet<DraftMessage>): void {
  for (const [position, message] of messages.entries()) {
    if (known?.has(message) === true) continue
    if (holdsNul(message.content)) {
      const details = `message content at position ${position} must be a valid UTF-8 string: string contains \\x00`
      throw apiError('invalid_request', { details })
    }
    // A silent command is an everyday step.
    if (message.role === 'tool') continue
    if (typeof message.content === 'string') {
      if (message.content !== '' || mayBeEmpty(message)) continue
    } else {
      if (message.content.some((part) => part.type === 'text' && part.text === '')) throw apiError('empty_text')
      if (message.content.length > 0 || mayBeEmpty(message)) continue
    }
    throw apiError('empty_message', { position, role: message.role })
  }
}

/** The platform took none (user reports), and hosts written in C end a text there. */
function holdsNul(content: DraftMessage['content']): boolean {
  if (typeof content === 'string') return content.includes('\0')
  return content.some((part) => part.type === 'text' && part.text.includes('\0'))
}

function mayBeEmpty(message: DraftMessage): boolean {
  if (message.role !== 'assistant') return false
  if (message.toolCalls.length > 0) return true
  return message.partial && Boolean(message.name || message.reasoning)
}
