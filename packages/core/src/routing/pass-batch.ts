/** What may be given out of an engine's batches: guarded, metered, and freed of what it says again where it goes on. */

import { type EngineError, type EventBatch, EventGuard, type GenerationEvent, type Meter } from '../generation/index.ts'
import { asFault } from './batch-checks.ts'
import type { Continuation } from './resumption.ts'

/** Of one attempt. */
export class BatchPass {
  /** What was wrong with the last batch, behind what could be passed on of it. */
  fault: EngineError | undefined
  readonly guard: EventGuard
  readonly #meter: Meter
  readonly #continuation: Continuation | undefined

  constructor(engine: string, choices: number, meter: Meter, continuation: Continuation | undefined) {
    this.guard = new EventGuard(engine, choices, meter.transcript.calls.length)
    this.#meter = meter
    this.#continuation = continuation
  }

  /** A stop string was met: the engine may be let go. */
  get over(): boolean {
    return this.#continuation?.over === true
  }

  /** The same batch, as far as it is right. */
  pass(batch: EventBatch): EventBatch | Promise<EventBatch> {
    if (this.#continuation !== undefined) return this.#passOn(batch, this.#continuation)
    let seen = 0
    try {
      for (const event of batch) {
        this.guard.see(event)
        this.#meter.see(event)
        seen += 1
      }
    } catch (error) {
      this.fault = asFault(error)
      return batch.slice(0, seen)
    }
    return batch
  }

  /** A usage is summed when all that the sum may need is counted. Nothing comes behind it. */
  async #passOn(batch: EventBatch, continuation: Continuation): Promise<EventBatch> {
    const last = batch.at(-1)
    if (last?.type !== 'usage') return this.#goOn(batch, continuation)
    const passed = this.#goOn(batch.slice(0, -1), continuation)
    await this.#meter.complete()
    return this.fault === undefined ? [...passed, ...this.#goOn([last], continuation)] : passed
  }

  #goOn(batch: EventBatch, continuation: Continuation): EventBatch {
    const passed: GenerationEvent[] = []
    try {
      for (const event of batch) {
        if (continuation.over) break
        const checked: GenerationEvent[] = []
        continuation.push(event, checked)
        for (const one of checked) {
          this.guard.see(one)
          // The client has heard the first one.
          if (one.type === 'start') continue
          this.#meter.see(one)
          passed.push(one)
        }
      }
    } catch (error) {
      this.fault = asFault(error)
    }
    return passed
  }
}
