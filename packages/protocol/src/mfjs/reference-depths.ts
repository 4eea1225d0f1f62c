/** How deep a definition nests `properties`, through the definitions it refers to. */
import type { JsonObject } from './json.ts'
import { childrenOf } from './schema-children.ts'
import type { StepBudget } from './step-budget.ts'

interface Reach {
  /** How deep the definition goes by itself. */
  own: number
  /** The references in it, with the depth at which each stands. */
  readonly references: { readonly ref: string; readonly depth: number }[]
}

/** A chain of this many different definitions is no schema that anybody wrote, and would endanger the stack. */
const LONGEST_CHAIN = 1000

export class ReferenceDepths {
  readonly #targets: ReadonlyMap<string, JsonObject>
  readonly #budget: StepBudget
  readonly #known = new Map<string, number>()
  readonly #underway = new Set<string>()

  constructor(targets: ReadonlyMap<string, JsonObject>, budget: StepBudget) {
    this.#targets = targets
    this.#budget = budget
  }

  /** Levels of `properties`. A reference back into the chain adds nothing: recursion is not depth. */
  of(ref: string): number {
    const known = this.#known.get(ref)
    if (known !== undefined) return known
    const target = this.#targets.get(ref)
    // The whole document is the one that is being measured.
    if (target === undefined || ref === '#' || this.#underway.has(ref)) return 0
    if (this.#underway.size >= LONGEST_CHAIN) {
      this.#budget.spend()
      return 0
    }
    this.#underway.add(ref)
    const reach: Reach = { own: 0, references: [] }
    this.#collect(target, 0, reach)
    let depth = reach.own
    for (const inner of reach.references) depth = Math.max(depth, inner.depth + this.of(inner.ref))
    this.#underway.delete(ref)
    this.#known.set(ref, depth)
    return depth
  }

  #collect(schema: JsonObject, depth: number, reach: Reach): void {
    if (!this.#budget.step()) return
    reach.own = Math.max(reach.own, depth)
    if (typeof schema['$ref'] === 'string') reach.references.push({ ref: schema['$ref'], depth })
    for (const { child, keyword } of childrenOf(schema)) {
      // The hosted validator did not look through `items` here.
      if (keyword !== 'items') this.#collect(child, depth + (keyword === 'properties' ? 1 : 0), reach)
    }
  }
}
