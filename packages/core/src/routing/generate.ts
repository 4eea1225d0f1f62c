/**
 * One stream of events, however many engines it takes.
 *
 * Until something of the answer was given out, a failure costs nothing: somebody else is asked. After that, somebody else
 * goes on from what was given, or the failure is the end. What an engine says is guarded and metered here, once.
 *
 * Events are handed on as they came, in batches, because waiting for one costs more than all that is done with it here.
 */

import {
  AnswerBudget,
  type Engine,
  EngineError,
  type EventBatch,
  type GenerationRequest,
  type Meter,
} from '../generation/index.ts'
import type { Attempt } from './attempt.ts'
import type { GenerationEnd, GenerationHooks } from './generation-hooks.ts'
import type { Outcome } from './breaker.ts'
import { completed, saysNothing, unquoted } from './batch-checks.ts'
import { hedge, mayHedge } from './hedge.ts'
import type { RoutingTrace } from './routing-trace.ts'
import type { ModelRoute } from './model-table.ts'
import { BatchPass } from './pass-batch.ts'
import type { Resumption } from './resumption.ts'
import { RoutedEvents } from './routed-events.ts'
import { type RoutingParts, Search, type Way } from './search.ts'
import { verdictOn } from './verdict.ts'

/**
 * Ends only after a `finish` for every choice and one `usage`; else throws an `EngineError`, or an `ApiError` where no
 * engine can do what is asked. Nothing is done before the first `next()`. Whoever leaves is not kept waiting by an engine.
 *
 * `hooks.onEnd` has been awaited when the iterator says that it is over, or throws: also for who leaves, by `return()` or with
 * a failure of his own by `throw()`, and for who never began to read.
 */
export function generate(
  route: ModelRoute,
  request: GenerationRequest,
  meter: Meter,
  trace: RoutingTrace,
  signal: AbortSignal,
  parts: RoutingParts,
  hooks: GenerationHooks = {},
): RoutedEvents {
  const generation = new Generation(route, request, meter, trace, signal, parts, hooks)
  return new RoutedEvents(generation.batches(), generation)
}

class Generation {
  readonly #request: GenerationRequest
  readonly #meter: Meter
  readonly #trace: RoutingTrace
  readonly #parts: RoutingParts
  readonly #search: Search
  readonly #budget: AnswerBudget
  readonly #hooks: GenerationHooks
  /** Undefined where a second replica is never asked. */
  readonly #hedgeAfterMs: number | undefined
  #attempt: Attempt | undefined
  /** Asked beside it until the first token. */
  #second: Attempt | undefined
  /** Something was given out. */
  #started = false
  #left = false
  /** What the reader left with. */
  #leftWith: unknown
  #ended = false
  #given = false
  /** Whoever pays for it did not let it begin. */
  #refused = false

  constructor(
    route: ModelRoute,
    request: GenerationRequest,
    meter: Meter,
    trace: RoutingTrace,
    signal: AbortSignal,
    parts: RoutingParts,
    hooks: GenerationHooks,
  ) {
    this.#hooks = hooks
    this.#request = request
    this.#meter = meter
    this.#trace = trace
    this.#parts = parts
    this.#search = new Search(route, request, meter, signal, parts)
    const { maxCompletionTokens, sampling } = request
    this.#budget = new AnswerBudget(maxCompletionTokens, sampling.n, meter)
    meter.mostCompletion = maxCompletionTokens * sampling.n
    const { hedgeAfterMs } = route.policy
    this.#hedgeAfterMs = hedgeAfterMs !== undefined && mayHedge(request) ? hedgeAfterMs : undefined
  }

  /** The reader leaves: whatever is waited for ends now. */
  leave(failure?: unknown): void {
    this.#left = true
    this.#leftWith ??= failure
    this.#attempt?.stop(LEFT)
    this.#second?.stop(LEFT)
    this.#search.leave()
  }

