/** What is told of the runs of one exchange together: nearly always there is one. */

import type { Usage } from '@moonbase/core/generation'
import type { RunFacts } from '@moonbase/core/inference'
import type { RoutingTrace } from '@moonbase/core/routing'
import type { ExchangeNotes } from '../http/exchange-notes.ts'

export type ToldTrace = Pick<RoutingTrace, 'attempts' | 'hedges' | 'seams' | 'ends'>

export interface ToldRun extends Pick<RunFacts, 'engine' | 'servedModel' | 'firstTokenMs' | 'usage'> {
  readonly trace: ToldTrace
}

/** `undefined` where no engine was to be asked. Of several runs: who answered last, when the first token came, and the sums. */
export function toldRun({ runs = [] }: Pick<ExchangeNotes, 'runs'>): ToldRun | undefined {
  const told = runs.filter(({ transcript, trace }) => transcript !== undefined || trace.attempts > 0)
  const [first, ...others] = told
  return first === undefined ? undefined : others.reduce<ToldRun>(together, first)
}

function together(one: ToldRun, next: RunFacts): ToldRun {
  const usage = summed(one.usage, next.usage)
  const { engine = one.engine, servedModel = one.servedModel } = next
  const firstTokenMs = one.firstTokenMs ?? next.firstTokenMs
  return {
    ...(engine === undefined ? {} : { engine }),
    ...(servedModel === undefined ? {} : { servedModel }),
    ...(firstTokenMs === undefined ? {} : { firstTokenMs }),
    ...(usage === undefined ? {} : { usage }),
    trace: {
      attempts: one.trace.attempts + next.trace.attempts,
      hedges: one.trace.hedges + next.trace.hedges,
      seams: [...one.trace.seams, ...next.trace.seams],
      ends: [...one.trace.ends, ...next.trace.ends],
    },
  }
}

function summed(one: Usage | undefined, other: Usage | undefined): Usage | undefined {
  if (one === undefined || other === undefined) return one ?? other
  return {
    prompt: one.prompt + other.prompt,
    cached: one.cached + other.cached,
    completion: one.completion + other.completion,
    reasoning: one.reasoning + other.reasoning,
  }
}
