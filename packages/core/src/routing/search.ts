/** Who is asked, and who next: one request's way through engines, replicas, pauses and the budget of retries. */

import { type ApiError, apiError } from '@moonbase/protocol'
import { EngineError, type GenerationRequest, type Meter } from '../generation/index.ts'
import type { AttemptParts } from './attempt.ts'
import { backoffMs } from './backoff.ts'
import { type Chosen, type Nobody, chooseReplica } from './choose-replica.ts'
import type { Route } from './model-table.ts'
import type { Replica } from './replica.ts'
import { Resumption } from './resumption.ts'
import { verdictOn } from './verdict.ts'

export interface RoutingParts extends AttemptParts {
  /** From 0 up to, but without, 1. */
  readonly random: () => number
}

export interface Step {
  readonly replica: Replica
  /** Set when this one goes on with an answer that was begun. */
  readonly resumption: Resumption | undefined
}

export class Search {
  readonly #route: Route
  readonly #request: GenerationRequest
  readonly #meter: Meter
  readonly #signal: AbortSignal
  readonly #parts: RoutingParts
  /** How often each replica has failed this request; infinite for one that must not be asked again. */
  #failed: Map<Replica, number> | undefined
  /** Attempts since something new was given out. */
  #inVain = 0
  #seams = 0
  /** Characters that had been given out at the last failure. */
  #given = 0

  constructor(route: Route, request: GenerationRequest, meter: Meter, signal: AbortSignal, parts: RoutingParts) {
    this.#route = route
    this.#request = request
    this.#meter = meter
    this.#signal = signal
    this.#parts = parts
  }

  /** Throws an `ApiError` when no engine can do what is asked, an `EngineError` when none may be asked now. */
  first(): Replica {
    this.#route.budget.earn()
    const chosen = this.#choose(this.#request)
    if (!('replica' in chosen)) throw this.#whyNobody(chosen)
    return this.#sent(chosen, this.#request)
  }

  /** Throws the failure when nobody else is asked. Waits where somebody is asked again who has failed this request. */
  async next(replica: Replica, failure: EngineError): Promise<Step> {
    this.#note(replica, failure)
    const resumption = this.#resumptionAfter(failure)
    if (resumption?.exhausted === true) return { replica, resumption }
    const asked = resumption?.request ?? this.#request
    this.#inVain += 1
    if (this.#inVain >= this.#route.policy.attempts || !this.#route.budget.spend()) throw failure
    let chosen = this.#choose(asked)
    if (!('replica' in chosen) || this.#failed?.has(chosen.replica) === true) {
      await this.#pause(failure, 'replica' in chosen ? 0 : chosen.waitMs)
      chosen = this.#choose(asked)
    }
    if (!('replica' in chosen)) throw failure
    return { replica: this.#sent(chosen, asked), resumption }
  }

  #choose(asked: GenerationRequest): Chosen | Nobody {
    return chooseReplica(this.#route.targets, asked, this.#failed, this.#parts.clock.now())
  }

  #sent({ target, replica }: Chosen, asked: GenerationRequest): Replica {
    target.balance.sent(asked, replica)
    return replica
  }

  #note(replica: Replica, failure: EngineError): void {
    if (failure.kind === 'overloaded') {
      const { usualMs, longestMs } = this.#route.policy.coolDown
      replica.coolDown(Math.min(failure.details.retryAfterMs ?? usualMs, longestMs), this.#parts.clock.now())
    }
    const failed = (this.#failed ??= new Map())
    if (verdictOn(failure).next === 'other') {
      // The other replicas of this engine are set up alike.
      const target = this.#route.targets.find(({ replicas }) => replicas.includes(replica))
      for (const one of target?.replicas ?? [replica]) failed.set(one, Infinity)
    } else failed.set(replica, (failed.get(replica) ?? 0) + 1)
  }

  /** `undefined` when nothing was given out. Throws the failure when it is the end of what was. */
  #resumptionAfter(failure: EngineError): Resumption | undefined {
    const { transcript } = this.#meter
    const { next, resumable } = verdictOn(failure)
    if (transcript.empty) {
      if (next === 'nobody') throw failure
      return undefined
    }
    if (transcript.size > this.#given) {
      this.#given = transcript.size
      this.#seams += 1
      this.#inVain = 0
    }
    if (!resumable || this.#seams > this.#route.policy.seams || this.#request.sampling.n > 1) throw failure
    return new Resumption(this.#request, this.#meter, failure)
  }

  async #pause(failure: EngineError, untilSomebodyMs: number): Promise<void> {
    const { clock, random } = this.#parts
    const { backoff } = this.#route.policy
    const ms = backoffMs(this.#inVain - 1, failure.details.retryAfterMs, backoff, random)
    if (ms === undefined || untilSomebodyMs > backoff.longestRetryAfterMs) throw failure
    try {
      await clock.sleep(Math.max(ms, untilSomebodyMs), this.#signal)
    } catch (error) {
      throw new EngineError('aborted', 'was stopped between two attempts', {
        engine: failure.details.engine,
        cause: error,
      })
    }
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
