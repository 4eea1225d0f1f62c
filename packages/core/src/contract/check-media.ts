/** Images and videos only for models that see them. Own words; the platform's are not known. */

import { type Model, apiError } from '@moonbase/protocol'
import type { Message } from '../generation/index.ts'

export function checkMedia(messages: readonly Message[], model: Model): void {
  if (model.images && model.video) return
  for (const message of messages) {
    if (typeof message.content === 'string') continue
    for (const part of message.content) {
      if (part.type === 'text' || (part.type === 'image' ? model.images : model.video)) continue
      throw apiError('invalid_request', { details: `model ${model.id} does not support ${part.type} input` })
    }
  }
}
