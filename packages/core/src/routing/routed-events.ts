/** Batches of events, for whoever takes them one by one, and for whoever takes them as they came. Read in one of the ways. */

import type { BatchedEvents, EventBatch, GenerationEvent } from '../generation/index.ts'

type Step = IteratorResult<GenerationEvent, undefined>

/** What is behind the batches. */
interface Generation {
  /** Ends whatever a pending batch waits for. */
  leave(failure?: unknown): void
  /** Of one that has not ended yet. */
  end(): Promise<void>
}

const OVER: IteratorReturnResult<undefined> = { done: true, value: undefined }

/** By hand and not a generator: an event that is here already costs a resolved promise, a third of a `yield` (Node 24). */
export class RoutedEvents implements BatchedEvents, AsyncIterableIterator<GenerationEvent, undefined> {
  readonly #batches: AsyncIterator<EventBatch, undefined>
  readonly #generation: Generation
  #ready: EventBatch = []
  #given = 0
  #over = false
  /** What it was ended with: nobody may take such an end for a good one. */
  #failure: { readonly failure: unknown } | undefined
  /** A step is waiting for a batch; `#latest` is it. */
  #reading = false
  #latest: Promise<unknown> = Promise.resolve()

  constructor(batches: AsyncIterator<EventBatch, undefined>, generation: Generation) {
    this.#batches = batches
    this.#generation = generation
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  next(): Promise<Step> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure.failure)
    const value = this.#ready[this.#given]
    if (value !== undefined) {
      this.#given += 1
      return Promise.resolve({ done: false, value })
    }
    // A caller that does not wait for its steps gets them in order all the same.
    if (this.#reading) {
      const again = (): Promise<Step> => this.next()
      return this.#latest.then(again, again)
    }
    const read = this.#read()
    this.#latest = read
    return read
  }

  /** First the signal, then the generator, which would otherwise wait for the step that is pending. */
  async return(): Promise<IteratorReturnResult<undefined>> {
    await this.#leave()
    return OVER
  }

  /**
   * For a reader that failed, or for whoever must end an answer that somebody else reads: it ends with this failure, and so does every
   * step from then on. Rejects with it.
   */
  async throw(failure: unknown): Promise<IteratorReturnResult<undefined>> {
    this.#failure ??= { failure }
    await this.#leave(failure)
    throw failure
  }

  batches(): AsyncIterableIterator<EventBatch, undefined> {
    return new WholeBatches(this)
  }

  nextBatch(): Promise<IteratorResult<EventBatch, undefined>> {
    return this.#failure === undefined ? this.#batches.next() : Promise.reject(this.#failure.failure)
  }

  async #leave(failure?: unknown): Promise<void> {
    this.#over = true
    this.#ready = []
    this.#generation.leave(failure)
    await this.#batches.return?.()
    // A generator that was never begun has no `finally`.
    await this.#generation.end()
  }

  /** A batch is never empty. */
  async #read(): Promise<Step> {
    this.#reading = true
    try {
      if (this.#over) return OVER
      const step = await this.#batches.next()
      const value = step.done === true ? undefined : step.value[0]
      if (step.done === true || value === undefined || this.#over) return OVER
      this.#ready = step.value
      this.#given = 1
      return { done: false, value }
    } finally {
      this.#reading = false
    }
  }
}

/** A class, because a stream that waits keeps it, and four closures would be ten times as large. */
class WholeBatches implements AsyncIterableIterator<EventBatch, undefined> {
  readonly #events: RoutedEvents

  constructor(events: RoutedEvents) {
    this.#events = events
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  next(): Promise<IteratorResult<EventBatch, undefined>> {
    return this.#events.nextBatch()
  }

  return(): Promise<IteratorReturnResult<undefined>> {
    return this.#events.return()
  }

  throw(failure: unknown): Promise<IteratorReturnResult<undefined>> {
    return this.#events.throw(failure)
  }
}
