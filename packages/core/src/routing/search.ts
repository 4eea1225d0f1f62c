/** Who is asked, and who next: one request's way through engines, replicas, pauses and the budget of retries. */

import { type ApiError, apiError } from '@moonbase/protocol/errors'
import { EngineError, type GenerationRequest, type Meter, type Transcript } from '../generation/index.ts'
import { Attempt, type AttemptParts } from './attempt.ts'
import { backoffMs } from './backoff.ts'
import { type Chosen, type Nobody, chooseReplica } from './choose-replica.ts'
import type { ModelRoute } from './model-table.ts'
import type { Replica } from './replica.ts'
import type { Resumption } from './resumption.ts'
import { moreTelling, verdictOn } from './verdict.ts'

export interface RoutingParts extends AttemptParts {
  /** From 0 up to, but without, 1. */
  readonly random: () => number
  /**
   * What may be told of an engine's words about its failure, which may quote what was asked and answered; `undefined`: nothing.
   * Handed in, because it is much code; without it such words are not told at all.
   */
  readonly wordsToTell?: (words: string, request: GenerationRequest, transcript: Transcript) => string | undefined
  /** How an answer goes on that broke in the middle: `resume`, handed in for the same reason; without it none does. */
  readonly resume?: (request: GenerationRequest, meter: Meter, failure: EngineError) => Resumption
}

/** How the answer goes on after a failure. */
export interface Way {
  /** Absent where nobody is asked any more, because what was given out is all that there may be. */
  readonly attempt: Attempt | undefined
  /** Set when an answer goes on that was begun. */
  readonly resumption: Resumption | undefined
}

export class Search {
  readonly #route: ModelRoute
  readonly #request: GenerationRequest
  readonly #meter: Meter
  readonly #signal: AbortSignal
  readonly #parts: RoutingParts
  /** How often each replica has failed this request; infinite for one that must not be asked again. */
  #failed: Map<Replica, number> | undefined
  /** Attempts that brought nothing, since something new was given out. */
  #inVain = 0
  #seams = 0
  /** Characters that had been given out at the last failure. */
  #given = 0
  /** What the client hears if nobody helps. */
  #telling: EngineError | undefined
  /** One of two that were asked side by side said no to the request itself: nobody else is asked, should the other fail. */
  #isRefused = false
  /** What goes on from the last seam; the same for whoever is asked, until something new is given out. */
  #resumption: Resumption | undefined
  /** Fires when the reader leaves during a pause. */
  #left: AbortController | undefined

  constructor(route: ModelRoute, request: GenerationRequest, meter: Meter, signal: AbortSignal, parts: RoutingParts) {
    this.#route = route
    this.#request = request
    this.#meter = meter
    this.#signal = signal
    this.#parts = parts
  }

