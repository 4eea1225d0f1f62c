/** Where a request is let in: may this account ask, is there room under its limits, and is the money there. */

import { ApiError, apiError, apiErrorWith } from '@moonbase/protocol'
import type { Clock } from '@moonbase/core/generation'
import type { ModelRoute } from '@moonbase/core/routing'
import type { Accounts, KeyAccount } from '../accounts/accounts.ts'
import { ActiveList } from '../collections/active-list.ts'
import type { Hold, HoldEnd, Ledger } from '../ledger/ledger.ts'
import { LedgerError } from '../ledger/ledger.ts'
import type { Quote } from '../prices/price-book.ts'
import { RecentQuotes } from '../prices/recent-quotes.ts'
import type { ExchangeNotes } from '../http/exchange-notes.ts'
import { AdmittedRequest, type Desk } from './admitted-request.ts'
import { admissionError, assertMayAsk, limitError } from './limit-errors.ts'
import {
  type Admission,
  type AdmissionAnswer,
  type AdmissionRequest,
  type LimitedSubject,
  isRefusal,
} from './limiter.ts'

interface Waiting {
  readonly organisation: string
  /** How long it may wait for room; 0: not at all. */
  readonly waitMs: number
  /** Fires when nobody waits for the answer any more. */
  readonly signal: AbortSignal
}

/** A limiter with a line in front of it. */
export interface Entrance {
  /** `'full'`: too many wait already. */
  admit(request: AdmissionRequest, waiting: Waiting): AdmissionAnswer | 'full' | Promise<AdmissionAnswer | 'full'>
}

export interface Asking {
  /** The request's id. */
  readonly id: string
  readonly key: KeyAccount
  readonly notes: ExchangeNotes
  readonly arrivedAt: number
  readonly route: ModelRoute
  readonly promptTokens: () => number
  readonly promptTokensAtMost: number
  readonly maxCompletionTokens: number
  readonly waitMs: number
  readonly signal: AbortSignal
}

export interface FrontDeskParts {
  readonly entrance: Entrance
  readonly ledger: Pick<Ledger, 'hold' | 'settle' | 'progress'>
  readonly accounts: Pick<Accounts, 'prices'>
  readonly clock: Clock
  /** For metrics, as is the next. */
  readonly onRefusal: (code: ApiError['code'], cause: unknown) => void
  readonly onSettled: Desk['onSettled']
}

/** Streams are looked at this often, so that a crash finds how far they were. */
const PROGRESS_EVERY_MS = 1_000
/** No answer takes longer; a hold that is older is a mistake, which the audit finds. */
const HOLD_MS = 24 * 3_600_000
/**
 * A prompt that is certainly no larger than this is first taken at that bound, and counted only when that is refused: a count
 * costs half as much as all else that is done for a small request. What is too much is given back when the request ends.
 */
const SMALL_PROMPT_TOKENS = 4_096
const QUEUE_FULL_MS = 1_000
/** Ends that could not be kept and are tried again. Beyond, the journal has them: they are mended at the next start. */
const MOST_UNSETTLED = 10_000

export class FrontDesk implements Desk {
  readonly ledger: FrontDeskParts['ledger']
  readonly onSettled: Desk['onSettled']
  readonly #parts: FrontDeskParts
  readonly #quotes = new RecentQuotes()
  readonly #streams = new ActiveList<AdmittedRequest>()
  readonly #unsettled = new Map<Hold, HoldEnd>()
  readonly #end = new AbortController()
  readonly #sweeping: Promise<void>

  constructor(parts: FrontDeskParts) {
    this.#parts = parts
    this.ledger = parts.ledger
    this.onSettled = parts.onSettled
    this.#sweeping = this.#sweep()
  }

  readonly now = (): number => this.#parts.clock.now()

  /** How many ends could not be kept yet. */
  get unsettled(): number {
    return this.#unsettled.size
  }

  /** Every request that is let in is settled once. @throws ApiError the refusal, in the platform's words */
  async admit(asking: Asking): Promise<AdmittedRequest> {
    const { key, notes, arrivedAt } = asking
    let admission: Admission | undefined
    try {
      const quote = this.#quoteFor(asking)
      const entered = this.#enter(asking)
      admission = entered instanceof Promise ? await entered : entered
      const hold = await this.#hold(asking, quote)
      return new AdmittedRequest({ key, notes, arrivedAt, quote, admission, hold }, this)
    } catch (error) {
      // Nothing ran: its tokens are free again. That it asked is counted all the same, as the platform counts it.
      admission?.end(0)
      const refusal = error instanceof ApiError ? error : admissionError(error, key)
      this.#parts.onRefusal(refusal.code, refusal.cause)
      throw refusal
    }
  }

