/** Single values against a schema, its pattern included, and the text that fits one best. */

import type { JsonSchema } from '../../generation/index.ts'
import { patternSample, patternTakes } from './pattern-sample.ts'
import { boundOf, codePointLength, takesScalar } from './schema-view.ts'

export function takesValue(schema: JsonSchema, value: unknown): boolean {
  if (!takesScalar(schema, value)) return false
  const pattern = patternOf(schema)
  return pattern === undefined || typeof value !== 'string' || patternTakes(pattern, value) !== false
}

/** The text itself where the schema takes it, else the nearest to it: cut, filled up, or made by the pattern. */
export function fittedText(schema: JsonSchema, text: string): string {
  const shortest = boundOf(schema, 'minLength', 0)
  const longest = boundOf(schema, 'maxLength', Infinity)
  const pattern = patternOf(schema)
  if (pattern !== undefined && patternTakes(pattern, text) !== true) {
    const sample = patternSample(pattern, shortest, longest)
    if (sample !== undefined) return sample
  }
  let fitted = text
  if (codePointLength(fitted) > longest) fitted = Array.from(fitted).slice(0, longest).join('').trimEnd()
  const missing = shortest - codePointLength(fitted)
  // `SchemaHeights` has refused lengths that no memory should be asked for.
  if (missing > 0) fitted += FILLING.repeat(Math.ceil(missing / FILLING.length)).slice(0, missing)
  return fitted
}

const FILLING = ' and so on, as long as it has to be,'

function patternOf(schema: JsonSchema): string | undefined {
  return typeof schema['pattern'] === 'string' ? schema['pattern'] : undefined
}
