/** Whether a request may run: may this account ask, is there room under its limits, and is the money there. */

import { ApiError, apiError, apiErrorWith } from '@moonbase/protocol'
import type { Clock, PromptCount } from '@moonbase/core/generation'
import type { ModelRoute } from '@moonbase/core/routing'
import type { Accounts, KeyAccount } from '../accounts/accounts.ts'
import { type HoldRequest, type Ledger, LedgerError } from '../ledger/ledger.ts'
import type { Quote } from '../prices/price-book.ts'
import { RecentQuotes } from '../prices/recent-quotes.ts'
import type { RequestClass } from '../records/request-record.ts'
import { countedIn, paidFrom } from './bounds-in-the-way.ts'
import { holdRequest } from './hold-request.ts'
import { type Amounts, BoundAdmission, type BoundHold, type BoundedRequest, HeldAtBounds } from './held-at-bounds.ts'
import { admissionError, assertMayAsk, limitError, tryAgain } from './limit-errors.ts'
import { type Admission, type AdmissionAnswer, type AdmissionRequest, type Limiter, isRefusal } from './limiter.ts'
import { subjectsOf } from './limited-subjects.ts'
import type { RequestQueue } from './request-queue.ts'

export interface AdmissionAsk {
  /** The request's id. */
  readonly id: string
  readonly caller: KeyAccount
  readonly class: RequestClass
  /** A later round of an answer that is let in already: it has that one's slot, and is no request of its own. */
  readonly within: boolean
  readonly arrivedAt: number
  readonly route: ModelRoute
  readonly prompt: Pick<PromptCount, 'known' | 'atMost' | 'tokens'>
  readonly maxCompletionTokens: number
  /** How long it may wait for room, in milliseconds; 0: not at all. */
  readonly waitMs: number
  /** Fires when nobody waits for the answer any more. */
  readonly signal: AbortSignal
}

type BoundAsk = Pick<AdmissionAsk, 'id' | 'caller' | 'route' | 'prompt' | 'arrivedAt' | 'class'>

/** A request that nobody has sent yet. */
interface WouldHold extends Pick<AdmissionAsk, 'caller' | 'route' | 'arrivedAt'> {
  readonly tokens: number
  readonly bound: Pick<PromptCount, 'known' | 'atMost'>
  readonly budget: number
}

/** A request that was let in: its slot, its money, and what it costs. Whoever has one ends both. */
export interface Admitted {
  readonly admission: Admission
  readonly hold: HoldRequest
  readonly quote: Quote
  /**
   * Resolves when the hold is durable, and nothing may be given out before. Rejects when it is undone, with the ApiError that the
   * client is told. `undefined`: it is durable.
   */
  readonly kept: Promise<unknown> | undefined
}

/** `refused`: the money was not there after all; `unavailable`: it could not be kept. In both the engine was asked in vain. */
export type AheadOutcome = 'kept' | 'refused' | 'unavailable'

export interface AdmissionParts {
  /** The limiter, with the queue in front of it. */
  readonly queue: Pick<RequestQueue, 'admit'>
  /** The same, asked for what it has room for. */
  readonly limiter: Pick<Limiter, 'room'>
  readonly ledger: Pick<Ledger, 'hold' | 'holdAhead' | 'free'>
  readonly accounts: Pick<Accounts, 'prices'>
  readonly clock: Pick<Clock, 'now'>
  /** Measurements bring one of another share. */
  readonly atBounds?: HeldAtBounds
  /** For metrics. */
  readonly onRefusal: (code: ApiError['code'], cause: unknown) => void
  /** For metrics: what became of each hold that the engine was asked ahead of. */
  readonly onAhead: (outcome: AheadOutcome) => void
}

const QUEUE_FULL_MS = 1_000

export class AdmissionControl {
  readonly #parts: AdmissionParts
  readonly #quotes = new RecentQuotes()
  readonly #atBounds: HeldAtBounds

  constructor(parts: AdmissionParts) {
    this.#parts = parts
    this.#atBounds = parts.atBounds ?? new HeldAtBounds()
  }

