/** Which engines serve which model. */

import { type Model } from '@moonbase/protocol'
import { apiError } from '@moonbase/protocol/errors'
import type { RoutingPolicy } from './policy.ts'
import type { RetryBudget } from './retry-budget.ts'
import type { Target } from './target.ts'

export interface ModelRoute {
  readonly model: Model
  /** The engines that serve it, in order of preference. Never empty. */
  readonly targets: readonly Target[]
  readonly policy: RoutingPolicy
  readonly budget: RetryBudget
}

/** The models of one server. The routes of a running server may be replaced; requests keep the one they have found. */
export class ModelTable {
  #routes: ReadonlyMap<string, ModelRoute>

  constructor(routes: readonly ModelRoute[]) {
    this.#routes = byModel(routes)
  }

  replace(routes: readonly ModelRoute[]): void {
    this.#routes = byModel(routes)
  }

  /** The served models, in the order of the configuration. */
  list(): readonly Model[] {
    return [...this.#routes.values()].map((route) => route.model)
  }

  /** Throws the platform's 404 for a model that nobody serves here. */
  find(model: string): ModelRoute {
    const route = this.#routes.get(model)
    if (route === undefined) throw apiError('model_not_found', { model: model.slice(0, SHOWN_MODEL_CHARACTERS) })
    return route
  }
}

function byModel(routes: readonly ModelRoute[]): ReadonlyMap<string, ModelRoute> {
  return new Map(routes.map((route) => [route.model.id, route]))
}

const SHOWN_MODEL_CHARACTERS = 128
