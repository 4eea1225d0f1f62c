/**
 * A request that was let in: its slot, its money, and the one settlement that ends both.
 *
 * Nobody pays for nothing: what failed before a byte of it was given out is free. What was given out is paid for, whoever
 * ended it; never more than was held.
 */

import { type ApiError, apiErrorWith } from '@moonbase/protocol'
import type { Meter, TokenCounter, Usage } from '@moonbase/core/generation'
import type { KeyAccount } from '../accounts/accounts.ts'
import type { Tracked } from '../collections/active-list.ts'
import type { Hold, HoldEnd, Ledger } from '../ledger/ledger.ts'
import type { Currency } from '../records/money.ts'
import { type Quote } from '../prices/price-book.ts'
import type { ExchangeNotes } from '../http/exchange-notes.ts'
import { recordRequest } from '../usage/record-request.ts'
import { engineOf } from '../records/engine-of.ts'
import type { Admission } from './limiter.ts'

/** HTTP status of an answer whose end cannot be kept. */
const UNAVAILABLE = 503

export interface AdmittedParts {
  readonly key: KeyAccount
  readonly notes: ExchangeNotes
  readonly arrivedAt: number
  readonly quote: Quote
  readonly admission: Admission
  readonly hold: Hold
}

/** What the front desk does for those that it has let in. */
export interface Desk {
  readonly ledger: Pick<Ledger, 'settle' | 'progress'>
  readonly now: () => number
  /** From here on it is looked at every second, so that a crash finds how far it was. */
  watch(request: AdmittedRequest): void
  unwatch(request: AdmittedRequest): void
  /** Its end could not be kept: it is tried again without anybody waiting. */
  settleLater(hold: Hold, end: HoldEnd): void
  /** Told once of each request, with what it costs. */
  readonly onSettled: (record: HoldEnd['record'], currency: Currency) => void
}

export class AdmittedRequest implements Tracked {
  place = -1
  readonly #parts: AdmittedParts
  readonly #desk: Desk
  /** Of a stream that has begun. */
  #meter: Meter | undefined
  #counter: TokenCounter | undefined
  /** Characters of it that are counted, and the tokens they were. */
  #seen = { answer: 0, reasoning: 0, completion: 0, thought: 0 }
  #ended = false

  constructor(parts: AdmittedParts, desk: Desk) {
    this.#parts = parts
    this.#desk = desk
  }

  /** Of the organisation: for the headers of the reply. */
  get requests(): Admission['requests'] {
    return this.#parts.admission.requests
  }

  /** The first byte is about to go out. */
  begin(meter: Meter, counter: TokenCounter): void {
    this.#meter = meter
    this.#counter = counter
    this.#desk.watch(this)
  }

  /**
   * The end: `usage` is what is paid for, `undefined` where nothing is. Resolves when it is kept, and does nothing the
   * second time. The slot is free in any case.
   *
   * @throws ApiError `ledger_unavailable` for what is paid for: nothing may follow that says the answer is complete
   */
  async settle(usage: Usage | undefined, failure: ApiError | undefined): Promise<void> {
    if (this.#ended) return
    this.#ended = true
    const { admission, hold } = this.#parts
    if (this.#meter !== undefined) this.#desk.unwatch(this)
    // What fails in a stream that has begun cannot change its status.
    const status = this.#meter === undefined ? (failure?.status ?? 200) : 200
    const end = this.#end(usage, failure?.code ?? null, status)
    // Of a stream something was given out. A whole answer is not given out then, and what nobody got is free.
    const isGiven = usage === undefined || this.#meter !== undefined
    const otherwise = isGiven ? () => end : () => this.#end(undefined, 'ledger_unavailable', UNAVAILABLE)
    const { currency } = this.#parts.key.account
    try {
      await this.#desk.ledger.settle(hold, { ...end, otherwise })
      this.#desk.onSettled(end.record, currency)
    } catch (error) {
      const later = otherwise()
      this.#desk.onSettled(later.record, currency)
      this.#desk.settleLater(hold, later)
      if (usage !== undefined)
        throw apiErrorWith('ledger_unavailable', { cause: error, reason: 'an end could not be kept' })
    } finally {
      admission.end(usage === undefined ? 0 : usage.prompt + usage.completion)
    }
  }

  /** Keeps how far it is. Called every second, so that only what is new is counted. */
  keepProgress(): void {
    const meter = this.#meter
    const counter = this.#counter
    if (meter === undefined || counter === undefined || this.#ended) return
    const { reasoning, answer } = meter.transcript
    const seen = this.#seen
    if (reasoning.length === seen.reasoning && answer.length === seen.answer) return
    seen.thought += counter.countText(reasoning.slice(seen.reasoning))
    seen.completion += counter.countText(answer.slice(seen.answer))
    seen.reasoning = reasoning.length
    seen.answer = answer.length
    const completion = seen.thought + seen.completion
    const usage = { prompt: meter.releasePrompt(), cached: 0, completion, reasoning: seen.thought }
    this.#desk.ledger.progress(this.#parts.hold, this.#end(usage, 'server_restarted', 200))
  }

  #end(usage: Usage | undefined, error: string | null, status: number): HoldEnd {
    const { quote, notes, hold, key, arrivedAt } = this.#parts
    const whole = usage === undefined ? 0 : quote.cost(engineOf(notes.engine ?? ''), usage)
    const cost = Math.min(whole, hold.amount)
    const now = this.#desk.now()
    return { cost, record: recordRequest(hold.request, arrivedAt, key, notes, { status, error, usage, cost, now }) }
  }
}
