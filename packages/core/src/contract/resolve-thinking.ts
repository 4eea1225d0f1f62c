/** Does the model think before it answers? */

import { type Model } from '@moonbase/protocol'
import { apiError } from '@moonbase/protocol/errors'
import type { RequestDraft } from '../generation/index.ts'

/** Thinking is on where the model has it and the request says nothing. */
export function resolveThinking(draft: Pick<RequestDraft, 'thinking'>, model: Model): boolean {
  switch (model.thinking) {
    case 'switch':
      return draft.thinking ?? true
    case 'always':
      if (draft.thinking === false) throw apiError('fixed_thinking', { type: 'enabled' })
      return true
    case 'never':
      if (draft.thinking === true) throw apiError('fixed_thinking', { type: 'disabled' })
      return false
  }
}
