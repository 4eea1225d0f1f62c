/**
 * One asking of one replica: its signal, its watch, and what it says about the replica when it ends.
 *
 * An engine that is to stop is told by its signal and then left behind, whether it listens or not: whoever waits for its
 * next events hears at once, and what it still brings, a failure included, reaches nobody.
 */

import {
  type Clock,
  EngineError,
  type EventBatch,
  type GenerationRequest,
  WholePairs,
  batchesOf,
  isWhole,
} from '../generation/index.ts'
import type { Outcome } from './breaker.ts'
import type { RoutingPolicy } from './policy.ts'
import type { Replica } from './replica.ts'
import type { Watch, Watchdog, Watched } from './watchdog.ts'

export interface AttemptParts {
  readonly clock: Clock
  readonly watchdog: Watchdog
}

export type Step = IteratorResult<EventBatch, unknown>

const NOTHING: EventBatch = []

/** It listens itself: a stream that waits keeps no closure for what may never happen. */
export class Attempt implements Watched {
  readonly replica: Replica
  /** Milliseconds since the Unix epoch, as `endedAt`. */
  readonly beganAt: number
  /** Known once it is closed. */
  endedAt = 0
  /** When the first token came; `undefined`: none did. */
  firstTokenAt: number | undefined
  /** Who it says it is, once it has said anything. */
  model: string | undefined
  readonly #request: GenerationRequest
  readonly #clock: Clock
  readonly #limits: RoutingPolicy['watchdog']
  readonly #abort = new AbortController()
  readonly #client: AbortSignal
  readonly #watch: Watch
  /** Once a piece has ended inside of a character. */
  #pairs: WholePairs | undefined
  /** Whether the replica's breaker is open and this is its trial. */
  readonly #trial: boolean
  #source: AsyncIterator<EventBatch> | undefined
  /** Of the step that is pending. */
  #resolve: ((step: Step) => void) | undefined
  #reject: ((error: unknown) => void) | undefined
  /** The first step, once somebody has asked for it. */
  #first: Promise<Step> | undefined
  /** What came before the first token. */
  #held: EventBatch = NOTHING
  #silenceMs: number
  #firstToken = true
  #late = false
  /** The source has told its end. */
  #ended = false
  #stopped = false
  #open = true

  /** `client` fires when nobody wants the answer any more. Enters the replica; every attempt is closed once. */
  constructor(
    replica: Replica,
    request: GenerationRequest,
    client: AbortSignal,
    limits: RoutingPolicy['watchdog'],
    { clock, watchdog }: AttemptParts,
  ) {
    this.replica = replica
    this.#request = request
    this.#clock = clock
    this.#limits = limits
    this.#client = client
    this.beganAt = clock.now()
    this.#silenceMs = firstTokenWithin(request, limits)
    this.#trial = replica.enter()
    this.#watch = watchdog.watch(this)
    if (client.aborted) this.stop(client.reason)
    else client.addEventListener('abort', this)
  }