  /** `undefined` when somebody has to be waited for. Throws an `ApiError` when no engine can do what is asked. */
  first(): Attempt | undefined {
    this.#route.budget.earn()
    const chosen = this.#choose(this.#request)
    if ('replica' in chosen) return this.#ask(chosen, this.#request)
    if (chosen.ability === undefined && this.#mayWait(chosen)) return undefined
    throw this.#whyNobody(chosen)
  }

  /** Waits for somebody. Throws an `EngineError` when there is nobody after all. */
  async firstLater(): Promise<Attempt> {
    const chosen = await this.#wait(this.#request, 0)
    if ('replica' in chosen) return this.#ask(chosen, this.#request)
    throw this.#whyNobody(chosen)
  }

  /**
   * Throws the most telling failure when nobody else is asked. Waits where somebody is asked again who has failed this
   * request, or who has to be left alone for a while.
   *
   * @param begun something of the answer was given out.
   */
  async next(replica: Replica, failure: EngineError, begun: boolean): Promise<Way> {
    this.#note(replica, failure)
    const { next, resumable } = verdictOn(failure, this.#resumption !== undefined)
    // Several choices are one answer each: nobody can be asked for the rest of them together.
    if (begun && this.#request.sampling.n > 1) throw failure
    if (!begun) {
      const telling = this.#tell(failure)
      if (next === 'nobody') throw failure
      if (this.#isRefused) throw telling
      this.#inVain += 1
    } else if (this.#meter.transcript.size > this.#given) {
      this.#seams += 1
      this.#inVain = 0
      this.#given = this.#meter.transcript.size
      // What broke the answer says more than why nobody could mend it.
      this.#telling = failure
      const { resume } = this.#parts
      if (resume === undefined || !resumable || this.#seams > this.#route.policy.seams) throw failure
      await this.#meter.completeText()
      this.#resumption = resume(this.#request, this.#meter, failure)
      if (this.#resumption.exhausted) return { attempt: undefined, resumption: this.#resumption }
      if (!this.#resumption.possible) throw failure
    } else {
      if (!resumable) throw failure
      this.#inVain += 1
    }
    return { attempt: await this.#another(this.#telling ?? failure), resumption: this.#resumption }
  }

  /** Somebody to ask beside the one who is being asked; `undefined` where there is nobody, or no budget for it. */
  second(first: Replica): Attempt | undefined {
    const failed = new Map(this.#failed).set(first, Infinity)
    const chosen = chooseReplica(this.#route.targets, this.#request, failed, this.#parts.clock.now())
    if (!('replica' in chosen) || this.#failed?.has(chosen.replica) === true) return undefined
    return this.#route.budget.spend() ? this.#ask(chosen, this.#request) : undefined
  }

  /** One of two that are asked side by side is out: it was asked in vain, and what it said may be more telling. */
  lost(replica: Replica, failure: EngineError): void {
    this.#note(replica, failure)
    this.#tell(failure)
    this.#isRefused ||= verdictOn(failure, false).next === 'nobody'
    this.#inVain += 1
  }

  #tell(failure: EngineError): EngineError {
    this.#telling = this.#telling === undefined ? failure : moreTelling(this.#telling, failure)
    return this.#telling
  }

  /** A failure that has been dealt with: what it says about the replica is not forgotten. */
  #note(replica: Replica, failure: EngineError): void {
    const { next, cools } = verdictOn(failure, this.#resumption !== undefined)
    if (cools) {
      const { usualMs, longestMs } = this.#route.policy.coolDown
      replica.coolDown(failure.details.retryAfterMs, usualMs, longestMs, this.#parts.clock.now())
    }
    const failed = (this.#failed ??= new Map())
    if (next === 'other') {
      // The other replicas of this engine are set up alike.
      const target = this.#route.targets.find(({ replicas }) => replicas.includes(replica))
      for (const one of target?.replicas ?? [replica]) failed.set(one, Infinity)
    } else failed.set(replica, (failed.get(replica) ?? 0) + 1)
  }

  /** Nobody wants the answer any more: a pause ends. */
  leave(): void {
    this.#left?.abort()
  }

  /** What goes on from a seam for the first time is work that was admitted; all else that is asked again is a retry. */
  async #another(failure: EngineError): Promise<Attempt> {
    const { policy, budget } = this.#route
    if (this.#inVain > 0 && (this.#inVain >= policy.attempts || !budget.spend())) throw failure
    const asked = this.#resumption?.request ?? this.#request
    let chosen = this.#choose(asked)
    if (!('replica' in chosen) || this.#failed?.has(chosen.replica) === true) {
      const jitterMs = backoffMs(this.#inVain, policy.backoff, this.#parts.random)
      if (!('replica' in chosen) && !this.#mayWait(chosen)) throw failure
      chosen = await this.#wait(asked, jitterMs)
      if (!('replica' in chosen)) throw failure
    }
    return this.#ask(chosen, asked)
  }

  /**
   * Sleeps so long, and as long as everybody has to be left alone, up to the limit of the policy.
   *
   * A little longer each time, so that all who wait for the same replica do not come back together.
   */
  async #wait(asked: GenerationRequest, atLeastMs: number): Promise<Chosen | Nobody> {
    const { clock, random } = this.#parts
    const { backoff } = this.#route.policy
    const until = clock.now() + backoff.longestRetryAfterMs
    let ms = atLeastMs
    for (;;) {
      if (ms > 0) await this.#sleep(ms)
      const chosen = this.#choose(asked)
      if ('replica' in chosen || !this.#mayWait(chosen) || clock.now() + chosen.waitMs > until) return chosen
      ms = Math.max(chosen.waitMs, 1) + backoffMs(1, backoff, random)
    }
  }

  async #sleep(ms: number): Promise<void> {
    const left = (this.#left = new AbortController())
    const leave = (): void => left.abort(this.#signal.reason)
    this.#signal.addEventListener('abort', leave)
    if (this.#signal.aborted) leave()
    try {
      await this.#parts.clock.sleep(ms, left.signal)
    } catch (error) {
      const engine = this.#telling?.details.engine ?? this.#route.model.id
      throw new EngineError('aborted', 'was stopped while it waited', { engine, cause: error })
    } finally {
      this.#signal.removeEventListener('abort', leave)
      this.#left = undefined
    }
  }

  /** For a full engine as long as for its Retry-After; for a broken one only while it has not failed its trials. */
  #mayWait({ full, waitMs }: Nobody): boolean {
    const { backoff, breaker } = this.#route.policy
    return waitMs <= (full ? backoff.longestRetryAfterMs : breaker.openMs)
  }

  #choose(asked: GenerationRequest): Chosen | Nobody {
    return chooseReplica(this.#route.targets, asked, this.#failed, this.#parts.clock.now())
  }

  /** Takes the replica in the same step in which it was chosen: nobody else may think that it is free. */
  #ask({ target, replica }: Chosen, asked: GenerationRequest): Attempt {
    target.balance.sent(asked, replica)
    return new Attempt(replica, asked, this.#signal, this.#route.policy.watchdog, this.#parts)
  }

  #whyNobody({ ability, waitMs, full }: Nobody): ApiError | EngineError {
    const { model } = this.#route
    if (ability !== undefined) return apiError('engine_lacks', { model: model.id, ability })
    const details = { engine: model.id, ...(Number.isFinite(waitMs) ? { retryAfterMs: waitMs } : {}) }
    return full
      ? new EngineError('overloaded', 'every engine has asked to be left alone for a while', details)
      : new EngineError('unavailable', 'no engine may be asked now', details)
  }
}
