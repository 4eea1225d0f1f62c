/** The keywords of one schema, each on its own: the shape of its value, and what may stand beside it. */
import { isJsonObject, type JsonObject, type JsonValue } from './json.ts'
import { ANNOTATIONS, RESERVED_NAMES, ROOT_KEYWORDS } from './mfjs-keywords.ts'
import { type MfjsProblem, problemAt } from './mfjs-problem.ts'
import { checkEnum } from './check-enum.ts'
import { lostPath, type Spot } from './spot.ts'

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
  ['type', checkTypeShape],
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

function checkTypeShape(value: JsonValue, _: JsonObject, spot: Spot): MfjsProblem | undefined {
  if (typeof value === 'string') return undefined
  if (!Array.isArray(value)) return problemAt(spot.path, 'type must be string or array of strings')
  const isTwice = spot.ultra && new Set(value).size < value.length
  return isTwice ? at(spot, 'type', 'duplicate types in type array') : undefined
}

function checkDefs(value: JsonValue, _: JsonObject, spot: Spot): MfjsProblem | undefined {
  if (!isJsonObject(value)) return at(spot, '$defs', '$defs must be an object')
  for (const [name, definition] of Object.entries(value)) {
    if (name === '') return at(spot, '$defs', '$defs property name cannot be empty')
    if (name.includes('/')) return at(spot, '$defs', slashed(name))
    // What is no schema was found on the way through the definitions.
    const inside = isJsonObject(definition) ? slashInside(definition, [...spot.path, '$defs', name]) : undefined
    if (inside !== undefined) return inside
  }
  return undefined
}

const slashed = (name: string): string => `$defs property name '${name}' cannot contain '/' character`

/** References are cut at slashes, so no name on the way into a definition may have one. */
function slashInside(dict: JsonObject, path: readonly string[]): MfjsProblem | undefined {
  for (const [name, member] of Object.entries(dict)) {
    if (name.includes('/')) return problemAt(path.slice(0, -1), slashed(name))
    const items = Array.isArray(member) ? member : [member]
    for (const [index, item] of items.entries()) {
      const step = items === member ? `${name}[${index}]` : name
      const inside = isJsonObject(item) ? slashInside(item, [...path, step]) : undefined
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
  const lost = lostPath(spot, '$ref')
  if (lost !== undefined) return lost
  return spot.ultra ? checkNeighbours('$ref', schema, spot) : undefined
}

function checkAnyOf(value: JsonValue, schema: JsonObject, spot: Spot): MfjsProblem | undefined {
  if (!Array.isArray(value)) return at(spot, 'anyOf', 'anyOf must be an array')
  const most = spot.limits.anyOfItems
  if (value.length === 0 || value.length > most) return at(spot, 'anyOf', `anyOf must have 1-${most} items`)
  if (!value.every(isJsonObject)) return at(spot, 'anyOf', 'schema in anyOf must be an object')
  const lost = lostPath(spot, 'anyOf')
  if (lost !== undefined) return lost
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

/** What a schema says itself may not be said again by a branch of its `anyOf`; in full MFJS not even an annotation. */
function checkBranchConflicts(schema: JsonObject, spot: Spot): MfjsProblem | undefined {
  const { anyOf } = schema
  if (!Array.isArray(anyOf)) return undefined
  const outer = Object.keys(schema).filter(
    (keyword) => keyword !== 'anyOf' && (spot.ultra || !ANNOTATIONS.has(keyword)),
  )
  for (const branch of outer.length === 0 ? [] : anyOf) {
    const twice = outer.filter((keyword) => isJsonObject(branch) && Object.hasOwn(branch, keyword)).toSorted()
    if (twice.length > 0) {
      return problemAt(
        spot.path,
        `conflicting keywords found in anyOf with parent: keywords (${twice.join(', ')}) are defined on the parent schema and inside anyOf; remove them from the parent or from anyOf branches`,
      )
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
  const names: string[] = []
  for (const name of value) {
    if (typeof name !== 'string') return at(spot, 'required', 'items in required array must be strings')
    if (spot.ultra && name === '') return at(spot, 'required', 'property names in required array cannot be empty')
    names.push(name)
  }
  const strictly = spot.ultra ? checkTwice(names, spot) : undefined
  const problem = strictly ?? lostPath(spot, 'required') ?? (spot.ultra ? checkObject(schema, spot) : undefined)
  if (problem !== undefined) return problem
  const { properties } = schema
  const missing = names.find((name) => !isJsonObject(properties) || !Object.hasOwn(properties, name))
  return missing === undefined
    ? undefined
    : at(spot, 'required', `required property '${missing}' is not defined in properties`)
}

function checkTwice(names: readonly string[], spot: Spot): MfjsProblem | undefined {
  const seen = new Set<string>()
  const twice = names.find((name) => seen.size === seen.add(name).size)
  return twice === undefined ? undefined : at(spot, 'required', `duplicate items in required array: ${twice}`)
}

/** A `type` that is neither a text nor a list is not this keyword's to refuse. */
function checkObject({ type, properties }: JsonObject, spot: Spot): MfjsProblem | undefined {
  const isOther = typeof type === 'string' ? type !== 'object' : Array.isArray(type) && String(type) !== 'object'
  if (type === undefined || isOther) return at(spot, 'required', 'required keyword must be used with object')
  return isJsonObject(properties)
    ? undefined
    : at(spot, 'required', "required specified but 'properties' keyword is missing")
}
