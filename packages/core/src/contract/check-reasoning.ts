/** A thinking model needs its own thoughts back, for every tool call of the current turn. */

import { apiError } from '@moonbase/protocol/errors'
import type { DraftMessage } from '../generation/index.ts'

/**
 * The current turn is what follows the last user message; earlier turns may have lost their reasoning. An empty string
 * counts as sent: sources disagree about it, and a client that keeps the field did its part.
 */
export function checkReasoning(messages: readonly DraftMessage[]): void {
  const turn = messages.findLastIndex((message) => message.role === 'user')
  for (let index = turn + 1; index < messages.length; index += 1) {
    const message = messages[index]
    if (message?.role === 'assistant' && message.toolCalls.length > 0 && message.reasoning === undefined) {
      throw apiError('missing_reasoning', { index })
    }
  }
}
