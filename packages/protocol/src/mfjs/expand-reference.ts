/** What a schema with a `$ref` says once the reference is followed. */
import type { JsonObject, JsonValue } from './json.ts'
import { ANNOTATIONS } from './mfjs-keywords.ts'
import { type MfjsProblem, problemAt } from './mfjs-problem.ts'
import { resolveReference } from './reference.ts'
import type { StepBudget } from './step-budget.ts'

export interface Expansion {
  /** The schema at the end of the chain, with the annotations met on the way. */
  readonly expanded: JsonObject
  readonly problem?: MfjsProblem | undefined
}

/**
 * A definition that is no more than a reference, with annotations perhaps, is passed through. `from` itself, without its
 * `$ref`, is no part of what comes out. A chain that goes in a circle ends where it closes.
 */
export function expandReference(
  root: JsonObject,
  from: JsonObject,
  path: readonly string[],
  ultra: boolean,
  budget?: StepBudget,
): Expansion {
  const kept: Record<string, JsonValue> = {}
  const visited = new Set<string>()
  for (let current = from; ;) {
    const { $ref } = current
    const isChain = current === from || Object.keys(current).every((key) => key === '$ref' || ANNOTATIONS.has(key))
    // The hosted validator took a `$ref` of null, in `default` or a foreign keyword, for none.
    if (!isChain || $ref === undefined || $ref === null) return { expanded: { ...current, ...kept } }
    if (typeof $ref !== 'string') {
      return { expanded: current, problem: problemAt([...path, '$ref'], '$ref must be a string') }
    }
    if (visited.has($ref) || budget?.step() === false) return { expanded: { ...current, ...kept } }
    visited.add($ref)
    const next = resolveReference(root, $ref)
    if (next === undefined) return { expanded: current, problem: leadsNowhere($ref) }
    for (const key of current === from ? [] : Object.keys(current)) {
      if (!ANNOTATIONS.has(key)) continue
      if (!Object.hasOwn(kept, key)) kept[key] = current[key] ?? null
      else if (ultra) return { expanded: current, problem: repeated(path, key) }
    }
    current = next
  }
}

const leadsNowhere = (ref: string): MfjsProblem =>
  ref.startsWith('#/$defs/')
    ? problemAt([], `invalid $ref path: ${ref}`)
    : problemAt(['$ref'], 'only local references are supported')

const repeated = (path: readonly string[], key: string): MfjsProblem =>
  problemAt(
    path,
    `conflicting keywords found after $ref expansion: keyword "${key}" appears at multiple levels in a chained "$ref"; keep it in only one place`,
  )