  watch(request: AdmittedRequest): void {
    this.#streams.add(request)
  }

  unwatch(request: AdmittedRequest): void {
    this.#streams.remove(request)
  }

  settleLater(hold: Hold, end: HoldEnd): void {
    if (this.#unsettled.size < MOST_UNSETTLED) this.#unsettled.set(hold, end)
  }

  /** Tries once more to keep what could not be kept. */
  async close(): Promise<void> {
    this.#end.abort()
    await this.#sweeping
    await this.#settleAgain()
  }

  #quoteFor({ key, route }: Asking): Quote {
    assertMayAsk(key, route.model.id)
    const quote = this.#quotes.of(route, key.account.currency, this.#parts.accounts.prices, this.now())
    if (quote === undefined) throw apiError('model_not_priced', { model: route.model.id })
    return quote
  }

  /** At once for a small prompt that there is room for. */
  #enter(asking: Asking): Admission | Promise<Admission> {
    const { key, maxCompletionTokens, signal, promptTokensAtMost } = asking
    const subjects = subjectsOf(key)
    if (promptTokensAtMost > SMALL_PROMPT_TOKENS) return this.#enterCounted(asking, subjects)
    const tokens = promptTokensAtMost + maxCompletionTokens
    const { organisation } = key
    const answer = this.#parts.entrance.admit({ subjects, tokens }, { organisation, waitMs: 0, signal })
    const decide = (one: AdmissionAnswer | 'full'): Admission | Promise<Admission> =>
      one === 'full' || isRefusal(one) ? this.#enterCounted(asking, subjects) : one
    return answer instanceof Promise ? answer.then(decide) : decide(answer)
  }

  async #enterCounted(
    { key, maxCompletionTokens, waitMs, signal, promptTokens }: Asking,
    subjects: readonly LimitedSubject[],
  ): Promise<Admission> {
    const { organisation } = key
    const tokens = promptTokens() + maxCompletionTokens
    const answer = await this.#parts.entrance.admit({ subjects, tokens }, { organisation, waitMs, signal })
    if (answer === 'full') {
      throw apiErrorWith('queue_full', { retryAfterMs: QUEUE_FULL_MS }, { organisation, seconds: QUEUE_FULL_MS / 1000 })
    }
    if (isRefusal(answer)) throw limitError(answer, key)
    return answer
  }

  #hold(asking: Asking, quote: Quote): Promise<Hold> {
    const { promptTokensAtMost, promptTokens, maxCompletionTokens } = asking
    const counted = (): Promise<Hold> => this.#holdAmount(asking, quote.upperBound(promptTokens(), maxCompletionTokens))
    if (promptTokensAtMost > SMALL_PROMPT_TOKENS) return counted()
    const bound = quote.upperBound(promptTokensAtMost, maxCompletionTokens)
    return this.#holdAmount(asking, bound).catch((error: unknown) => {
      // It may be enough for what the prompt really takes.
      if (error instanceof LedgerError && error.available !== undefined) return counted()
      throw error
    })
  }

  #holdAmount({ id, key, route, arrivedAt }: Asking, amount: number): Promise<Hold> {
    return this.#parts.ledger.hold({
      request: id,
      organisation: key.organisation,
      project: key.project,
      key: key.id,
      model: route.model.id,
      amount,
      projectBudget: key.projectBudget ?? undefined,
      keyBudget: key.budget ?? undefined,
      at: arrivedAt,
      deadline: arrivedAt + HOLD_MS,
    })
  }

  /** One sleeping loop for all streams. */
  async #sweep(): Promise<void> {
    const { signal } = this.#end
    while (!signal.aborted) {
      try {
        await this.#parts.clock.sleep(PROGRESS_EVERY_MS, signal)
      } catch (error) {
        if (signal.aborted) return
        throw error
      }
      for (const request of this.#streams.list()) request.keepProgress()
      if (this.#unsettled.size > 0) await this.#settleAgain()
    }
  }

  /** In the order in which they failed; the first that fails again ends the round. */
  async #settleAgain(): Promise<void> {
    for (const [hold, end] of this.#unsettled) {
      try {
        await this.#parts.ledger.settle(hold, end)
      } catch (error) {
        if (error instanceof LedgerError) return
        throw error
      }
      this.#unsettled.delete(hold)
    }
  }
}

function subjectsOf({ account, project, projectLimits, id, limits }: KeyAccount): readonly LimitedSubject[] {
  const subjects: LimitedSubject[] = [{ scope: 'organisation', id: account.id, limits: account.limits }]
  if (projectLimits !== null) subjects.push({ scope: 'project', id: project, limits: projectLimits })
  if (limits !== null) subjects.push({ scope: 'key', id, limits })
  return subjects
}
