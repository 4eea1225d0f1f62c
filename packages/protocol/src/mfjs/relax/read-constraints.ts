/** The keywords that say something about values of one type, as far as MFJS can say it. */
import { isJsonObject, type JsonObject, type JsonValue } from '../json.ts'
import type { MfjsType } from '../mfjs-keywords.ts'
import { ANY_SHAPE, isSchema, type Shape, type TypedAlternative, unite } from './shape.ts'
import type { Workshop } from './workshop.ts'

/** The keywords by which a schema without a `type` shows what it speaks of. */
export const STRUCTURE: Readonly<Record<MfjsType, readonly string[]>> = {
  object: words(
    'properties required additionalProperties patternProperties propertyNames minProperties maxProperties',
    'dependentRequired dependentSchemas unevaluatedProperties',
  ),
  array: words(
    'items prefixItems additionalItems minItems maxItems uniqueItems contains minContains maxContains',
    'unevaluatedItems',
  ),
  string: words('minLength maxLength pattern contentEncoding contentMediaType'),
  number: words('minimum maximum exclusiveMinimum exclusiveMaximum multipleOf'),
  integer: [],
  boolean: [],
  null: [],
}

/** Every keyword that leaves a trace in the result. */
export const READ_KEYWORDS: ReadonlySet<string> = new Set(
  words(
    'type enum const default description title allOf anyOf oneOf $ref nullable $defs definitions',
    'properties required additionalProperties items minItems maxItems prefixItems',
    'minLength maxLength pattern minimum maximum exclusiveMinimum exclusiveMaximum',
  ),
)

function words(...lines: readonly string[]): readonly string[] {
  return lines.join(' ').split(' ')
}

type Constraints = Omit<TypedAlternative, 'kind' | 'type' | 'notes' | 'enum'>

/** Reads a schema inside this one; `step` is the way to it. */
type ReadInner = (schema: unknown, step: readonly string[]) => Shape

/** `undefined` when no value of the type can satisfy them. */
export function readConstraints(
  schema: JsonObject,
  type: MfjsType,
  path: readonly string[],
  shop: Workshop,
  read: ReadInner,
): Constraints | undefined {
  if (type === 'string') {
    const { pattern } = schema
    return { ...readCounts(schema, 'minLength', 'maxLength'), ...(typeof pattern === 'string' && { pattern }) }
  }
  if (type === 'number' || type === 'integer') return readRange(schema, type === 'integer', path, shop)
  if (type === 'array') return readItems(schema, path, shop, read)
  return type === 'object' ? readMembers(schema, path, shop, read) : {}
}

function bounds(least: number | undefined, most: number | undefined): Constraints {
  return { ...(least !== undefined && { least }), ...(most !== undefined && { most }) }
}

const numberOf = (value: JsonValue | undefined): number | undefined => (typeof value === 'number' ? value : undefined)

/** Counts are whole and not negative; a bound below zero bounds nothing from below. */
function readCounts(schema: JsonObject, low: string, high: string): Constraints {
  const least = numberOf(schema[low])
  const most = numberOf(schema[high])
  return bounds(
    least === undefined || least <= 0 ? undefined : Math.ceil(least),
    most === undefined || most < 0 ? undefined : Math.floor(most),
  )
}

/**
 * MFJS has no exclusive bounds. For integers there is always an inclusive one that says the same; for other numbers the
 * bound itself is let in.
 */
function readRange(schema: JsonObject, whole: boolean, path: readonly string[], shop: Workshop): Constraints {
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum } = schema
  // Draft 4 wrote `exclusiveMinimum: true` beside `minimum`.
  const above = exclusiveMinimum === true ? numberOf(minimum) : numberOf(exclusiveMinimum)
  const below = exclusiveMaximum === true ? numberOf(maximum) : numberOf(exclusiveMaximum)
  if (above !== undefined || below !== undefined) shop.note(path, 'replaced exclusive bounds')
  const least = lowest(numberOf(minimum), above, whole)
  // The greatest allowed is the lowest of the mirrored ones.
  const most = negated(lowest(negated(numberOf(maximum)), negated(below), whole))
  return bounds(least, most)
}

