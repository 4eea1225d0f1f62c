/** For tests of metrics and traces: routes whose engines have names and do nothing, and what routing notes of them. */

import { DEFAULT_POLICY, Replica, RetryBudget, type ModelRoute } from '@moonbase/core/routing'
import { MODELS } from '@moonbase/protocol'
import type { ToldTrace } from '../told-run.ts'

type AttemptEnd = ToldTrace['ends'][number]

/** An asking of a replica that ended so. */
export function attemptEnd(
  replica: string,
  outcome: AttemptEnd['outcome'],
  more: Partial<AttemptEnd> = {},
): AttemptEnd {
  return {
    replica,
    outcome,
    beganAt: 0,
    firstTokenAt: undefined,
    endedAt: 0,
    model: undefined,
    server: undefined,
    ...more,
  }
}

/** Two models that are both served by these engines, each given with the names of its replicas. */
export function routesOf(engines: Readonly<Record<string, readonly string[]>>): ModelRoute[] {
  const targets = Object.entries(engines).map(([name, replicas]): ModelRoute['targets'][number] => ({
    name,
    can: engine(name).can,
    replicas: replicas.map((own) => new Replica(engine(own), 1, DEFAULT_POLICY.breaker)),
    balance: {
      choose() {
        throw new Error('nobody is chosen')
      },
      sent: () => undefined,
    },
  }))
  return MODELS.slice(0, 2).map((model) => ({
    model,
    targets,
    policy: DEFAULT_POLICY,
    budget: new RetryBudget(DEFAULT_POLICY.budget),
  }))
}

function engine(name: string): Replica['engine'] {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- nobody asks it for anything
  return { name } as Replica['engine']
}