  /** The first step that is more than a `start`: until there is, nothing is promised. The same one for whoever asks. */
  first(): Promise<Step> {
    return (this.#first ??= this.next())
  }

  /** The next step. One at a time; a failure is for `failure` to name. */
  next(): Promise<Step> {
    return new Promise(this.#ask)
  }

  /** Ends a pending step at once, and all that follow. */
  stop(reason: unknown): void {
    if (this.#stopped) return
    this.#stopped = true
    this.#abort.abort(reason)
    this.#reject?.(reason)
  }

  /** What was expected did not come in time. */
  beLate(): void {
    this.#late = true
    this.stop(new Error('it took too long'))
  }

  /** The client has left. */
  handleEvent(): void {
    this.stop(this.#client.reason)
  }

  /** What was thrown, as the failure that it is. */
  failure(error: unknown): EngineError {
    const { name } = this.replica.engine
    if (this.#client.aborted) return new EngineError('aborted', 'was stopped', { engine: name, cause: error })
    if (this.#late) {
      const what = this.#firstToken ? 'gave no first token in time' : 'fell silent'
      return new EngineError('timeout', what, { engine: name, cause: error })
    }
    if (error instanceof EngineError) return error
    if (this.#stopped) return new EngineError('aborted', 'was stopped', { engine: name, cause: error })
    const said = error instanceof Error ? error.message : String(error)
    return new EngineError('protocol', `failed: ${said}`, { engine: name, cause: error })
  }

  /** Lets go of the engine and of the replica. Only the first call counts. */
  close(outcome: Outcome): void {
    if (!this.#open) return
    this.#open = false
    this.#watch.stop()
    this.#client.removeEventListener('abort', this)
    this.endedAt = this.#clock.now()
    this.replica.leave(outcome, this.#trial, this.endedAt)
    if (this.#ended) return
    // First the signal, then `return()`: a source that is in the middle of a step hears only the former.
    this.stop(new Error('nobody wants the rest'))
    this.#source?.return?.().then(undefined, ignore)
  }

  readonly #ask = (resolve: (step: Step) => void, reject: (error: unknown) => void): void => {
    if (this.#stopped) {
      reject(this.#abort.signal.reason)
      return
    }
    this.#resolve = resolve
    this.#reject = reject
    this.#source ??= batchesOf(this.replica.engine.generate(this.#request, this.#abort.signal))[Symbol.asyncIterator]()
    this.#pull(this.#source)
  }

  #pull(source: AsyncIterator<EventBatch>): void {
    this.#watch.expect(this.#silenceMs)
    source.next().then(this.#arrive, this.#fail)
  }

  readonly #arrive = (step: Step): void => {
    this.#watch.rest()
    if (step.done === true) {
      this.#ended = true
      this.#resolve?.(step)
      return
    }
    // What is given out may be gone on from by another engine, and no engine can go on from half of a character.
    if (this.#pairs === undefined && !isWhole(step.value)) this.#pairs = new WholePairs()
    const batch = this.#pairs?.pass(step.value) ?? step.value
    if (!this.#stopped && this.#firstToken) return this.#begin(batch)
    this.#expectAfter(batch)
    this.#resolve?.(batch === step.value ? step : { done: false, value: batch })
  }

  /** Before the first token: what says nothing waits for it. */
  #begin(batch: EventBatch): void {
    const now = this.#clock.now()
    if (saysNothing(batch)) {
      // An empty piece is nothing to keep; what is left is a `start`, or two, which the guard will refuse.
      const starts = batch.filter(({ type }) => type === 'start')
      this.#held = [...this.#held, ...starts].slice(0, 2)
      // The first token is still to come, within what is left of its own limit.
      this.#silenceMs = Math.max(firstTokenWithin(this.#request, this.#limits) - (now - this.beganAt), 1)
      if (this.#source !== undefined) this.#pull(this.#source)
      return
    }
    this.#firstToken = false
    this.firstTokenAt = now
    const start = this.#held[0] ?? batch[0]
    if (start?.type === 'start') this.model = start.model
    this.replica.sawFirstToken(this.#request.whole ? undefined : now - this.beganAt, this.#trial, now)
    this.#expectAfter(batch)
    this.#resolve?.({ done: false, value: this.#held.length === 0 ? batch : [...this.#held, ...batch] })
    this.#held = NOTHING
  }

  #expectAfter(batch: EventBatch): void {
    const isThought = batch.at(-1)?.type === 'reasoning'
    this.#silenceMs = isThought ? this.#limits.thinkingSilenceMs : this.#limits.silenceMs
  }

  readonly #fail = (error: unknown): void => {
    this.#watch.rest()
    this.#ended = true
    this.#reject?.(error)
  }
}

function firstTokenWithin({ whole, thinking }: GenerationRequest, limits: RoutingPolicy['watchdog']): number {
  if (whole) return limits.wholeMs ?? limits.thinkingFirstTokenMs
  return thinking ? limits.thinkingFirstTokenMs : limits.firstTokenMs
}

/** Some engines say who answers, or an empty piece, long before the first token. */
function saysNothing(batch: EventBatch): boolean {
  for (const event of batch) {
    if (event.type === 'start') continue
    if ((event.type === 'text' || event.type === 'reasoning') && event.text === '') continue
    return false
  }
  return true
}

/** An engine that was left behind may fail as it likes. */
function ignore(): void {}
