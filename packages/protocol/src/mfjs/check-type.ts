/** The `type` of a schema, and which keywords it allows beside it. */
import { checkBounds } from './check-bounds.ts'
import type { JsonObject } from './json.ts'
import { ANNOTATIONS, isMfjsType, KEYWORDS_OF_TYPE, type MfjsType, ROOT_KEYWORDS } from './mfjs-keywords.ts'
import { type MfjsProblem, problemAt } from './mfjs-problem.ts'
import type { Spot } from './spot.ts'

/**
 * The first problem with `type` and its neighbours. A schema without `type` allows everything here, and so does one whose
 * `type` is neither a text nor a list: that is found with the other keywords, at the place of `type` among them.
 */
export function checkType(schema: JsonObject, spot: Spot): MfjsProblem | undefined {
  const { type } = schema
  if (typeof type === 'string' && !isMfjsType(type)) return problemAt(spot.path, 'invalid type')
  if (Array.isArray(type)) {
    if (type.length > 1 && schema['enum'] !== undefined) {
      const nested = type.find((one) => one === 'object' || one === 'array')
      if (nested !== undefined) return problemAt(spot.path, `type ${nested} is not allowed in combination with enum`)
    }
    if (!type.every(isMfjsType)) return problemAt(spot.path, 'invalid type in type array')
    if (type.length === 0) return problemAt(spot.path, 'type array cannot be empty')
  }
  const types = typesOf(schema)
  const problem = types.length > 1 ? checkSeveral(schema, types, spot) : undefined
  if (problem !== undefined || !spot.ultra || types.length === 0) return problem
  return checkForeignKeywords(schema, types, spot) ?? checkBounds(schema, types, spot)
}

/** The types a schema names, in its order; none when it names none. */
export function typesOf(schema: JsonObject): readonly MfjsType[] {
  const { type } = schema
  if (isMfjsType(type)) return [type]
  return Array.isArray(type) ? type.filter(isMfjsType) : []
}

/** Several types at once allow annotations only, or an `enum` beside two. */
function checkSeveral(schema: JsonObject, types: readonly MfjsType[], spot: Spot): MfjsProblem | undefined {
  if (types.length === 2 && schema['enum'] !== undefined && schema['enum'] !== null) return undefined
  const foreign = Object.keys(schema).find(
    (keyword) => keyword !== 'type' && !ANNOTATIONS.has(keyword) && !(spot.isRoot && ROOT_KEYWORDS.has(keyword)),
  )
  return foreign === undefined
    ? undefined
    : problemAt(spot.path, `keyword ${foreign} is not allowed in combination with multiple types`)
}

function checkForeignKeywords(schema: JsonObject, types: readonly MfjsType[], spot: Spot): MfjsProblem | undefined {
  const keywords = Object.keys(schema)
  const misplaced = spot.isRoot ? undefined : keywords.find((keyword) => ROOT_KEYWORDS.has(keyword))
  if (misplaced !== undefined) return problemAt(spot.path, `keyword ${misplaced} must be at root level`)
  const foreign = keywords.filter(
    (keyword) => !ROOT_KEYWORDS.has(keyword) && !types.every((type) => KEYWORDS_OF_TYPE[type].has(keyword)),
  )
  return foreign.length === 0 ? undefined : problemAt(spot.path, `invalid keywords: ${foreign.toSorted().join(', ')}`)
}
