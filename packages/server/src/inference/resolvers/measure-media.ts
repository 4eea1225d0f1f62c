/** Videos are measured before anything is counted: how many tokens they are stands in their container. */

import type { MessageResolver } from '@moonbase/core/inference'
import { type MeasureVideo, holdsUnmeasured, resolveMedia } from '../../media/resolve-media.ts'

export function measureMedia(measure: MeasureVideo): MessageResolver {
  return {
    resolve: (messages, { signal, model, terms: { scope: owner } }) =>
      holdsUnmeasured(messages) ? resolveMedia(messages, measure, { owner, signal }, model.contextLength) : messages,
  }
}
