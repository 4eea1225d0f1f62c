/** How much fits: the model's window, or that of the engine that serves it, where it has less room. */

import type { ModelRoute } from '../routing/index.ts'
import type { Model } from '@moonbase/protocol'

export function windowOf({ model, targets }: ModelRoute): Model {
  const room = targets[0]?.replicas[0]?.engine.contextTokens
  return room === undefined || room >= model.contextLength ? model : { ...model, contextLength: room }
}
