/**
 * The events of one generation, pulled from an upstream: the thin shell that does the I/O around a decoder.
 *
 * An iterator by hand and not a generator, for two reasons. A read from the network often brings many chunks, and all but
 * the first of their events are here already: handing one out costs a resolved promise, 60 ns against the 150 ns of a
 * generator's `yield` (Node 24). And `return()` takes effect at once, where a generator would first wait for the step
 * that is pending.
 */

import type { BatchedEvents, EngineError, EventBatch, GenerationEvent } from '../../generation/index.ts'
import type { ReplyDecoder } from './reply-decoder.ts'
import type { TransportReply } from './transport.ts'
import type { UpstreamFailures } from './upstream-failures.ts'

export interface OpenReply {
  readonly reply: TransportReply
  readonly decoder: ReplyDecoder
}

type Step = IteratorResult<GenerationEvent, undefined>
/** All that came with one read, or what was left of it. */
type BatchStep = IteratorResult<EventBatch, undefined>

const OVER: IteratorReturnResult<undefined> = { done: true, value: undefined }

export class UpstreamEvents implements BatchedEvents, AsyncIterableIterator<GenerationEvent, undefined> {
  /** Gone once it was called: it holds the request, which may be large, and a stream may last. */
  #open: (() => Promise<OpenReply>) | undefined
  readonly #signal: AbortSignal
  readonly #failures: UpstreamFailures
  /** Events that have been read; those before `#given` have been handed out. */
  #ready: GenerationEvent[] = []
  #given = 0
  /** What went wrong behind the events that are ready: it comes after them. */
  #failure: EngineError | undefined
  #body: AsyncIterator<Uint8Array> | undefined
  #decoder: ReplyDecoder | undefined
  #reply: TransportReply | undefined
  /** Nothing more is read: the answer is complete, has failed, or nobody wants it. */
  #closed = false
  /** The reader has been told how it ended, or left. */
  #over = false
  /** A step is waiting for the network; `#latest` is it. */
  #reading = false
  #latest: Promise<unknown> = Promise.resolve()

  /** Nothing is done before the first `next()`: `open` is called there. */
  constructor(open: () => Promise<OpenReply>, signal: AbortSignal, failures: UpstreamFailures) {
    this.#open = open
    this.#signal = signal
    this.#failures = failures
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  batches(): AsyncIterableIterator<EventBatch, undefined> {
    return new UpstreamBatches(this)
  }

  next(): Promise<Step> {
    if (this.#hasReady()) return Promise.resolve(this.#takeOne())
    // A caller that does not wait for its steps gets them in order all the same.
    if (this.#reading) return this.#afterLatest(() => this.next())
    const read = this.#read(() => this.#takeOne())
    this.#latest = read
    return read
  }

  nextBatch(): Promise<BatchStep> {
    if (this.#hasReady()) return Promise.resolve(this.#takeBatch())
    if (this.#reading) return this.#afterLatest(() => this.nextBatch())
    const read = this.#read(() => this.#takeBatch())
    this.#latest = read
    return read
  }

  async return(): Promise<IteratorReturnResult<undefined>> {
    this.#over = true
    this.#ready = []
    this.#destroy()
    return OVER
  }

  /** What was read before the signal fired is not given out behind it. */
  #hasReady(): boolean {
    return this.#given < this.#ready.length && !this.#signal.aborted
  }

  #takeOne(): Step {
    const event = this.#ready[this.#given]
    if (event === undefined) return OVER
    this.#given += 1
    return { done: false, value: event }
  }

  #takeBatch(): BatchStep {
    // A copy is as long as it has to be: a stream that waits keeps its last batch.
    const value = this.#ready.slice(this.#given)
    this.#ready = []
    this.#given = 0
    return { done: false, value }
  }

  #afterLatest<Result>(again: () => Promise<Result>): Promise<Result> {
    return this.#latest.then(again, again)
  }

  /** Reads until something is ready, and takes of it; events have been given out in order when this begins. */
  async #read<Taken>(take: () => Taken): Promise<Taken | IteratorReturnResult<undefined>> {
    this.#reading = true
    try {
      for (;;) {
        if (this.#over) return OVER
        if (this.#signal.aborted) throw this.#aborted()
        if (this.#failure !== undefined) throw this.#failure
        if (this.#closed) return OVER
        this.#ready = []
        this.#given = 0
        // One wait for the head of the reply, and one for each read behind it.
        if (this.#body === undefined) await this.#begin()
        else this.#take(await this.#body.next())
        if (this.#ready.length > 0) return take()
      }
    } catch (error) {
      this.#over = true
      this.#ready = []
      this.#destroy()
      // Whatever a stopped request looked like from below, it was stopped.
      throw this.#signal.aborted ? this.#aborted() : this.#failures.transport(error, this.#reply !== undefined)
    } finally {
      this.#reading = false
    }
  }

  async #begin(): Promise<void> {
    const open = this.#open
    this.#open = undefined
    if (open === undefined) throw this.#aborted()
    const { reply, decoder } = await open()
    this.#reply = reply
    this.#decoder = decoder
    this.#body = reply.body[Symbol.asyncIterator]()
    // Whoever asked has left while the head was on its way.
    if (this.#closed) return this.#destroy()
    const all = reply.takeAll?.()
    if (all === undefined) return
    this.#take({ done: false, value: all })
    this.#take(OVER)
  }

  #take(read: IteratorResult<Uint8Array, unknown>): void {
    if (this.#closed) return
    const decoder = this.#decoder
    try {
      if (read.done === true) {
        this.#closed = true
        decoder?.end(this.#ready)
      } else {
        decoder?.push(read.value, this.#ready)
        if (decoder?.complete === true) this.#release()
      }
    } catch (error) {
      this.#failure = this.#failures.transport(error, true)
      this.#destroy()
    }
  }

  #aborted(): EngineError {
    return this.#failures.fault('aborted', 'was stopped', this.#signal.reason)
  }

  /** The answer is complete: the connection may serve the next request. */
  #release(): void {
    this.#closed = true
    if (this.#reply?.release === undefined) this.#destroy()
    else this.#reply.release()
  }

  /** Takes effect before it returns; a transport's `return()` has nothing to say afterwards. */
  #destroy(): void {
    this.#closed = true
    void this.#body?.return?.()
  }
}

/** The same events, as they came together. */
class UpstreamBatches implements AsyncIterableIterator<EventBatch, undefined> {
  readonly #events: UpstreamEvents

  constructor(events: UpstreamEvents) {
    this.#events = events
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  next(): Promise<BatchStep> {
    return this.#events.nextBatch()
  }

  return(): Promise<IteratorReturnResult<undefined>> {
    return this.#events.return()
  }
}
