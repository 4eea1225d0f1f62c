/** The references of a schema together: they lead somewhere, end somewhere, and not too deep. */
import { endsSomewhere } from './finite-schema.ts'
import { expandReference } from './expand-reference.ts'
import { isJsonObject, type JsonObject } from './json.ts'
import { ANNOTATIONS } from './mfjs-keywords.ts'
import type { MfjsLimits } from './mfjs-limits.ts'
import { type MfjsProblem, problemAt } from './mfjs-problem.ts'
import { ReferenceDepths } from './reference-depths.ts'
import { resolveReference } from './reference.ts'
import { StepBudget } from './step-budget.ts'

/** One `$ref` in a place where MFJS has schemas. */
export interface ReferenceSite {
  readonly ref: string
  /** How many `properties` it is inside of. */
  readonly depth: number
}

export function checkReferences(
  root: JsonObject,
  sites: readonly ReferenceSite[],
  ultra: boolean,
  limits: MfjsLimits,
): MfjsProblem | undefined {
  const targets = new Map<string, JsonObject>()
  let missing: string | undefined
  for (const { ref } of sites) {
    const target = resolveReference(root, ref)
    if (target === undefined) missing ??= ref
    else targets.set(ref, target)
  }
  const budget = new StepBudget(limits.steps)
  const problem =
    checkDepth(sites, targets, limits, budget) ??
    (missing === undefined ? undefined : nowhere(missing)) ??
    new ReferenceWalk(root, ultra, budget).run()
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

const nowhere = (ref: string): MfjsProblem => problemAt([], `invalid $ref path: ${ref}`)

/**
 * Every `$ref` outside of `$defs`, wherever it stands: the hosted validator looked for them inside of `default` and of
 * foreign keywords too. Where its answer hung on the order of a Go map, that is on chance, a keyword has no influence on
 * its neighbours here.
 */
class ReferenceWalk {
  readonly #root: JsonObject
  readonly #ultra: boolean
  readonly #budget: StepBudget

  constructor(root: JsonObject, ultra: boolean, budget: StepBudget) {
    this.#root = root
    this.#ultra = ultra
    this.#budget = budget
  }

  run(): MfjsProblem | undefined {
    // In a schema that ends by itself, references may go in circles as they like.
    return this.#look(this.#root, !endsSomewhere(this.#root, this.#root, this.#budget), [])
  }

  #look(schema: JsonObject, mustEnd: boolean, path: readonly string[]): MfjsProblem | undefined {
    if (!this.#budget.step()) return undefined
    const own = Object.hasOwn(schema, '$ref') ? this.#checkReference(schema, mustEnd, path) : undefined
    if (own !== undefined) return own
    for (const [keyword, value] of Object.entries(schema)) {
      if (keyword === '$defs') continue
      const inside = [...path, keyword]
      const branches = keyword === 'anyOf' && Array.isArray(value) ? value : [value]
      for (const branch of branches) {
        const problem = isJsonObject(branch)
          ? this.#look(branch, mustEnd && !isOptional(keyword, schema), inside)
          : undefined
        if (problem !== undefined) return problem
      }
    }
    return undefined
  }

  #checkReference(schema: JsonObject, mustEnd: boolean, path: readonly string[]): MfjsProblem | undefined {
    const { expanded, problem } = expandReference(this.#root, schema, path, this.#ultra, this.#budget)
    if (problem !== undefined) return problem
    const misplaced = this.#checkNeighbours(schema, expanded, path) ?? checkPlace(path)
    if (misplaced !== undefined || !mustEnd || endsSomewhere(expanded, this.#root, this.#budget)) return misplaced
    return problemAt(path, 'detected infinite recursion without termination condition')
  }

  /** What stands beside a `$ref` may not stand in its target too; in full MFJS not even an annotation. */
  #checkNeighbours(schema: JsonObject, expanded: JsonObject, path: readonly string[]): MfjsProblem | undefined {
    const beside = Object.keys(schema).filter((keyword) => keyword !== '$ref')
    const counted = beside.filter((keyword) => this.#ultra || !ANNOTATIONS.has(keyword))
    const twice = counted.filter((keyword) => Object.hasOwn(expanded, keyword)).toSorted()
    if (twice.length > 0) {
      return problemAt(
        path,
        `conflicting keywords found after $ref expansion: keywords (${twice.join(', ')}) are defined both alongside "$ref" and in the referenced schema; remove the duplicates`,
      )
    }
    if (isTypedChoice(schema, expanded) || isTypedChoice(expanded, schema)) {
      return problemAt(
        path,
        'invalid schema after $ref expansion: (when using anyOf, type should be defined in anyOf items instead of the parent schema)',
      )
    }
    const branches = Array.isArray(expanded['anyOf']) ? expanded['anyOf'].filter(isJsonObject) : []
    for (const branch of branches) {
      const inBranch = counted.filter((keyword) => keyword !== 'anyOf' && Object.hasOwn(branch, keyword)).toSorted()
      if (inBranch.length > 0) {
        return problemAt(
          path,
          `conflicting keywords found in anyOf after ref expansion: keywords (${inBranch.join(', ')}) are defined alongside "$ref" and inside anyOf in the referenced schema; define them in only one place`,
        )
      }
    }
    return undefined
  }
}

const isTypedChoice = (typed: JsonObject, choice: JsonObject): boolean =>
  Object.hasOwn(typed, 'type') && Object.hasOwn(choice, 'anyOf')

/** Whether a value may do without what `keyword` describes, so that nothing in there has to end. */
function isOptional(keyword: string, { required }: JsonObject): boolean {
  if (keyword === 'additionalProperties') return true
  return keyword === 'properties' && Array.isArray(required) && required.length === 0
}

/** Directly below the root a `$ref` may stand under any keyword, deeper only where MFJS has schemas. */
function checkPlace(path: readonly string[]): MfjsProblem | undefined {
  const last = path.at(-1) ?? ''
  const isAllowed =
    path.length <= 1 ||
    path.at(-2) === 'properties' ||
    last === 'additionalProperties' ||
    last === 'items' ||
    last.startsWith('anyOf')
  return isAllowed ? undefined : problemAt(path, '$ref is not allowed in this schema.')
}