  /** @throws ApiError the refusal, in the platform's words */
  async admit(ask: AdmissionAsk): Promise<Admitted> {
    const { caller } = ask
    let admission: Admission | undefined
    let bound: BoundHold | undefined
    try {
      const quote = this.#quoteFor(ask)
      const subjects = subjectsOf(caller, ask.class)
      bound = this.#reserve(ask, quote, subjects)
      const entered = bound === undefined ? undefined : this.#enterAtBound(ask, subjects)
      const atBound = entered instanceof Promise ? await entered : entered
      if (atBound === undefined) {
        bound?.release()
        bound = undefined
        admission = await this.#enterCounted(ask, subjects)
      } else admission = bound === undefined ? atBound : new BoundAdmission(atBound, bound)
      const { hold, kept } = await this.#hold(ask, quote, bound)
      return { admission, hold, quote, kept: kept && this.#keeping(kept, ask, quote, bound) }
    } catch (error) {
      bound?.release()
      // Nothing ran: its tokens are free again. That it asked is counted all the same, as the platform counts it.
      admission?.end(0)
      throw this.#refusal(error, caller)
    }
  }

  /** What a request of this caller costs; `undefined` for a model that has no price. */
  quoteOf(caller: KeyAccount, route: ModelRoute, of: RequestClass): Quote | undefined {
    return this.#quotes.of(route, caller.account.currency, this.#parts.accounts.prices, this.#parts.clock.now(), of)
  }

  /**
   * What would be held for a request that came now: at the bound of its prompt where there is room for that, else by its count.
   * Nothing is held, and nothing decided. `undefined` for a model that has no price.
   *
   * @param tokens of the prompt
   */
  wouldHold({ caller, route, tokens, bound, budget, arrivedAt }: WouldHold): number | undefined {
    const quote = this.quoteOf(caller, route, 'interactive')
    if (quote === undefined) return undefined
    const prompt = { ...bound, tokens: () => tokens }
    const ask = { id: '', caller, route, prompt, arrivedAt, class: 'interactive' } as const
    const reserved = this.#reserve(ask, quote, subjectsOf(caller, 'interactive'))
    reserved?.release()
    return quote.upperBound(reserved === undefined ? tokens : bound.atMost, budget)
  }

  /** What a fee costs this caller; `undefined` where the model's price list has none. */
  feeOf(what: 'web_search', caller: KeyAccount, model: string): number | undefined {
    return this.#parts.accounts.prices.fee(what, model, caller.account.currency, this.#parts.clock.now())
  }

  #quoteFor({ caller, route, class: of }: AdmissionAsk): Quote {
    assertMayAsk(caller, route.model.id)
    const quote = this.quoteOf(caller, route, of)
    if (quote === undefined) throw apiError('model_not_priced', { model: route.model.id })
    return quote
  }