  /** Of one that was never begun, or has ended already: only the first end counts. */
  async end(how: GenerationEnd['how'] = 'left', failure: unknown = this.#leftWith): Promise<void> {
    if (this.#ended) return
    this.#ended = true
    try {
      await this.#hooks.onEnd?.({ how, failure, given: this.#given })
    } catch (error) {
      // Whoever settles has noted it; what the reader is told is why the answer did not come to its end.
      if (how === 'complete') throw error
    }
  }

  async *batches(): AsyncGenerator<EventBatch, undefined, undefined> {
    let how: GenerationEnd['how'] = 'left'
    let failure: unknown = this.#leftWith
    try {
      let resumption: Resumption | undefined
      let attempt: Attempt | undefined = this.#search.first() ?? (await this.#search.firstLater())
      while (attempt !== undefined) {
        this.#begin(attempt)
        let outcome: Outcome = 'neutral'
        let broken: EngineError | undefined
        let finished = false
        try {
          if (resumption === undefined && this.#hedgeAfterMs !== undefined) {
            attempt = await this.#hedged(attempt, this.#hedgeAfterMs)
          }
          const { engine } = attempt.replica
          this.#trace.engine = engine
          const pass = this.#pass(engine, resumption)
          let crossed = false
          for (let step = await attempt.first(); step.done !== true; step = await attempt.next()) {
            const passing = pass.pass(step.value)
            let passed = passing instanceof Promise ? await passing : passing
            // Nothing is promised by a batch that went wrong before it said anything.
            if (!this.#started && pass.fault !== undefined && saysNothing(passed)) passed = NOTHING
            else this.#started = true
            finished = pass.finished
            if (passed.length > 0) {
              if (resumption !== undefined && !crossed) {
                this.#trace.cross(resumption.failure, attempt.replica, this.#parts.clock.now())
              }
              crossed = true
              const made = completed(passed, this.#meter)
              const whole = made instanceof Promise ? await made : made
              const kept = this.#hand(whole)
              if (kept !== undefined) await kept
              yield whole
            }
            if (pass.fault !== undefined) throw pass.fault
            if (pass.over) break
          }
          pass.end()
          outcome = 'success'
        } catch (error) {
          // No engine is at fault, and none may go on with what is not paid for.
          if (this.#refused) throw error
          broken = attempt.failure(error)
          ;({ outcome } = verdictOn(broken, resumption !== undefined))
        } finally {
          // A reader that leaves passes here too, and says nothing about the engine.
          attempt.close(outcome)
          this.#trace.ended(attempt, outcome === 'success' ? 'complete' : (broken?.kind ?? 'aborted'))
        }
        // Behind the last finish nothing is missing but the count, and that can be made here.
        if (broken === undefined || finished) break
        ;({ attempt, resumption } = await this.#next(attempt, broken))
        if (attempt === undefined) yield this.#handed([{ type: 'finish', choice: 0, reason: 'length' }])
      }
      if (!this.#meter.reported) {
        await this.#meter.complete()
        yield this.#handed([{ type: 'usage', usage: this.#meter.usage() }])
      }
      how = 'complete'
      return undefined
    } catch (error) {
      how = this.#left ? 'left' : 'failed'
      // Whoever left with a failure of his own, or was made to, hears that one and not what came of it.
      failure = this.#leftWith ?? error
      throw failure
    } finally {
      await this.end(how, failure)
    }
  }

  #pass(engine: Engine, resumption: Resumption | undefined): BatchPass {
    return new BatchPass({
      engine,
      request: this.#request,
      meter: this.#meter,
      budget: this.#budget,
      continuation: resumption?.continuation(engine),
      trace: this.#trace,
    })
  }

  /** A batch on its way to the reader. The first waits for whoever pays for it. */
  #hand(batch: EventBatch): Promise<void> | undefined {
    const [start] = batch
    const kept = this.#given || start?.type !== 'start' ? undefined : this.#hooks.onStart?.(start)
    if (kept === undefined) {
      this.#handed(batch)
      return undefined
    }
    return kept.then(
      () => void this.#handed(batch),
      (error: unknown) => {
        this.#refused = true
        throw error
      },
    )
  }

  #handed(batch: EventBatch): EventBatch {
    this.#given = true
    this.#hooks.onBatch?.(batch)
    return batch
  }

  #begin(attempt: Attempt): void {
    this.#attempt = attempt
    this.#trace.attempts += 1
    // It was chosen while the reader left.
    if (this.#left) attempt.stop(LEFT)
  }

  /** What an engine says of its failure leaves without what it quotes: the client has its own words, and others the log. */
  async #next({ replica }: Attempt, failure: EngineError): Promise<Way> {
    try {
      return await this.#search.next(replica, failure, this.#started)
    } catch (error) {
      throw error instanceof EngineError ? unquoted(error, this.#request, this.#meter, this.#parts) : error
    }
  }

  async #hedged(first: Attempt, afterMs: number): Promise<Attempt> {
    const winner = await hedge(first, {
      afterMs,
      clock: this.#parts.clock,
      second: () => {
        this.#second = this.#left ? undefined : this.#search.second(first.replica)
        if (this.#second !== undefined) {
          this.#trace.attempts += 1
          this.#trace.hedges += 1
        }
        return this.#second
      },
      lost: (attempt, failure) => {
        if (failure !== undefined) this.#search.lost(attempt.replica, failure)
        attempt.close(failure === undefined ? 'neutral' : verdictOn(failure, false).outcome)
        this.#trace.ended(attempt, failure?.kind ?? 'outpaced')
      },
    })
    this.#attempt = winner
    this.#second = undefined
    return winner
  }
}

const LEFT = new Error('the reader left')
const NOTHING: EventBatch = []
