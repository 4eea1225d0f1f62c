/** MFJS as the rules that a contract asks for: is a schema MFJS, and if not, can it be made so? */

import { isJsonObject, type JsonObject } from './json.ts'
import { describeProblem } from './mfjs-problem.ts'
import { relaxMfjs } from './relax/relax-mfjs.ts'
import { type MfjsLevel, validateMfjs } from './validate-mfjs.ts'

/** Pure, and never throws. */
export const mfjsRules = {
  /** The text that stands between the angle brackets of an API error; `undefined` for MFJS of this level. */
  problem(schema: unknown, level: MfjsLevel): string | undefined {
    const problem = validateMfjs(schema, { level })
    return problem === undefined ? undefined : describeProblem(problem)
  },

  /** See `relaxMfjs`; `undefined` where the schema cannot be rewritten. */
  relax(schema: unknown, objectRoot: boolean): JsonObject | undefined {
    const relaxed = relaxMfjs(schema, { objectRoot })
    return relaxed.problem === undefined && isJsonObject(relaxed.schema) ? relaxed.schema : undefined
  },
}
