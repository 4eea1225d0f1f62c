/** The less loaded of two replicas chosen at random: nearly as good as asking all, and no herd runs to the same one. */

import type { GenerationRequest } from '../generation/index.ts'
import type { Replica } from './replica.ts'
import type { Balance } from './target.ts'

/** `random` gives numbers from 0 up to, but without, 1. */
export function leastLoad(random: () => number): Balance {
  return {
    choose(_request: GenerationRequest, replicas: readonly Replica[], now: number): Replica {
      const first = draw(replicas, random)
      if (replicas.length === 1) return first
      const second = draw(
        replicas.filter((replica) => replica !== first),
        random,
      )
      return second.cost(now) < first.cost(now) ? second : first
    },
    sent: () => undefined,
  }
}

/** By weight. */
function draw(replicas: readonly Replica[], random: () => number): Replica {
  const total = replicas.reduce((sum, { weight }) => sum + weight, 0)
  let left = random() * total
  for (const replica of replicas) {
    left -= replica.weight
    if (left < 0) return replica
  }
  const last = replicas.at(-1)
  if (last === undefined) throw new RangeError('a choice among no replicas')
  return last
}
