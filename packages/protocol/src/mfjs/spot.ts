/** Where a check stands while it walks through a schema. */
import type { JsonObject } from './json.ts'
import type { MfjsLimits } from './mfjs-limits.ts'
import { type MfjsProblem, problemAt } from './mfjs-problem.ts'

export interface Spot {
  /** Keywords and names from the root to the schema at hand. One list for the whole walk: copy what is kept. */
  readonly path: readonly string[]
  readonly root: JsonObject
  readonly isRoot: boolean
  /** All of MFJS is asked for, not only what the hosted platform refused. */
  readonly ultra: boolean
  readonly limits: MfjsLimits
}

/**
 * For some keywords the hosted validator found the schema at hand again by its path, in which braces stand for a branch
 * of `anyOf`. So it refused such keywords below a property or a definition that has braces in its name, as `{id}` has.
 */
export function lostPath(spot: Spot, keyword: string): MfjsProblem | undefined {
  const isLost = spot.path.some((step) => step.includes('{') && step.includes('}'))
  return isLost ? problemAt([...spot.path, keyword], `invalid path: ${spot.path.join('.')}`) : undefined
}
