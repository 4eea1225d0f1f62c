/** Where a check stands while it walks through a schema. */
import type { JsonObject } from './json.ts'
import type { MfjsLimits } from './mfjs-limits.ts'

export interface Spot {
  /** Keywords and names from the root to the schema at hand. One list for the whole walk: copy what is kept. */
  readonly path: readonly string[]
  readonly root: JsonObject
  readonly isRoot: boolean
  /** All of MFJS is asked for, not only what the hosted platform refused. */
  readonly ultra: boolean
  readonly limits: MfjsLimits
}
