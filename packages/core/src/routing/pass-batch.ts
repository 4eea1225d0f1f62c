/**
 * What may be given out of an engine's batches: guarded, freed of what it says again where it goes on, held to what was asked,
 * and metered. The host's word is not the measure: not for where an answer ends, not for what it costs, not for what it is.
 */

import {
  type AnswerBudget,
  type Engine,
  type EngineError,
  type EventBatch,
  EventGuard,
  type EventStage,
  type GenerationEvent,
  type GenerationRequest,
  type Meter,
  type ReportedUsage,
  StopEnforcer,
  isBelievable,
  partialOf,
  textOf,
} from '../generation/index.ts'
import { asFault } from './batch-checks.ts'
import type { Continuation } from './resumption.ts'
import type { CorrectionKind, RoutingTrace } from './routing-trace.ts'

export interface BatchPassParts {
  /** Who answers. */
  readonly engine: Engine
  /** What the client asked for. */
  readonly request: GenerationRequest
  readonly meter: Meter
  /** Of the whole answer. */
  readonly budget: AnswerBudget
  /** Where it goes on with what another one began. */
  readonly continuation: Continuation | undefined
  /** Told of what the engine gave otherwise than it was asked to. */
  readonly trace: Pick<RoutingTrace, 'correct'>
}

type UsageEvent = GenerationEvent & { readonly type: 'usage' }

/** Of one attempt. */
export class BatchPass {
  /** What was wrong with the last batch, behind what could be passed on of it. */
  fault: EngineError | undefined
  readonly #guard: EventGuard
  readonly #parts: BatchPassParts
  readonly #stops: StopEnforcer | undefined
  #finishes = 0

  constructor(parts: BatchPassParts) {
    const { engine, request, meter } = parts
    const { transcript } = meter
    const prefix = partialOf(request)
    const before = (prefix === undefined ? '' : textOf(prefix.content)) + transcript.text
    const { n } = request.sampling
    this.#parts = parts
    this.#guard = new EventGuard(engine.name, n, transcript.calls.length)
    this.#stops = request.stop.length > 0 ? new StopEnforcer(request.stop, n, before) : undefined
  }

  /** Every choice has ended, and whoever reads was told. */
  get finished(): boolean {
    return this.#finishes >= this.#parts.request.sampling.n
  }

  /** Nothing more may come: the engine may be let go. */
  get over(): boolean {
    return this.#stops?.over === true || this.#parts.budget.over
  }

  /** The source has ended: was that the end of the answer? Throws an `EngineError`. */
  end(): void {
    if (!this.finished) this.#guard.end()
  }

  /** The same batch, as far as it is right. */
  pass(batch: EventBatch): EventBatch | Promise<EventBatch> {
    const last = batch.at(-1)
    if (last?.type !== 'usage') return this.#say(batch)
    const said = this.#say(batch.slice(0, -1))
    return said instanceof Promise ? said.then((events) => this.#withUsage(events, last)) : this.#withUsage(said, last)
  }

  /** What the engine says, as much of it as was asked for. */
  #say(batch: EventBatch): EventBatch | Promise<EventBatch> {
    const { continuation, budget } = this.#parts
    let said = this.#allowed(continuation === undefined ? batch : this.#through(continuation, batch))
    // The client has heard the first start.
    if (continuation !== undefined) said = said.filter(({ type }) => type !== 'start')
    if (this.#stops !== undefined) said = this.#ended(said, this.#stops)
    return budget.has(said) ? this.#metered(said) : this.#fit(said)
  }

  /** What keeps the protocol. */
  #allowed(batch: EventBatch): EventBatch {
    let seen = 0
    try {
      for (const event of batch) {
        this.#guard.see(event)
        seen += 1
      }
    } catch (error) {
      this.fault = asFault(error)
      return batch.slice(0, seen)
    }
    return batch
  }

  /** Up to its stop strings. */
  #ended(batch: EventBatch, stops: StopEnforcer): EventBatch {
    const wasOver = stops.over
    const said = this.#through(stops, batch)
    if (stops.over && !wasOver) this.#corrected('past-stop')
    return said
  }

  async #fit(batch: EventBatch): Promise<EventBatch> {
    const { budget, engine } = this.#parts
    const wasCut = budget.cut
    try {
      const fitting = await budget.fit(batch, engine.name)
      if (budget.cut && !wasCut) this.#corrected('over-budget')
      return this.#metered(fitting)
    } catch (error) {
      this.fault = asFault(error)
      return NOTHING
    }
  }

  /** Through one stage, as far as nothing is wrong. */
  #through(stage: EventStage, batch: EventBatch): EventBatch {
    const out: GenerationEvent[] = []
    try {
      for (const event of batch) stage.push(event, out)
    } catch (error) {
      this.fault = asFault(error)
    }
    return out
  }

  #metered(batch: EventBatch): EventBatch {
    for (const event of batch) {
      this.#parts.meter.see(event)
      if (event.type === 'finish') this.#finishes += 1
    }
    return batch
  }

  /** With the engine's usage behind what it said, where that is what was given out, and can be true. */
  #withUsage(said: EventBatch, event: UsageEvent): EventBatch | Promise<EventBatch> {
    if (this.fault !== undefined || this.#allowed([event]).length === 0) return said
    const { continuation, budget, meter } = this.#parts
    const { usage } = event
    if (this.#stops?.cut === true || budget.cut) return said
    if (continuation === undefined) return this.#withBelieved(said, usage)
    // Summed when all that the sum may need is counted.
    return Promise.resolve(meter.complete()).then(() => this.#withBelieved(said, continuation.sum(usage)))
  }

  #withBelieved(said: EventBatch, usage: ReportedUsage): EventBatch | Promise<EventBatch> {
    const believed = isBelievable(usage, this.#parts.meter)
    return believed instanceof Promise
      ? believed.then((isTrue) => this.#withTold(said, usage, isTrue))
      : this.#withTold(said, usage, believed)
  }

  #withTold(said: EventBatch, usage: ReportedUsage, isTrue: boolean): EventBatch {
    if (!isTrue) {
      this.#corrected('usage')
      return said
    }
    const { meter } = this.#parts
    const completion = Math.min(usage.completion, meter.mostCompletion)
    const event: GenerationEvent = { type: 'usage', usage: { ...usage, completion } }
    meter.see(event)
    return [...said, event]
  }

  #corrected(kind: CorrectionKind): void {
    const { engine, trace } = this.#parts
    trace.correct(engine, kind)
  }
}

const NOTHING: EventBatch = []
