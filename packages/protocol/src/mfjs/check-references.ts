/** The references of a schema together: they lead somewhere, end somewhere, and not too deep. */
import { isFiniteFrom, firstEndless, type FiniteRule } from './finite-schema.ts'
import { isJsonObject, type JsonObject } from './json.ts'
import { ANNOTATIONS } from './mfjs-keywords.ts'
import type { MfjsLimits } from './mfjs-limits.ts'
import { type MfjsProblem, problemAt } from './mfjs-problem.ts'
import { ReferenceDepths } from './reference-depths.ts'
import { resolveReference } from './reference.ts'
import { StepBudget } from './step-budget.ts'

/** One `$ref`: where it stands and what stands beside it. */
export interface ReferenceSite {
  readonly ref: string
  /** The schema that has the `$ref`. */
  readonly schema: JsonObject
  readonly path: readonly string[]
  /** How many `properties` it is inside of. */
  readonly depth: number
  /** Outside of all `$defs`. */
  readonly outside: boolean
}

export function checkReferences(
  root: JsonObject,
  sites: readonly ReferenceSite[],
  limits: MfjsLimits,
): MfjsProblem | undefined {
  const targets = new Map<string, JsonObject>()
  for (const { ref } of sites) {
    const target = resolveReference(root, ref)
    if (target === undefined) return problemAt([], `invalid $ref path: ${ref}`)
    targets.set(ref, target)
  }
  const budget = new StepBudget(limits.steps)
  const problem =
    checkDepth(sites, targets, limits, budget) ?? checkEndless(root, targets, budget) ?? checkExpansions(root, sites)
  return budget.isSpent ? problemAt([], 'reference graph is too complex to validate within the step budget') : problem
}

function checkDepth(
  sites: readonly ReferenceSite[],
  targets: ReadonlyMap<string, JsonObject>,
  limits: MfjsLimits,
  budget: StepBudget,
): MfjsProblem | undefined {
  const depths = new ReferenceDepths(targets, budget)
  const tooDeep = sites.some((site) => site.depth + depths.of(site.ref) > limits.depth)
  return tooDeep ? problemAt([], `schema depth exceeds maximum limit of ${limits.depth}`) : undefined
}

/** The hosted platform's rule and the sound one: a schema must pass both. */
const RULES: readonly FiniteRule[] = ['hosted', 'sound']

function checkEndless(
  root: JsonObject,
  targets: ReadonlyMap<string, JsonObject>,
  budget: StepBudget,
): MfjsProblem | undefined {
  for (const rule of RULES) {
    const known = isFiniteFrom(root, targets, rule, budget)
    if (known !== undefined) {
      return problemAt(firstEndless(root, known, rule), 'detected infinite recursion without termination condition')
    }
  }
  return undefined
}

/** What stands beside a `$ref` may not stand in its target too, not even an annotation. */
function checkExpansions(root: JsonObject, sites: readonly ReferenceSite[]): MfjsProblem | undefined {
  for (const { schema, path, outside } of sites) {
    const beside = outside ? Object.keys(schema).filter((keyword) => keyword !== '$ref') : []
    if (beside.length === 0) continue
    const { keywords, target } = expandReference(root, schema)
    const twice = beside.filter((keyword) => keywords.has(keyword)).toSorted()
    if (twice.length > 0) {
      return problemAt(path, `conflicting keywords found after $ref expansion: ${twice.join(', ')}`)
    }
    const branches = Array.isArray(target['anyOf']) ? target['anyOf'].filter(isJsonObject) : []
    for (const branch of branches) {
      const inBranch = beside.filter((keyword) => !ANNOTATIONS.has(keyword) && Object.hasOwn(branch, keyword))
      if (inBranch.length > 0) {
        return problemAt(
          path,
          `conflicting keywords found in anyOf after ref expansion: ${inBranch.toSorted().join(', ')}`,
        )
      }
    }
  }
  return undefined
}

/**
 * The schema at the end of a chain of references, and the keywords met on the way. A definition that is no more than a
 * reference, with annotations perhaps, is passed through.
 */
export function expandReference(
  root: JsonObject,
  from: JsonObject,
): { readonly target: JsonObject; readonly keywords: ReadonlySet<string> } {
  const keywords = new Set<string>()
  const visited = new Set<string>()
  let target = from
  for (;;) {
    const ref = target['$ref']
    const next = typeof ref === 'string' && !visited.has(ref) ? resolveReference(root, ref) : undefined
    if (typeof ref !== 'string' || next === undefined) return { target, keywords }
    visited.add(ref)
    target = next
    for (const keyword of Object.keys(target)) keywords.add(keyword)
    if (Object.keys(target).some((keyword) => keyword !== '$ref' && !ANNOTATIONS.has(keyword))) {
      return { target, keywords }
    }
  }
}
