/** What the schema dialect of the platform finds wrong with a schema, one line a fault. */

import { describeProblem, validateMfjs, validateMfjsText } from '@moonbase/protocol/mfjs'

export function faultsOfText(text: string): readonly string[] {
  const problem = validateMfjsText(text)
  return problem === undefined ? [] : describeProblem(problem).split('\n')
}

export function faultsOf(schema: unknown): readonly string[] {
  const problem = validateMfjs(schema)
  return problem === undefined ? [] : describeProblem(problem).split('\n')
}
