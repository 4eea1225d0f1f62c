/** Who is asked next: engines in their order, and of an engine a replica that may be asked and has not failed this request. */

import type { GenerationRequest } from '../generation/index.ts'
import { missingAbility } from './missing-ability.ts'
import type { Replica } from './replica.ts'
import type { Target } from './target.ts'

export interface Chosen {
  readonly target: Target
  readonly replica: Replica
}

/** Nobody can be asked now. */
export interface Nobody {
  /** What every engine lacks for this request, when that is why. */
  readonly ability: string | undefined
  /** Milliseconds until somebody may be asked again; infinite when nobody will. */
  readonly waitMs: number
  /** Somebody is there, and has no room. */
  readonly full: boolean
}

/**
 * Replicas that have failed this request are asked again only when all others have too. One that its health checks call
 * ill is the last resort: they may be wrong, and a request that is not sent is lost for certain.
 *
 * @param failed how often each replica has failed this request; infinite for one that must not be asked again.
 */
export function chooseReplica(
  targets: readonly Target[],
  request: GenerationRequest,
  failed: ReadonlyMap<Replica, number> | undefined,
  now: number,
): Chosen | Nobody {
  let ability: string | undefined
  let waitMs = Infinity
  let full = false
  let able = false
  let ill: Chosen | undefined
  let again: (Chosen & { readonly failures: number }) | undefined
  for (const target of targets) {
    const missing = missingAbility(request, target.can)
    if (missing !== undefined) {
      ability ??= missing
      continue
    }
    able = true
    const open: Replica[] = []
    for (const replica of target.replicas) {
      const failures = failed?.get(replica) ?? 0
      if (failures === Infinity) continue
      const wait = replica.waitMs(now)
      if (wait > 0) {
        waitMs = Math.min(waitMs, wait)
        full ||= replica.isCooling(now)
      } else if (!replica.healthy) ill ??= failures === 0 ? { target, replica } : undefined
      else if (failures === 0) open.push(replica)
      else if (again === undefined || failures < again.failures) again = { target, replica, failures }
    }
    if (open.length > 0) return { target, replica: target.balance.choose(request, open, now) }
  }
  return again ?? ill ?? { ability: able ? undefined : ability, waitMs, full }
}
