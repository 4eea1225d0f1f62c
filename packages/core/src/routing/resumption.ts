/** An answer that another engine goes on with: what it is asked, how its seam is checked, how the counts are summed. */

import {
  type EngineError,
  type GenerationEvent,
  type GenerationRequest,
  type Meter,
  type Transcript,
  type Usage,
  enforceStop,
} from '../generation/index.ts'
import { continueRequest } from './continue-request.ts'
import type { Replica } from './replica.ts'
import { checkSeam } from './seam.ts'

export class Resumption {
  /** What ended the attempt before. */
  readonly failure: EngineError
  readonly request: GenerationRequest
  /** Nothing is left of the budget: the answer ends here with `length`. */
  readonly exhausted: boolean
  readonly #given: Pick<Transcript, 'reasoning' | 'text' | 'calls'>
  readonly #spent: Pick<Usage, 'completion' | 'reasoning'>
  readonly #prompt: () => number

  /** Takes the state of now: what is generated later is not part of it. */
  constructor(request: GenerationRequest, meter: Meter, failure: EngineError) {
    const { reasoning, text, calls } = meter.transcript
    this.failure = failure
    this.#spent = meter.counted()
    this.#given = { reasoning, text, calls: calls.map((call) => ({ ...call })) }
    this.#prompt = () => meter.releasePrompt()
    this.request = continueRequest(request, meter.transcript, this.#spent.completion)
    this.exhausted = this.request.maxCompletionTokens === 0
  }

  /** The continuation without what repeats, and ended where a stop string is completed that began before the seam. */
  check(source: AsyncIterable<GenerationEvent>, { engine }: Replica): AsyncIterable<GenerationEvent> {
    return enforceStop(checkSeam(source, this.#given, engine.name), this.request.stop, 1, this.#given.text)
  }

  /**
   * The usage of the whole answer, where the engine tells that of its part: the prompt once, by our own count, since what
   * it read held a part of the answer; the output of all parts.
   */
  sum(event: GenerationEvent): GenerationEvent {
    if (event.type !== 'usage') return event
    const { completion, reasoning } = event.usage
    const prompt = this.#prompt()
    return {
      type: 'usage',
      usage: {
        prompt,
        cached: Math.min(event.usage.cached, prompt),
        completion: completion + this.#spent.completion,
        reasoning: reasoning + this.#spent.reasoning,
      },
    }
  }
}
