/**
 * One stream of events, however many engines it takes.
 *
 * Until something of the answer was given out, a failure costs nothing: somebody else is asked. After that, somebody else
 * goes on from what was given, or the failure is the end. What an engine says is guarded and metered here, once.
 */

import {
  type EngineError,
  EventGuard,
  type GenerationEvent,
  type GenerationRequest,
  type Meter,
} from '../generation/index.ts'
import { Attempt } from './attempt.ts'
import type { Outcome } from './breaker.ts'
import type { Journey } from './journey.ts'
import type { Route } from './model-table.ts'
import { Resumption } from './resumption.ts'
import { type RoutingParts, Search } from './search.ts'
import { verdictOn } from './verdict.ts'

/**
 * Ends only after a `finish` for every choice and one `usage`; else throws an `EngineError`, or an `ApiError` where no
 * engine can do what is asked.
 */
export async function* generate(
  route: Route,
  request: GenerationRequest,
  meter: Meter,
  journey: Journey,
  signal: AbortSignal,
  parts: RoutingParts,
): AsyncGenerator<GenerationEvent, void, void> {
  const search = new Search(route, request, meter, signal, parts)
  let started = false
  let resumption: Resumption | undefined
  let replica = search.first()
  for (;;) {
    const asked = resumption?.request ?? request
    const attempt = new Attempt(replica, asked, signal, route.policy.watchdog, parts)
    const guard = new EventGuard(replica.engine.name, request.sampling.n, meter.transcript.calls.length)
    journey.attempts += 1
    journey.engine = replica.engine
    let outcome: Outcome = 'neutral'
    let broken: EngineError | undefined
    try {
      for await (const event of resumption?.check(attempt.events, replica) ?? attempt.events) {
        guard.see(event)
        attempt.saw(event)
        if (event.type === 'start') {
          if (resumption !== undefined) journey.cross(resumption.failure, replica)
          if (started) continue
          started = true
        }
        const passed = resumption === undefined ? event : resumption.sum(event)
        meter.see(passed)
        yield passed
      }
      guard.end()
      outcome = 'success'
    } catch (error) {
      broken = attempt.failure(error)
      ;({ outcome } = verdictOn(broken))
    } finally {
      // A reader that leaves passes here too, and says nothing about the engine.
      attempt.close(outcome)
    }
    // Behind the last finish nothing is missing but the count, and that can be made here.
    if (broken === undefined || guard.finished) break
    ;({ replica, resumption } = await search.next(replica, broken))
    if (resumption?.exhausted === true) {
      yield { type: 'finish', choice: 0, reason: 'length' }
      break
    }
  }
  if (!meter.reported) yield { type: 'usage', usage: meter.usage() }
}