  /** Where the prompt need not be counted: room for it at its bound. */
  #reserve(ask: BoundAsk, quote: Quote, subjects: AdmissionRequest['subjects']): BoundHold | undefined {
    const { caller, prompt, id, arrivedAt, route } = ask
    const { atMost } = prompt
    if (prompt.known !== undefined || atMost === Infinity) return undefined
    const { ledger, limiter } = this.#parts
    const tokens = limiter.room(subjects)
    if (tokens === undefined) return undefined
    const money = ledger.free(holdRequest(id, caller, route.model.id, 0, arrivedAt))
    if (money === undefined) return undefined
    const { project, id: key, organisation } = caller
    const request = { prompt, quote, project, key, class: ask.class }
    return this.#atBounds.reserve(organisation, request, { money, tokens })
  }

  /** `undefined`: there is no room for the bound. */
  #enterAtBound(
    ask: AdmissionAsk,
    subjects: AdmissionRequest['subjects'],
  ): Admission | undefined | Promise<Admission | undefined> {
    const { caller, prompt, maxCompletionTokens, signal, within } = ask
    const { organisation } = caller
    const tokens = prompt.atMost + maxCompletionTokens
    const waiting = { organisation, class: ask.class, waitMs: 0, signal }
    const answer = this.#parts.queue.admit({ subjects, tokens, within }, waiting)
    return answer instanceof Promise ? answer.then(admissionOf) : admissionOf(answer)
  }

  async #enterCounted(ask: AdmissionAsk, subjects: AdmissionRequest['subjects']): Promise<Admission> {
    const { caller, maxCompletionTokens, waitMs, signal, prompt, within } = ask
    const { organisation } = caller
    const tokens = (await prompt.tokens()) + maxCompletionTokens
    const waiting = { organisation, class: ask.class, waitMs, signal }
    const answer = await this.#parts.queue.admit({ subjects, tokens, within }, waiting)
    if (answer === 'full') {
      throw apiErrorWith('queue_full', { retryAfterMs: QUEUE_FULL_MS }, { organisation, seconds: QUEUE_FULL_MS / 1000 })
    }
    if (!isRefusal(answer)) return answer
    const { refused, current, limit, subject } = answer
    const over = current + tokens - limit
    // No bounds are in the way of what is larger than the limit.
    const mayBeBounds = tokens <= limit && (refused === 'tpm' || refused === 'tpd')
    throw mayBeBounds && (await this.#isByBounds(organisation, 'tokens', over, countedIn(subject)))
      ? tryAgain(caller, answer)
      : limitError(answer, caller)
  }

  async #hold(ask: AdmissionAsk, quote: Quote, bound: BoundHold | undefined): Promise<Held> {
    const { prompt, maxCompletionTokens, caller } = ask
    if (bound !== undefined) {
      try {
        return await this.#holdAmount(ask, quote.upperBound(prompt.atMost, maxCompletionTokens))
      } catch (error) {
        // It may be enough for what the prompt really takes.
        if (!(error instanceof LedgerError) || error.available === undefined) throw error
        bound.releaseMoney()
      }
    }
    const amount = quote.upperBound(await prompt.tokens(), maxCompletionTokens)
    try {
      return await this.#holdAmount(ask, amount)
    } catch (error) {
      throw await this.#truth(error, amount, caller)
    }
  }

  /** Why there is no money for what a request really takes: because of bounds, or of quota. */
  async #truth(error: unknown, amount: number, caller: KeyAccount): Promise<unknown> {
    if (!(error instanceof LedgerError) || error.available === undefined) return error
    const missing = amount - error.available
    const isByBounds = this.#isByBounds(caller.organisation, 'money', missing, paidFrom(error.kind, caller))
    return (await isByBounds) ? tryAgain(caller, error) : error
  }

  /** As `kept`, with what the client is told where it is refused. Its engine has been asked, so nothing else is tried. */
  async #keeping(kept: Promise<unknown>, ask: AdmissionAsk, quote: Quote, bound: BoundHold | undefined): Promise<void> {
    const { caller } = ask
    const { onAhead } = this.#parts
    try {
      await kept
    } catch (error) {
      if (!(error instanceof LedgerError) || error.available === undefined) {
        onAhead('unavailable')
        throw this.#refusal(error, caller)
      }
      onAhead('refused')
      bound?.releaseMoney()
      const amount = await amountOf(ask, quote)
      const isEnough = amount <= error.available
      throw this.#refusal(isEnough ? tryAgain(caller, error) : await this.#truth(error, amount, caller), caller)
    }
    onAhead('kept')
  }

  #refusal(error: unknown, caller: KeyAccount): ApiError {
    const refusal = error instanceof ApiError ? error : admissionError(error, caller)
    this.#parts.onRefusal(refusal.code, refusal.cause)
    return refusal
  }

  /** Whether there would be enough if all that is held at bounds were counted; so it is, where that may be so. */
  async #isByBounds(
    organisation: string,
    of: keyof Amounts,
    missing: number,
    isOf: (request: BoundedRequest) => boolean,
  ): Promise<boolean> {
    const all = this.#atBounds.of(organisation)[of]
    return all > 0 && missing <= all && missing <= (await this.#atBounds.excessOf(organisation, isOf))[of]
  }

  /** Decided in memory where that can be: the engine is asked while the disk writes. */
  async #holdAmount({ id, caller, route, arrivedAt }: AdmissionAsk, amount: number): Promise<Held> {
    const { ledger } = this.#parts
    const request = holdRequest(id, caller, route.model.id, amount, arrivedAt)
    const ahead = mayAskAhead(route) ? ledger.holdAhead(request) : undefined
    return ahead ?? { hold: await ledger.hold(request), kept: undefined }
  }
}

function admissionOf(answer: AdmissionAnswer | 'full'): Admission | undefined {
  return answer === 'full' || isRefusal(answer) ? undefined : answer
}

type Held = Pick<Admitted, 'hold' | 'kept'>

/** Whoever may go on with the answer may be asked in vain, should the disk fail. */
function mayAskAhead({ targets }: ModelRoute): boolean {
  return targets.every(({ askAhead }) => askAhead !== false)
}

/** By its count; nothing where it cannot be counted, because too many wait or its client has left. */
async function amountOf({ prompt, maxCompletionTokens }: AdmissionAsk, quote: Quote): Promise<number> {
  try {
    return quote.upperBound(await prompt.tokens(), maxCompletionTokens)
  } catch {
    return 0
  }
}
