/** Whether a recursive schema has a finite value: a list must end, a tree must have leaves. */
import { typesOf } from './check-type.ts'
import { isJsonObject, type JsonObject, type JsonValue } from './json.ts'
import type { StepBudget } from './step-budget.ts'

/**
 * `sound`: every required property must end; a list may be empty unless `minItems` says no. `hosted`: what the platform
 * asked for at the time of K2.5: one required property that ends is enough, but a list needs items that end.
 */
export type FiniteRule = 'hosted' | 'sound'

/**
 * `undefined` when `root` has a finite value; else the references that have one, to find the place with. The least fixed
 * point: a reference counts as finite only once its target is, by what is known so far.
 */
export function isFiniteFrom(
  root: JsonObject,
  targets: ReadonlyMap<string, JsonObject>,
  rule: FiniteRule,
  budget: StepBudget,
): ReadonlySet<string> | undefined {
  const known = new Set<string>()
  for (let before = -1; before < known.size;) {
    if (isFinite(root, known, rule, budget)) return undefined
    before = known.size
    for (const [ref, target] of targets) {
      if (!known.has(ref) && isFinite(target, known, rule, budget)) known.add(ref)
    }
  }
  return budget.isSpent ? undefined : known
}

/** The path to the first reference on the way on which `schema` never ends. */
export function firstEndless(schema: JsonObject, known: ReadonlySet<string>, rule: FiniteRule): string[] {
  const path: string[] = []
  let current: JsonObject | undefined = schema
  while (current !== undefined && typeof current['$ref'] !== 'string') {
    const step: { readonly path: readonly string[]; readonly schema: JsonObject } | undefined = nextEndless(
      current,
      known,
      rule,
    )
    path.push(...(step?.path ?? []))
    current = step?.schema
  }
  return path
}

function nextEndless(
  schema: JsonObject,
  known: ReadonlySet<string>,
  rule: FiniteRule,
): { readonly path: readonly string[]; readonly schema: JsonObject } | undefined {
  const { anyOf, items } = schema
  const branch = Array.isArray(anyOf) ? anyOf.find(isJsonObject) : undefined
  if (branch !== undefined) return { path: ['anyOf'], schema: branch }
  for (const [name, property] of requiredProperties(schema)) {
    if (!isFinite(property, known, rule)) return { path: ['properties', name], schema: property }
  }
  return isJsonObject(items) ? { path: ['items'], schema: items } : undefined
}

function isFinite(schema: JsonObject, known: ReadonlySet<string>, rule: FiniteRule, budget?: StepBudget): boolean {
  if (budget !== undefined && !budget.step()) return true
  const finite = (value: JsonValue | undefined): boolean => !isJsonObject(value) || isFinite(value, known, rule, budget)
  const { $ref, anyOf, items, minItems } = schema
  if (typeof $ref === 'string') return known.has($ref)
  if (Array.isArray(anyOf)) return anyOf.length === 0 || anyOf.some(finite)
  const types = typesOf(schema)
  if (types.length === 0 || types.some((type) => type !== 'object' && type !== 'array')) return true
  if (types.includes('array')) {
    const mayBeEmpty = rule === 'sound' && !(typeof minItems === 'number' && minItems >= 1)
    if (mayBeEmpty || finite(items)) return true
  }
  if (!types.includes('object')) return false
  const required = requiredProperties(schema).map(([, property]) => property)
  return rule === 'sound' ? required.every(finite) : required.length === 0 || required.some(finite)
}

function requiredProperties(schema: JsonObject): (readonly [name: string, schema: JsonObject])[] {
  const { required, properties } = schema
  if (!Array.isArray(required) || !isJsonObject(properties)) return []
  return required.flatMap((name) => {
    const property = typeof name === 'string' && Object.hasOwn(properties, name) ? properties[name] : undefined
    return typeof name === 'string' && isJsonObject(property) ? [[name, property] as const] : []
  })
}
