/** Which engines serve which models: the table that requests are routed by, and what of it outlives a change. */

import {
  ModelTable,
  RetryBudget,
  type ModelRoute,
  type RoutingPolicy,
  SCRIPTED_POLICY,
  type Target,
} from '@moonbase/core/routing'
import { findModel } from '@moonbase/protocol'
import type { Configuration } from '../configuration/index.ts'
import type { RegisteredEngine } from './registered-engine.ts'

/** A model while it is served, through any number of configurations. */
interface Served {
  readonly standIn: string | undefined
  /** Requests under way look here for somebody to go on: an engine that is new may finish what one that is gone began. */
  targets: readonly Target[]
  budget: RetryBudget
  budgetPolicy: RoutingPolicy['budget']
}

export class ModelRoutes {
  readonly table = new ModelTable([])
  #served: ReadonlyMap<string, Served> = new Map()

  /** From now on new requests go by this configuration; those that run keep their policy. */
  replace(configuration: Configuration, engines: ReadonlyMap<string, RegisteredEngine>): void {
    for (const engine of engines.values()) engine.judgeBy(policyOf(engine, configuration).breaker)
    const served = new Map<string, Served>()
    const routes: ModelRoute[] = []
    for (const [id, { engines: names, continuation, standIn }] of Object.entries(configuration.models)) {
      const model = findModel(id)
      const able = names.filter((name) => engines.get(name)?.recorded?.has(id) !== false)
      const targets = able.flatMap((name) => engines.get(name)?.target ?? [])
      if (model === undefined || targets.length === 0) continue
      const scripted = names.every((name) => engines.get(name)?.scripted === true)
      const policy = policyOf({ scripted }, configuration)
      const own = this.#serve(id, standIn, targets, policy)
      served.set(id, own)
      routes.push({
        model,
        get targets() {
          return own.targets
        },
        policy: continuation ? policy : { ...policy, seams: 0 },
        budget: own.budget,
      })
    }
    this.#served = served
    this.table.replace(routes)
  }

  #serve(id: string, standIn: string | undefined, targets: readonly Target[], { budget }: RoutingPolicy): Served {
    const before = this.#served.get(id)
    // Another model that answers in its place must not go on with what this one began.
    if (before === undefined || before.standIn !== standIn) {
      return { standIn, targets, budget: new RetryBudget(budget), budgetPolicy: budget }
    }
    before.targets = targets
    if (before.budgetPolicy.share !== budget.share || before.budgetPolicy.reserve !== budget.reserve) {
      before.budget = new RetryBudget(budget)
      before.budgetPolicy = budget
    }
    return before
  }
}

/** How those are treated who serve a model alone. */
export function policyOf({ scripted }: { readonly scripted: boolean }, { routing }: Configuration): RoutingPolicy {
  return scripted && !routing.given ? SCRIPTED_POLICY : routing.policy
}
