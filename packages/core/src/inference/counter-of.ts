/** Who counts the tokens of a model: its own engine, where that has a vocabulary, so that limits, estimates and bills agree. */

import type { TokenCounter } from '../generation/index.ts'
import type { ModelRoute } from '../routing/index.ts'

export function counterOf({ targets }: ModelRoute, counter: TokenCounter): TokenCounter {
  return targets[0]?.replicas[0]?.engine.counter ?? counter
}
