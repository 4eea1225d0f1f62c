/** Images and videos, here or elsewhere, only for models that see them. */

import { type Model } from '@moonbase/protocol'
import { apiError } from '@moonbase/protocol/errors'
import { type DraftMessage, mediumOf } from '../generation/index.ts'

/** @param known messages that were looked at before, as the objects that they are */
export function checkMedia(messages: readonly DraftMessage[], model: Model, known?: ReadonlySet<DraftMessage>): void {
  if (model.images && model.video) return
  for (const [position, message] of messages.entries()) {
    if (typeof message.content === 'string' || known?.has(message) === true) continue
    for (const part of message.content) {
      const medium = mediumOf(part)
      if (medium === undefined || (medium === 'image' ? model.images : model.video)) continue
      throw apiError('invalid_part', { position, role: message.role, part: `${medium}_url` })
    }
  }
}
