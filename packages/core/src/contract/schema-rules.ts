/** What the schemas of a request may be: handed in, because the rules of MFJS are larger than all others together. */

import type { JsonSchema } from '../generation/index.ts'

export interface SchemaRules {
  /**
   * What is wrong with a schema, in the platform's words, or `undefined`. Of level `strict` is what was refused in tools,
   * of level `ultra` what the specification forbids.
   */
  problem(schema: JsonSchema, level: 'strict' | 'ultra'): string | undefined
  /**
   * A schema of level `ultra` that allows at least as much, or `undefined` where there is none. With `objectRoot` its type
   * is `object`.
   */
  relax(schema: JsonSchema, objectRoot: boolean): JsonSchema | undefined
}

/** Where nobody handed rules in: every object is a schema. */
export const ANY_SCHEMA: SchemaRules = { problem: () => undefined, relax: (schema) => schema }
