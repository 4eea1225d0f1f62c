/** Rules of schemas that look at each schema once: tools that are known are the same values each time. */

import type { SchemaRules } from '@moonbase/core/contract'

type Level = Parameters<SchemaRules['problem']>[1]
type Schema = Parameters<SchemaRules['problem']>[0]

/** A schema is a value that nobody changes. What was found out is forgotten with it. */
export class RememberedRules implements SchemaRules {
  readonly #rules: SchemaRules
  readonly #found: Readonly<Record<Level, WeakMap<Schema, { readonly problem: string | undefined }>>> = {
    strict: new WeakMap(),
    ultra: new WeakMap(),
  }

  constructor(rules: SchemaRules) {
    this.#rules = rules
  }

  problem(schema: Schema, level: Level): string | undefined {
    const found = this.#found[level].get(schema)
    if (found !== undefined) return found.problem
    const problem = this.#rules.problem(schema, level)
    this.#found[level].set(schema, { problem })
    return problem
  }

  relax(schema: Schema, objectRoot: boolean): Schema | undefined {
    return this.#rules.relax(schema, objectRoot)
  }
}