function lowest(inclusive: number | undefined, exclusive: number | undefined, whole: boolean): number | undefined {
  const candidates: number[] = []
  if (inclusive !== undefined) candidates.push(whole ? Math.ceil(inclusive) : inclusive)
  if (exclusive !== undefined) candidates.push(whole ? Math.floor(exclusive) + 1 : exclusive)
  return candidates.length === 0 ? undefined : Math.max(...candidates)
}

/** Never `-0`, which JSON would lose. */
const negated = (number: number | undefined): number | undefined => (number === undefined ? undefined : 0 - number)

/** A tuple becomes a list whose items may be any of the tuple's: positions cannot be told apart in MFJS. */
function readItems(
  schema: JsonObject,
  path: readonly string[],
  shop: Workshop,
  read: ReadInner,
): Constraints | undefined {
  const { items, prefixItems, additionalItems } = schema
  const { least, most } = readCounts(schema, 'minItems', 'maxItems')
  const prefix = Array.isArray(items) ? items : Array.isArray(prefixItems) ? prefixItems : []
  const tuple = prefix.filter(isSchema)
  const rest = Array.isArray(items) ? additionalItems : items
  if (tuple.length > 0) shop.note(path, 'replaced a tuple by a list')
  const limit = rest === false ? Math.min(most ?? Infinity, tuple.length) : most
  const hasRest = limit === undefined || limit > tuple.length
  // Where the rest may be anything, so may every item.
  if (hasRest && (!isSchema(rest) || rest === true)) return bounds(least, limit)
  const kinds = hasRest && isSchema(rest) ? [...tuple, rest] : tuple
  const shape = unite(kinds.map((kind) => read(kind, ['items'])))
  if (shape.alternatives.length > 0) return { ...bounds(least, limit), items: shape }
  return (least ?? 0) > 0 ? undefined : bounds(undefined, 0)
}

function readMembers(
  schema: JsonObject,
  path: readonly string[],
  shop: Workshop,
  read: ReadInner,
): Constraints | undefined {
  const required = readRequired(schema, path, shop)
  const properties = new Map<string, Shape>()
  for (const [name, property] of Object.entries(isJsonObject(schema['properties']) ? schema['properties'] : {})) {
    const shape = read(property, ['properties', name])
    if (shape.alternatives.length > 0) properties.set(name, shape)
    else if (required.includes(name)) return undefined
    else shop.note([...path, 'properties', name], 'dropped a property that no value fits')
  }
  const additional = readAdditional(schema, path, shop, read)
  return {
    ...(schema['properties'] !== undefined && { properties }),
    ...(required.length > 0 && { required }),
    ...(additional !== undefined && { additional }),
  }
}

function readRequired(schema: JsonObject, path: readonly string[], shop: Workshop): readonly string[] {
  const { required } = schema
  const names = Array.isArray(required) ? required.filter((name) => typeof name === 'string') : []
  const once = [...new Set(names)]
  if (required !== undefined && (!Array.isArray(required) || once.length < required.length)) {
    shop.note(path, 'cleaned required')
  }
  return once
}

/** Names that matched a pattern were no additional ones: without patterns they are, and must be let through. */
function readAdditional(
  schema: JsonObject,
  path: readonly string[],
  shop: Workshop,
  read: ReadInner,
): boolean | Shape | undefined {
  const { additionalProperties, patternProperties } = schema
  const patterns = isJsonObject(patternProperties) ? Object.values(patternProperties).filter(isSchema) : []
  if (!isSchema(additionalProperties)) return undefined
  if (typeof additionalProperties === 'boolean' && (additionalProperties || patterns.length === 0)) {
    return additionalProperties
  }
  if (patterns.length > 0) shop.note(path, 'replaced patternProperties by additionalProperties')
  const step = ['additionalProperties']
  const shapes = [...patterns, ...(additionalProperties === false ? [] : [additionalProperties])]
  const rest = unite(shapes.map((one) => (one === true ? ANY_SHAPE : read(one, step))))
  return rest.alternatives.length === 0 ? false : rest
}
