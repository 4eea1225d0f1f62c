/** The keywords of one schema, each on its own: the shape of its value, and what may stand beside it. */
import { isJsonObject, type JsonObject, type JsonValue } from './json.ts'
import { ANNOTATIONS, type MfjsType, RESERVED_NAMES, ROOT_KEYWORDS } from './mfjs-keywords.ts'
import { type MfjsProblem, problemAt } from './mfjs-problem.ts'
import { checkEnum } from './check-enum.ts'
import { typesOf } from './check-type.ts'
import type { Spot } from './spot.ts'

type KeywordCheck = (value: JsonValue, schema: JsonObject, spot: Spot) => MfjsProblem | undefined

/** In alphabetical order: that is the order in which the hosted platform looked, and so the first problem it named. */
const CHECKS: readonly (readonly [keyword: string, check: KeywordCheck])[] = [
  ['$defs', checkDefs],
  ['$id', (value, _, spot) => checkText('$id', value, spot)],
  ['$ref', checkRef],
  ['additionalProperties', checkAdditionalProperties],
  ['anyOf', checkAnyOf],
  ['description', checkDescription],
  ['enum', checkEnum],
  ['items', (value, _, spot) => (isJsonObject(value) ? undefined : at(spot, 'items', 'items must be an object'))],
  ['pattern', (value, _, spot) => checkText('pattern', value, spot)],
  ['properties', checkProperties],
  ['required', checkRequired],
  ['title', checkTitle],
]

/** The first problem with the keywords of one schema, not looking into the schemas inside it. */
export function checkKeywords(schema: JsonObject, spot: Spot): MfjsProblem | undefined {
  for (const [keyword, check] of CHECKS) {
    const value = schema[keyword]
    const problem = value === undefined ? undefined : check(value, schema, spot)
    if (problem !== undefined) return problem
  }
  return checkBranchConflicts(schema, spot)
}

function at(spot: Spot, keyword: string, message: string): MfjsProblem {
  return problemAt([...spot.path, keyword], message)
}

function checkText(keyword: string, value: JsonValue, spot: Spot): MfjsProblem | undefined {
  return typeof value === 'string' || value === null ? undefined : at(spot, keyword, `${keyword} must be a string`)
}

function checkDescription(value: JsonValue, _: JsonObject, spot: Spot): MfjsProblem | undefined {
  return typeof value === 'string' ? undefined : at(spot, 'description', 'description must be a string')
}

function checkTitle(value: JsonValue, _: JsonObject, spot: Spot): MfjsProblem | undefined {
  return typeof value === 'string' || !spot.ultra ? undefined : at(spot, 'title', 'title must be a string')
}

function checkDefs(value: JsonValue, _: JsonObject, spot: Spot): MfjsProblem | undefined {
  if (!isJsonObject(value)) return at(spot, '$defs', '$defs must be an object')
  for (const [name, definition] of Object.entries(value)) {
    if (name === '') return at(spot, '$defs', '$defs property name cannot be empty')
    if (name.includes('/')) return at(spot, '$defs', slashed(name))
    if (!isJsonObject(definition)) return at(spot, '$defs', `$defs schema must be object: ${name}`)
    const inside = slashInside(definition)
    if (inside !== undefined) return problemAt([...spot.path, '$defs', name], slashed(inside))
  }
  return undefined
}

const slashed = (name: string): string => `$defs property name '${name}' cannot contain '/' character`

/** References are cut at slashes, so no name on the way into a definition may have one. */
function slashInside(value: JsonValue): string | undefined {
  if (Array.isArray(value)) {
    for (const item of value) {
      const inside = isJsonObject(item) ? slashInside(item) : undefined
      if (inside !== undefined) return inside
    }
  } else if (isJsonObject(value)) {
    for (const [name, member] of Object.entries(value)) {
      const inside = name.includes('/') ? name : slashInside(member)
      if (inside !== undefined) return inside
    }
  }
  return undefined
}

function checkRef(value: JsonValue, schema: JsonObject, spot: Spot): MfjsProblem | undefined {
  if (typeof value !== 'string') return at(spot, '$ref', '$ref must be a string')
  if (value === '#') return undefined
  if (!value.startsWith('#/$defs/')) return at(spot, '$ref', 'references must start with #/$defs/')
  if (value === '#/$defs/') return at(spot, '$ref', 'definition name cannot be empty')
  if (spot.root['$defs'] === undefined) return at(spot, '$ref', `$defs not found for reference: ${value}`)
  return spot.ultra ? checkNeighbours('$ref', schema, spot) : undefined
}

