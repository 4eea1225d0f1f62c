/** The problem of a schema as the text that an error quotes. */

import { describeProblem } from '../mfjs-problem.ts'
import { type MfjsOptions, validateMfjs } from '../validate-mfjs.ts'

export const ULTRA: MfjsOptions = { level: 'ultra' }

/** The text of the first problem; empty when there is none. */
export function problemOf(schema: unknown, options: MfjsOptions = {}): string {
  const problem = validateMfjs(schema, options)
  return problem === undefined ? '' : describeProblem(problem)
}

export const object = (properties: unknown, more: object = {}): object => ({ type: 'object', properties, ...more })
