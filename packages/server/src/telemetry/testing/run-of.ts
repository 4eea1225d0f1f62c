/** Runs for tests of telemetry, as they are when they have ended. */

import type { RunFacts } from '@moonbase/core/inference'
import { RoutingTrace } from '@moonbase/core/routing'

/** Of a run for which one replica was asked. */
export function traceOf(
  more: Partial<Pick<RoutingTrace, 'attempts' | 'hedges' | 'seams' | 'ends'>> = {},
): RoutingTrace {
  const trace = new RoutingTrace()
  trace.attempts = more.attempts ?? 1
  trace.hedges = more.hedges ?? 0
  trace.seams = more.seams ?? []
  trace.ends = more.ends ?? []
  return trace
}

export function runOf(more: Partial<RunFacts> = {}): RunFacts {
  return { model: 'kimi-k2.5', streamed: false, arrivedAt: 0, trace: traceOf(), ...more }
}
