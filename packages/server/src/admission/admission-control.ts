/** Whether a request may run: may this account ask, is there room under its limits, and is the money there. */

import { ApiError, apiError, apiErrorWith } from '@moonbase/protocol'
import type { Clock } from '@moonbase/core/generation'
import type { ModelRoute } from '@moonbase/core/routing'
import type { Accounts, KeyAccount } from '../accounts/accounts.ts'
import { type Hold, type Ledger, LedgerError } from '../ledger/ledger.ts'
import type { Quote } from '../prices/price-book.ts'
import { RecentQuotes } from '../prices/recent-quotes.ts'
import type { RequestClass } from '../records/request-record.ts'
import { admissionError, assertMayAsk, limitError } from './limit-errors.ts'
import { type Admission, type AdmissionAnswer, type AdmissionRequest, isRefusal } from './limiter.ts'
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
  readonly promptTokens: () => number
  readonly promptTokensAtMost: number
  readonly maxCompletionTokens: number
  /** The reply is given out in one piece, at its end. */
  readonly whole: boolean
  /** How long it may wait for room, in milliseconds; 0: not at all. */
  readonly waitMs: number
  /** Fires when nobody waits for the answer any more. */
  readonly signal: AbortSignal
}

/** A request that was let in: its slot, its money, and what it costs. Whoever has one ends both. */
export interface Admitted {
  readonly admission: Admission
  readonly hold: Hold
  readonly quote: Quote
  /** Resolves when the hold is durable, and nothing may be given out before; rejects when it is undone. `undefined`: it is durable. */
  readonly kept: Promise<unknown> | undefined
}

export interface AdmissionParts {
  /** The limiter, with the queue in front of it. */
  readonly queue: Pick<RequestQueue, 'admit'>
  readonly ledger: Pick<Ledger, 'hold' | 'holdAhead'>
  readonly accounts: Pick<Accounts, 'prices'>
  readonly clock: Pick<Clock, 'now'>
  /** For metrics. */
  readonly onRefusal: (code: ApiError['code'], cause: unknown) => void
}

/** No answer takes longer; a hold that is older is a mistake, which the audit finds. */
const HOLD_MS = 24 * 3_600_000
/**
 * A prompt that is certainly no larger than this is first taken at that bound, and counted only when that is refused: a count
 * costs half as much as all else that is done for a small request. What is too much is given back when the request ends.
 */
const SMALL_PROMPT_TOKENS = 4_096
const QUEUE_FULL_MS = 1_000

export class AdmissionControl {
  readonly #parts: AdmissionParts
  readonly #quotes = new RecentQuotes()

  constructor(parts: AdmissionParts) {
    this.#parts = parts
  }

  /** @throws ApiError the refusal, in the platform's words */
  async admit(ask: AdmissionAsk): Promise<Admitted> {
    const { caller } = ask
    let admission: Admission | undefined
    try {
      const quote = this.#quoteFor(ask)
      const entered = this.#enter(ask)
      admission = entered instanceof Promise ? await entered : entered
      const { hold, kept } = await this.#hold(ask, quote)
      return { admission, hold, quote, kept }
    } catch (error) {
      // Nothing ran: its tokens are free again. That it asked is counted all the same, as the platform counts it.
      admission?.end(0)
      const refusal = error instanceof ApiError ? error : admissionError(error, caller)
      this.#parts.onRefusal(refusal.code, refusal.cause)
      throw refusal
    }
  }

  /** What a request of this caller costs; `undefined` for a model that has no price. */
  quoteOf(caller: KeyAccount, route: ModelRoute, of: RequestClass): Quote | undefined {
    return this.#quotes.of(route, caller.account.currency, this.#parts.accounts.prices, this.#parts.clock.now(), of)
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

  /** At once for a small prompt that there is room for. */
  #enter(ask: AdmissionAsk): Admission | Promise<Admission> {
    const { caller, maxCompletionTokens, signal, promptTokensAtMost, within } = ask
    const subjects = subjectsOf(caller, ask.class)
    if (promptTokensAtMost > SMALL_PROMPT_TOKENS) return this.#enterCounted(ask, subjects)
    const tokens = promptTokensAtMost + maxCompletionTokens
    const { organisation } = caller
    const waiting = { organisation, class: ask.class, waitMs: 0, signal }
    const answer = this.#parts.queue.admit({ subjects, tokens, within }, waiting)
    const decide = (one: AdmissionAnswer | 'full'): Admission | Promise<Admission> =>
      one === 'full' || isRefusal(one) ? this.#enterCounted(ask, subjects) : one
    return answer instanceof Promise ? answer.then(decide) : decide(answer)
  }

  async #enterCounted(ask: AdmissionAsk, subjects: AdmissionRequest['subjects']): Promise<Admission> {
    const { caller, maxCompletionTokens, waitMs, signal, promptTokens, within } = ask
    const { organisation } = caller
    const tokens = promptTokens() + maxCompletionTokens
    const waiting = { organisation, class: ask.class, waitMs, signal }
    const answer = await this.#parts.queue.admit({ subjects, tokens, within }, waiting)
    if (answer === 'full') {
      throw apiErrorWith('queue_full', { retryAfterMs: QUEUE_FULL_MS }, { organisation, seconds: QUEUE_FULL_MS / 1000 })
    }
    if (isRefusal(answer)) throw limitError(answer, caller)
    return answer
  }

  async #hold(ask: AdmissionAsk, quote: Quote): Promise<Held> {
    const { promptTokensAtMost, promptTokens, maxCompletionTokens } = ask
    const counted = (): Promise<Held> => this.#holdAmount(ask, quote.upperBound(promptTokens(), maxCompletionTokens))
    if (promptTokensAtMost > SMALL_PROMPT_TOKENS) return counted()
    try {
      return await this.#holdAmount(ask, quote.upperBound(promptTokensAtMost, maxCompletionTokens))
    } catch (error) {
      // It may be enough for what the prompt really takes.
      if (error instanceof LedgerError && error.available !== undefined) return counted()
      throw error
    }
  }

  /** Decided in memory where that can be: the engine is asked while the disk writes. */
  async #holdAmount({ id, caller, route, arrivedAt, whole }: AdmissionAsk, amount: number): Promise<Held> {
    const { ledger } = this.#parts
    const request = holdRequest(id, caller, route.model.id, amount, arrivedAt)
    const ahead = mayAskAhead(route) ? ledger.holdAhead(request, !whole) : undefined
    return ahead ?? { hold: await ledger.hold(request), kept: undefined }
  }
}

type Held = Pick<Admitted, 'hold' | 'kept'>

/** Whoever may go on with the answer may be asked in vain, should the disk fail. */
function mayAskAhead({ targets }: ModelRoute): boolean {
  return targets.every(({ askAhead }) => askAhead !== false)
}

/** What is held for a request, or for a fee. */
export function holdRequest(id: string, caller: KeyAccount, model: string, amount: number, at: number) {
  return {
    request: id,
    organisation: caller.organisation,
    project: caller.project,
    key: caller.id,
    model,
    amount,
    projectBudget: caller.projectBudget ?? undefined,
    keyBudget: caller.budget ?? undefined,
    at,
    deadline: at + HOLD_MS,
  }
}
