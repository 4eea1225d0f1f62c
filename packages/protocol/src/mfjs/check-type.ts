/** The `type` of a schema, and what that type allows beside it: the keywords and their bounds. */
import type { JsonObject, JsonValue } from './json.ts'
import { ANNOTATIONS, isMfjsType, KEYWORDS_OF_TYPE, type MfjsType, ROOT_KEYWORDS } from './mfjs-keywords.ts'
import { type MfjsProblem, problemAt } from './mfjs-problem.ts'
import type { Spot } from './spot.ts'

/** The first problem with `type` and its neighbours. A schema without `type` allows everything here. */
export function checkType(schema: JsonObject, spot: Spot): MfjsProblem | undefined {
  const { type } = schema
  if (type === undefined) return undefined
  return checkTypeShape(type, spot) ?? checkTypeList(schema, typesOf(schema), spot) ?? checkTypeKeywords(schema, spot)
}

/** The types a schema names, in its order; none when it names none. */
export function typesOf(schema: JsonObject): readonly MfjsType[] {
  const { type } = schema
  if (isMfjsType(type)) return [type]
  return Array.isArray(type) ? type.filter(isMfjsType) : []
}

function checkTypeShape(type: JsonValue, spot: Spot): MfjsProblem | undefined {
  if (Array.isArray(type)) {
    if (type.length === 0) return problemAt(spot.path, 'type array cannot be empty')
    return type.every(isMfjsType) ? undefined : problemAt(spot.path, 'invalid type in type array')
  }
  if (typeof type !== 'string') return problemAt(spot.path, 'type must be string or array of strings')
  return isMfjsType(type) ? undefined : problemAt(spot.path, 'invalid type')
}

/** Several types at once allow annotations only, or an `enum` beside one plain type and `null`. */
function checkTypeList(schema: JsonObject, types: readonly MfjsType[], spot: Spot): MfjsProblem | undefined {
  if (spot.ultra && new Set(types).size < types.length) {
    return problemAt(spot.path, 'duplicate types in type array')
  }
  if (types.length < 2) return undefined
  const hasEnum = schema['enum'] !== undefined && schema['enum'] !== null
  if (hasEnum) {
    const nested = types.find((type) => type === 'object' || type === 'array')
    if (nested !== undefined) {
      return problemAt(spot.path, `type ${nested} is not allowed in combination with enum`)
    }
    if (types.length === 2) return undefined
  }
  const foreign = Object.keys(schema).find(
    (keyword) => keyword !== 'type' && !ANNOTATIONS.has(keyword) && !(spot.isRoot && ROOT_KEYWORDS.has(keyword)),
  )
  return foreign === undefined
    ? undefined
    : problemAt(spot.path, `keyword ${foreign} is not allowed in combination with multiple types`)
}

function checkTypeKeywords(schema: JsonObject, spot: Spot): MfjsProblem | undefined {
  const [type] = typesOf(schema)
  if (type === undefined) return undefined
  return checkBounds(schema, type, spot) ?? (spot.ultra ? checkForeignKeywords(schema, type, spot) : undefined)
}

function checkForeignKeywords(schema: JsonObject, type: MfjsType, spot: Spot): MfjsProblem | undefined {
  const keywords = Object.keys(schema)
  const misplaced = spot.isRoot ? undefined : keywords.find((keyword) => ROOT_KEYWORDS.has(keyword))
  if (misplaced !== undefined) return problemAt(spot.path, `keyword ${misplaced} must be at root level`)
  const foreign = keywords.filter((keyword) => !KEYWORDS_OF_TYPE[type].has(keyword) && !ROOT_KEYWORDS.has(keyword))
  return foreign.length === 0 ? undefined : problemAt(spot.path, `invalid keywords: ${foreign.join(', ')}`)
}

function checkBounds(schema: JsonObject, type: MfjsType, spot: Spot): MfjsProblem | undefined {
  if (type === 'string') return checkCounts(schema, 'minLength', 'maxLength', spot)
  if (type === 'array') return checkCounts(schema, 'minItems', 'maxItems', spot)
  return type === 'number' || type === 'integer' ? checkRange(schema, spot) : undefined
}

/** Two counts. A bound of `null` counts as none, as it did on the hosted platform. */
function checkCounts(schema: JsonObject, low: string, high: string, spot: Spot): MfjsProblem | undefined {
  for (const keyword of [low, high]) {
    const count = schema[keyword] ?? null
    if (count === null) continue
    if (typeof count !== 'number') return problemAt(spot.path, `${keyword} must be an integer`)
    if (count < 0) return problemAt(spot.path, `${keyword} must be non-negative`)
    if (!Number.isInteger(count)) return problemAt(spot.path, 'not a valid integer')
  }
  const reversed = reversedBounds(schema, low, high)
  return reversed === undefined ? undefined : problemAt([...spot.path, low], reversed)
}

function checkRange(schema: JsonObject, spot: Spot): MfjsProblem | undefined {
  const whole = typesOf(schema).includes('integer')
  for (const keyword of ['minimum', 'maximum']) {
    const bound = schema[keyword] ?? null
    if (bound === null) continue
    if (typeof bound !== 'number')
      return problemAt(spot.path, `${keyword} must be ${whole ? 'an integer' : 'a number'}`)
    if (whole && !Number.isInteger(bound)) return problemAt(spot.path, 'not a valid integer')
  }
  const reversed = reversedBounds(schema, 'minimum', 'maximum')
  return reversed === undefined ? undefined : problemAt(spot.path, reversed)
}

function reversedBounds(schema: JsonObject, low: string, high: string): string | undefined {
  const least = schema[low]
  const most = schema[high]
  if (typeof least !== 'number' || typeof most !== 'number' || least <= most) return undefined
  return `${low} (${least}) cannot be greater than ${high} (${most})`
}
