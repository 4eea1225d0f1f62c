/** Who counts the tokens of a model: its own engine, where that has a vocabulary, so that limits, estimates and bills agree. */

import type { TokenCounter } from '@moonbase/core/generation'
import type { ModelRoute } from '@moonbase/core/routing'

export function counterOf({ targets }: ModelRoute, counter: TokenCounter): TokenCounter {
  return targets[0]?.replicas[0]?.engine.counter ?? counter
}
