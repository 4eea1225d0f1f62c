/** Whether a recursive schema ends somewhere, as the hosted platform understood it. */
import { isJsonObject, type JsonObject } from './json.ts'
import { resolveReference } from './reference.ts'
import type { StepBudget } from './step-budget.ts'

/**
 * Whether from `schema` a place is reached at which a value may end. One way is enough, also where a value would have to
 * go all of them: a tree whose nodes need a name (a string) and two more nodes passes. A list needs items that end, and a
 * schema that says neither `type` nor `anyOf` nor `$ref` ends only when it is `{}`.
 *
 * True when the budget is spent: the caller looks at the budget then.
 */
export function endsSomewhere(schema: JsonObject, root: JsonObject, budget: StepBudget): boolean {
  const followed = new Set<string>()
  const open = [schema]
  for (let current = open.pop(); current !== undefined; current = open.pop()) {
    if (!budget.step()) return true
    const ways = waysOn(current, root, followed)
    if (ways === 'ends') return true
    open.push(...ways)
  }
  return false
}

function waysOn(schema: JsonObject, root: JsonObject, followed: Set<string>): 'ends' | readonly JsonObject[] {
  const { type, anyOf, $ref } = schema
  const types = typeof type === 'string' ? [type] : Array.isArray(type) ? type : []
  if (types.some((one) => one !== 'object' && one !== 'array') || Object.keys(schema).length === 0) return 'ends'
  const last = types.at(-1)
  const inside = last === 'array' ? itemsOf(schema) : last === 'object' ? requiredOf(schema) : []
  if (inside === 'ends' || (Array.isArray(anyOf) && anyOf.length === 0)) return 'ends'
  const ways = [...inside, ...(Array.isArray(anyOf) ? anyOf : [])]
  if (typeof $ref === 'string' && !followed.has($ref)) {
    followed.add($ref)
    ways.push(resolveReference(root, $ref) ?? null)
  }
  return ways.filter(isJsonObject)
}

function itemsOf({ items }: JsonObject): 'ends' | readonly JsonObject[] {
  if (items === undefined || items === null) return 'ends'
  return isJsonObject(items) ? [items] : []
}

function requiredOf({ required, properties }: JsonObject): 'ends' | readonly JsonObject[] {
  if (!Array.isArray(required) || required.length === 0) return 'ends'
  if (!isJsonObject(properties) || Object.keys(properties).length === 0) return 'ends'
  const names = new Set(required)
  return Object.entries(properties).flatMap(([name, property]) =>
    names.has(name) && isJsonObject(property) ? [property] : [],
  )
}
