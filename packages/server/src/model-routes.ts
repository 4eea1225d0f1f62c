/** Which engines serve which models, as the configuration says: the table that requests are routed by. */

import {
  type Balance,
  ModelTable,
  Replica,
  RetryBudget,
  type Route,
  type RoutingPolicy,
  SCRIPTED_POLICY,
  type Target,
  leastLoad,
  prefixAffinity,
} from '@moonbase/core/routing'
import { findModel } from '@moonbase/protocol'
import type { Configuration, EngineConfiguration } from './configuration/index.ts'
import type { OpenEngine } from './engines.ts'

/** `random` gives numbers from 0 up to, but without, 1. */
export function modelRoutes(
  configuration: Configuration,
  engines: ReadonlyMap<string, OpenEngine>,
  random: () => number,
): ModelTable {
  const { routing } = configuration
  const isScripted = (name: string): boolean => !routing.given && engines.get(name)?.scripted === true
  const targets = new Map<string, Target>()
  for (const [name, engine] of engines) {
    const { breaker } = isScripted(name) ? SCRIPTED_POLICY : routing.policy
    const target = targetOf(name, engine, breaker, balanceOf(configuration.engines[name], random))
    if (target !== undefined) targets.set(name, target)
  }
  const routes: Route[] = []
  for (const [id, { engines: names, continuation }] of Object.entries(configuration.models)) {
    const model = findModel(id)
    const able = names.filter((name) => engines.get(name)?.recorded?.has(id) !== false)
    const serving = able.flatMap((name) => targets.get(name) ?? [])
    if (model === undefined || serving.length === 0) continue
    const policy = names.every(isScripted) ? SCRIPTED_POLICY : routing.policy
    const own = continuation ? policy : { ...policy, seams: 0 }
    routes.push({ model, targets: serving, policy: own, budget: new RetryBudget(policy.budget) })
  }
  return new ModelTable(routes)
}

function targetOf(
  name: string,
  { replicas: engines }: OpenEngine,
  breaker: RoutingPolicy['breaker'],
  balance: Balance,
): Target | undefined {
  const [first] = engines
  if (first === undefined) return undefined
  // All replicas of an engine are set up alike.
  return { name, can: first.can, replicas: engines.map((engine) => new Replica(engine, 1, breaker)), balance }
}

function balanceOf(described: EngineConfiguration | undefined, random: () => number): Balance {
  const byPrefix = described !== undefined && 'balance' in described && described.balance === 'prefix'
  return byPrefix ? prefixAffinity({ random }) : leastLoad(random)
}
