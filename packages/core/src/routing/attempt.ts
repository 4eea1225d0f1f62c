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
  batchesOf,
} from '../generation/index.ts'
import type { Outcome } from './breaker.ts'
import type { RoutingPolicy } from './policy.ts'
import type { Replica } from './replica.ts'
import type { Watch, Watchdog } from './watchdog.ts'

export interface AttemptParts {
  readonly clock: Clock
  readonly watchdog: Watchdog
}

export type Step = IteratorResult<EventBatch, unknown>

export class Attempt {
  readonly replica: Replica
  readonly #request: GenerationRequest
  readonly #clock: Clock
  readonly #limits: RoutingPolicy['watchdog']
  readonly #abort = new AbortController()
  readonly #client: AbortSignal
  readonly #beganAt: number
  readonly #watch: Watch
  /** Whether the replica's breaker is open and this is its trial. */
  readonly #trial: boolean
  #source: AsyncIterator<EventBatch> | undefined
  /** Of the step that is pending. */
  #resolve: ((step: Step) => void) | undefined
  #reject: ((error: unknown) => void) | undefined
  /** The first step, once somebody has asked for it. */
  #first: Promise<Step> | undefined
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
    this.#beganAt = clock.now()
    this.#silenceMs = request.thinking ? limits.thinkingFirstTokenMs : limits.firstTokenMs
    if (request.whole) this.#silenceMs = limits.wholeMs
    this.#trial = replica.enter()
    this.#watch = watchdog.watch(this.#beLate)
    if (client.aborted) this.stop(client.reason)
    else client.addEventListener('abort', this.#leave)
  }

  /** The first step that is more than a `start`: until there is, nothing is promised. The same one for whoever asks. */
  first(): Promise<Step> {
    return (this.#first ??= this.#beginning())
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
    this.#client.removeEventListener('abort', this.#leave)
    this.replica.leave(outcome, this.#trial, this.#clock.now())
    if (this.#ended) return
    // First the signal, then `return()`: a source that is in the middle of a step hears only the former.
    this.stop(new Error('nobody wants the rest'))
    this.#source?.return?.().then(undefined, ignore)
  }

  async #beginning(): Promise<Step> {
    const step = await this.next()
    const [start, second] = step.done === true ? [] : step.value
    if (start?.type !== 'start' || second !== undefined) return step
    const following = await this.next()
    return following.done === true ? following : { done: false, value: [start, ...following.value] }
  }

  readonly #ask = (resolve: (step: Step) => void, reject: (error: unknown) => void): void => {
    if (this.#stopped) {
      reject(this.#abort.signal.reason)
      return
    }
    this.#resolve = resolve
    this.#reject = reject
    this.#watch.expect(this.#silenceMs)
    this.#source ??= batchesOf(this.replica.engine.generate(this.#request, this.#abort.signal))[Symbol.asyncIterator]()
    this.#source.next().then(this.#arrive, this.#fail)
  }

  readonly #arrive = (step: Step): void => {
    this.#watch.rest()
    if (step.done === true) this.#ended = true
    else if (!this.#stopped) this.#live(step.value)
    this.#resolve?.(step)
  }

  readonly #fail = (error: unknown): void => {
    this.#watch.rest()
    this.#ended = true
    this.#reject?.(error)
  }

  #live(batch: EventBatch): void {
    const last = batch.at(-1)
    // Behind `start` the first token is still to come, and has its own limit.
    if (last === undefined || last.type === 'start') return
    this.#silenceMs = last.type === 'reasoning' ? this.#limits.thinkingSilenceMs : this.#limits.silenceMs
    if (!this.#firstToken) return
    this.#firstToken = false
    const now = this.#clock.now()
    this.replica.sawFirstToken(this.#request.whole ? undefined : now - this.#beganAt, this.#trial, now)
  }

  readonly #beLate = (): void => {
    this.#late = true
    this.stop(new Error('it took too long'))
  }

  readonly #leave = (): void => this.stop(this.#client.reason)
}

/** An engine that was left behind may fail as it likes. */
function ignore(): void {}