function checkAnyOf(value: JsonValue, schema: JsonObject, spot: Spot): MfjsProblem | undefined {
  if (!Array.isArray(value)) return at(spot, 'anyOf', 'anyOf must be an array')
  const most = spot.limits.anyOfItems
  if (value.length === 0 || value.length > most) return at(spot, 'anyOf', `anyOf must have 1-${most} items`)
  if (!value.every(isJsonObject)) return at(spot, 'anyOf', 'schema in anyOf must be an object')
  return spot.ultra ? checkNeighbours('anyOf', schema, spot) : undefined
}

/** Only annotations may stand beside `$ref` and `anyOf`. */
function checkNeighbours(keyword: string, schema: JsonObject, spot: Spot): MfjsProblem | undefined {
  const neighbour = Object.keys(schema).find(
    (key) => key !== keyword && !ANNOTATIONS.has(key) && !(spot.isRoot && ROOT_KEYWORDS.has(key)),
  )
  return neighbour === undefined
    ? undefined
    : problemAt(spot.path, `keyword '${neighbour}' is not allowed at the same level as ${keyword}`)
}

/** What a schema says itself may not be said again by a branch of its `anyOf`. */
function checkBranchConflicts(schema: JsonObject, spot: Spot): MfjsProblem | undefined {
  const { anyOf } = schema
  if (!Array.isArray(anyOf)) return undefined
  const outer = Object.keys(schema).filter((keyword) => keyword !== 'anyOf' && !ANNOTATIONS.has(keyword))
  for (const branch of outer.length === 0 ? [] : anyOf) {
    const twice = outer.filter((keyword) => isJsonObject(branch) && Object.hasOwn(branch, keyword))
    if (twice.length > 0) {
      return problemAt(spot.path, `conflicting keywords found in anyOf with parent: ${twice.join(', ')}`)
    }
  }
  return undefined
}

function checkAdditionalProperties(value: JsonValue, _: JsonObject, spot: Spot): MfjsProblem | undefined {
  if (typeof value === 'boolean' || isJsonObject(value)) return undefined
  return at(spot, 'additionalProperties', 'additionalProperties must be a boolean or an object')
}

function checkProperties(value: JsonValue, _: JsonObject, spot: Spot): MfjsProblem | undefined {
  if (!isJsonObject(value)) return at(spot, 'properties', 'properties must be an object')
  for (const [name, property] of Object.entries(value)) {
    if (spot.ultra && name === '') return at(spot, 'properties', 'property name cannot be empty')
    if (RESERVED_NAMES.has(name)) {
      return at(spot, 'properties', `property name '${name}' is reserved for JSON Schema keywords`)
    }
    if (!isJsonObject(property)) {
      return at(spot, 'properties', `property schema for '${name}' must be an object`)
    }
  }
  return undefined
}

function checkRequired(value: JsonValue, schema: JsonObject, spot: Spot): MfjsProblem | undefined {
  if (!Array.isArray(value)) return at(spot, 'required', 'required must be an array')
  if (value.length === 0) return undefined
  const names = value.filter((name) => typeof name === 'string')
  if (names.length < value.length) return at(spot, 'required', 'items in required array must be strings')
  const { properties } = schema
  const strictly = spot.ultra ? checkRequiredForm(names, properties, typesOf(schema), spot) : undefined
  if (strictly !== undefined) return strictly
  const missing = names.find((name) => !isJsonObject(properties) || !Object.hasOwn(properties, name))
  return missing === undefined
    ? undefined
    : at(spot, 'required', `required property '${missing}' is not defined in properties`)
}

function checkRequiredForm(
  names: readonly string[],
  properties: JsonValue | undefined,
  types: readonly MfjsType[],
  spot: Spot,
): MfjsProblem | undefined {
  if (names.includes('')) return at(spot, 'required', 'property names in required array cannot be empty')
  const seen = new Set<string>()
  const twice = names.find((name) => seen.size === seen.add(name).size)
  if (twice !== undefined) return at(spot, 'required', `duplicate items in required array: ${twice}`)
  if (types.length !== 1 || types[0] !== 'object') {
    return at(spot, 'required', 'required keyword must be used with object')
  }
  return isJsonObject(properties)
    ? undefined
    : at(spot, 'required', "required specified but 'properties' keyword is missing")
}
