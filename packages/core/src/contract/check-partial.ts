/** Partial mode: the last message, and only the last, may be a prefix; a JSON object cannot be asked for beside it. */

import { apiError } from '@moonbase/protocol/errors'
import type { DraftMessage, ResponseFormat } from '../generation/index.ts'

export function checkPartial(messages: readonly DraftMessage[], format: ResponseFormat): void {
  for (const [index, message] of messages.entries()) {
    if (message.role !== 'assistant' || !message.partial) continue
    if (index !== messages.length - 1) {
      throw apiError('invalid_request', { details: 'partial is only allowed in the last message' })
    }
    if (message.toolCalls.length > 0) {
      throw apiError('invalid_request', { details: 'a partial message must not hold tool_calls' })
    }
    if (format.type === 'json_object') {
      throw apiError('invalid_request', { details: 'partial is incompatible with response_format json_object' })
    }
  }
}
