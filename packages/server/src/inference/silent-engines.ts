/** Engines that do not say what they have read and written: their prompts are counted from the asking on, and not at the end. */

import type { Engine } from '@moonbase/core/generation'
import type { RunFacts } from '@moonbase/core/inference'
import type { ModelRoute } from '@moonbase/core/routing'

/** By their last complete answer. */
const SILENT = new WeakSet<Engine>()

/** Told behind each complete answer. */
export function noteReport({ trace: { engine }, reported }: RunFacts): void {
  if (engine === undefined) return
  if (reported === true) SILENT.delete(engine)
  else SILENT.add(engine)
}

/** Whether any of the engines that may answer is known to be one. */
export function mayBeSilent({ targets }: ModelRoute): boolean {
  return targets.some(({ replicas }) => replicas.some(({ engine }) => SILENT.has(engine)))
}
