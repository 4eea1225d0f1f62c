/** An answer that another engine goes on with: what it is asked, how its seam is checked, how the counts are summed. */

import {
  type Engine,
  type EngineError,
  type GenerationEvent,
  type GenerationRequest,
  type Meter,
  type ReportedUsage,
  type Usage,
  partialOf,
  textOf,
} from '../generation/index.ts'
import { continueRequest } from './continue-request.ts'
import { JsonWalk } from './json-walk.ts'
import { type Given, SeamCheck } from './seam-check.ts'

/** Takes the state of now, whose text is counted: what is generated later is not part of it. */
export function resume(request: GenerationRequest, meter: Meter, failure: EngineError): Resumption {
  return new Resumption(request, meter, failure)
}

export class Resumption {
  /** What ended the attempt before. */
  readonly failure: EngineError
  readonly request: GenerationRequest
  /** Nothing is left of the budget: the answer ends here with `length`. */
  readonly exhausted: boolean
  readonly #meter: Meter
  readonly #given: Given
  readonly #spent: Pick<Usage, 'completion' | 'reasoning'>

  constructor(request: GenerationRequest, meter: Meter, failure: EngineError) {
    const { reasoning, text, calls } = meter.transcript
    const prefix = partialOf(request)
    this.failure = failure
    this.#meter = meter
    this.#spent = meter.counted()
    this.#given = {
      reasoning,
      text,
      calls: calls.map(({ name, arguments: pieces }) => ({ name, arguments: pieces })),
      before: { reasoning: prefix?.reasoning ?? '', text: prefix === undefined ? '' : textOf(prefix.content) },
      json: request.responseFormat.type !== 'text',
    }
    this.request = continueRequest(request, meter.transcript, this.#spent.completion)
    this.exhausted = this.request.maxCompletionTokens === 0
  }

  /** Whether an engine can be told all of what was given: only the last call may be open. */
  get possible(): boolean {
    return this.#given.calls.slice(0, -1).every((call) => {
      const walk = new JsonWalk().push(call.arguments)
      return walk.complete || walk.broken
    })
  }

  /** One for each engine that is asked to go on. */
  continuation(engine: Engine): Continuation {
    return new Continuation(this.#given, engine, this.#meter, this.#spent)
  }
}

/** What one engine says when it goes on: without what it repeats, and with the usage of the whole answer instead of that of its part. */
export class Continuation {
  readonly #seam: SeamCheck
  readonly #meter: Meter
  readonly #spent: Pick<Usage, 'completion' | 'reasoning'>

  constructor(given: Given, engine: Engine, meter: Meter, spent: Pick<Usage, 'completion' | 'reasoning'>) {
    this.#seam = new SeamCheck(given, engine)
    this.#meter = meter
    this.#spent = spent
  }

  /** Adds to `out` what may be given out of an event that is no usage. Throws an `EngineError` for what does not go on. */
  push(event: GenerationEvent, out: GenerationEvent[]): void {
    this.#seam.push(event, out)
  }

  /**
   * The prompt once, by our own count, since what the engine read held a part of the answer; the output of all parts,
   * and nothing for what an engine said again. One that does not tell its thought leaves the whole thought to be counted. What was
   * given out has to be metered and counted before.
   */
  sum(part: ReportedUsage): ReportedUsage {
    const prompt = this.#meter.promptTokens
    const known = { prompt, cached: Math.min(part.cached, prompt) }
    if (this.#seam.removed) return { ...known, ...this.#meter.counted() }
    const completion = part.completion + this.#spent.completion
    if (part.reasoning === undefined) return { ...known, completion }
    return { ...known, completion, reasoning: part.reasoning + this.#spent.reasoning }
  }
}
