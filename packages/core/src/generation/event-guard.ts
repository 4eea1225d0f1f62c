/**
 * The protocol of events, enforced: what an engine may not do becomes a failure here, before a client could take it for
 * an answer. The one that matters most: a stream that ends without a `finish` for every choice was cut.
 */

import { EngineError } from './engine-error.ts'
import type { GenerationEvent } from './event.ts'

const NONE: readonly number[] = []

export class EventGuard {
  readonly #engine: string
  readonly #choices: number
  #started = false
  #usageSeen = false
  /** Choices that have finished: nothing more may come for them. */
  #finished: readonly number[] = NONE
  #finishedChoices = 0
  /** By choice: how many calls it has begun; calls are numbered without gaps. */
  #calls: number[] | undefined

  /** @param begun how many calls of the first choice were begun before: an engine that goes on numbers on from them. */
  constructor(engine: string, choices: number, begun = 0) {
    this.#engine = engine
    this.#choices = choices
    if (begun > 0) this.#calls = [begun]
  }

  /** Every choice has finished: the answer is complete. */
  get finished(): boolean {
    return this.#finishedChoices === this.#choices
  }

  /** Throws an `EngineError` for an event that may not come now. */
  see(event: GenerationEvent): void {
    if (event.type === 'start') {
      if (this.#started) throw this.#fault('started twice')
      this.#started = true
      return
    }
    if (!this.#started) throw this.#fault(`gave ${event.type} before start`)
    if (event.type === 'usage') {
      if (this.#usageSeen) throw this.#fault('gave usage twice')
      if (!this.finished) throw this.#fault('gave usage before the last finish')
      this.#usageSeen = true
      return
    }
    const { choice } = event
    if (!(choice >= 0 && choice < this.#choices) || !Number.isInteger(choice))
      throw this.#fault(`gave choice ${choice}`)
    if (this.#finished.includes(choice)) throw this.#fault(`gave ${event.type} after finish`)
    if (event.type === 'finish') {
      this.#finished = [...this.#finished, choice]
      this.#finishedChoices += 1
    } else if (event.type === 'tool-call') this.#seeCall(choice, event.call, event.name)
  }

  /** The source has ended: was that the end of the answer? */
  end(): void {
    if (this.finished) return
    throw new EngineError('cut', 'ended without a finish for every choice', { engine: this.#engine })
  }

  #seeCall(choice: number, call: number, name: string | undefined): void {
    const calls = (this.#calls ??= [])
    const begun = calls[choice] ?? 0
    if (call >= 0 && call < begun) return
    if (call !== begun) throw this.#fault(`gave tool call ${call} after ${begun} calls`)
    if (name === undefined || name === '') throw this.#fault('gave a tool call without a name')
    calls[choice] = begun + 1
  }

  #fault(what: string): EngineError {
    return new EngineError('protocol', what, { engine: this.#engine })
  }
}
