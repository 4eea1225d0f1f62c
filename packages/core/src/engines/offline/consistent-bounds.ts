/**
 * A schema that contradicts itself, as one that can be filled. Moonshot's validator looks at no bounds of numbers, texts and lists, so
 * such tools are valid on the platform at `strict`, and the model calls them: whoever wrote `minimum: 5, maximum: 3` gets a number.
 */

import type { JsonSchema } from '../../generation/index.ts'
import { boundOf, enumOf, isRecord, takesScalar, typesOf } from './schema-view.ts'

/** Keywords that hold one schema, schemas by name, and schemas in a list. */
const ONE: ReadonlySet<string> = new Set(['items', 'additionalProperties'])
const NAMED: ReadonlySet<string> = new Set(['properties', '$defs', 'definitions'])
const LISTED: ReadonlySet<string> = new Set(['anyOf', 'oneOf', 'allOf'])
/** Of what cannot be had together the lower bound is kept. */
const PAIRS: readonly (readonly [lower: string, upper: string])[] = [
  ['minLength', 'maxLength'],
  ['minItems', 'maxItems'],
]
/** What may keep a listed value from being one. */
const LIMITS = ['type', 'minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'minLength', 'maxLength']

/** The same object where nothing in it contradicts. The depth of a schema is limited where requests are read. */
export function withoutContradictions(schema: JsonSchema): JsonSchema {
  const changed = new Map<string, unknown>()
  for (const [keyword, value] of Object.entries(schema)) {
    const consistent = withinKeyword(keyword, value)
    if (consistent !== value) changed.set(keyword, consistent)
  }
  const dropped = contradictingIn(schema)
  if (changed.size === 0 && dropped.length === 0) return schema
  const kept = Object.entries(schema).filter(([keyword]) => !dropped.includes(keyword))
  return Object.fromEntries(kept.map(([keyword, value]) => [keyword, changed.get(keyword) ?? value]))
}

function withinKeyword(keyword: string, value: unknown): unknown {
  if (ONE.has(keyword)) return isRecord(value) ? withoutContradictions(value) : value
  if (NAMED.has(keyword) && isRecord(value)) {
    const entries = Object.entries(value)
    const consistent = entries.map(
      ([name, each]) => [name, isRecord(each) ? withoutContradictions(each) : each] as const,
    )
    return consistent.some(([, each], index) => each !== entries[index]?.[1]) ? Object.fromEntries(consistent) : value
  }
  if (!LISTED.has(keyword) || !Array.isArray(value)) return value
  const consistent = value.map((each: unknown) => (isRecord(each) ? withoutContradictions(each) : each))
  return consistent.some((each, index) => each !== value[index]) ? consistent : value
}

/** Keywords that have to go. */
function contradictingIn(schema: JsonSchema): string[] {
  const options = enumOf(schema)
  // Of a list of values one is taken, whatever is said beside it.
  if (options !== undefined && options.length > 0)
    return options.some((each) => takesScalar(schema, each)) ? [] : LIMITS
  const dropped = PAIRS.flatMap(([lower, upper]) =>
    boundOf(schema, lower, 0) > boundOf(schema, upper, Infinity) ? [upper] : [],
  )
  return hasNoNumber(schema) ? [...dropped, 'maximum', 'exclusiveMaximum'] : dropped
}

function hasNoNumber(schema: JsonSchema): boolean {
  const [least, above] = [boundOf(schema, 'minimum', -Infinity), boundOf(schema, 'exclusiveMinimum', -Infinity)]
  const [most, below] = [boundOf(schema, 'maximum', Infinity), boundOf(schema, 'exclusiveMaximum', Infinity)]
  if (least > most || above >= below || above >= most || least >= below) return true
  if (typesOf(schema).includes('number') || !typesOf(schema).includes('integer')) return false
  const [first, last] = [
    Math.max(Math.ceil(least), Math.floor(above) + 1),
    Math.min(Math.floor(most), Math.ceil(below) - 1),
  ]
  return first > last
}
