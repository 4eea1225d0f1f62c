/**
 * What is held for prompts that were not counted: at their bounds, which are some four times what they take.
 *
 * A bound must not take from others what exact counts would leave them. So all bounds of an organisation together hold a share
 * of what is free at most; what does not fit in is counted first. What is refused all the same while some are open is told to
 * try again where exact counts would let it in: then those are counted. `docs/decisions/0021-counting.md` has the figures.
 */

import type { PromptCount } from '@moonbase/core/generation'
import { ActiveList, type Tracked } from '../collections/active-list.ts'
import type { Quote } from '../prices/price-book.ts'
import type { Nano } from '../records/money.ts'
import type { RequestClass } from '../records/request-record.ts'
import type { Admission } from './limiter.ts'

/** Of what is free. */
const SHARE = 1 / 4

/** Money, and tokens in windows; of prompts alone: for the answer as much is held where the prompt is counted. */
export interface Amounts {
  readonly money: Nano
  readonly tokens: number
}

const NONE: Amounts = { money: 0, tokens: 0 }

/** Organisations that are kept without looking who of them has anything open. */
const FEW_ORGANISATIONS = 1024

/** A request whose prompt is not counted. */
export interface BoundedRequest {
  readonly prompt: Pick<PromptCount, 'atMost' | 'tokens'>
  readonly quote: Pick<Quote, 'upperBound'>
  readonly project: string
  readonly key: string
  /** Batch work has no part in windows of tokens. */
  readonly class: RequestClass
}

interface OfOrganisation {
  money: Nano
  tokens: number
  readonly open: ActiveList<BoundHold>
}

export class HeldAtBounds {
  readonly #share: number
  /**
   * One stays behind its last request: most come back at once, and a map that is joined and left with each request leaves
   * tables behind that keep each other alive until the next major garbage collection.
   */
  readonly #organisations = new Map<string, OfOrganisation>()
  #mostKept = FEW_ORGANISATIONS

  constructor(share = SHARE) {
    this.#share = share
  }

  /** All that this organisation has at bounds now. */
  of(organisation: string): Amounts {
    return this.#organisations.get(organisation) ?? NONE
  }

  /**
   * What of it is more than exact counts would hold: they are made for it, and what cannot be counted is all of it.
   *
   * @param isOf whose is asked for, of all of the organisation
   */
  async excessOf(organisation: string, isOf: (request: BoundedRequest) => boolean): Promise<Amounts> {
    const open = this.#organisations.get(organisation)?.open.list() ?? []
    const all = await Promise.all(open.filter(({ request }) => isOf(request)).map((bound) => bound.excess()))
    return {
      money: all.reduce((sum, { money }) => sum + money, 0),
      tokens: all.reduce((sum, { tokens }) => sum + tokens, 0),
    }
  }

  /** @param free what is free now, without what is held at bounds already; `undefined`: it is counted first */
  reserve(organisation: string, request: BoundedRequest, free: Amounts): BoundHold | undefined {
    const { prompt, quote } = request
    const held = this.of(organisation)
    const at = { money: quote.upperBound(prompt.atMost, 0), tokens: prompt.atMost }
    if (held.money + at.money > free.money * this.#share) return undefined
    if (held.tokens + at.tokens > free.tokens * this.#share) return undefined
    return new BoundHold(request, at, this.#organisations.get(organisation) ?? this.#begin(organisation))
  }

  #begin(organisation: string): OfOrganisation {
    if (this.#organisations.size >= this.#mostKept) {
      for (const [name, { open }] of this.#organisations) if (open.size === 0) this.#organisations.delete(name)
      this.#mostKept = Math.max(this.#organisations.size * 2, FEW_ORGANISATIONS)
    }
    const sums: OfOrganisation = { money: 0, tokens: 0, open: new ActiveList() }
    this.#organisations.set(organisation, sums)
    return sums
  }
}

/** What one request has at its bound, until it is counted or has ended. */
export class BoundHold implements Tracked {
  place = -1
  readonly request: BoundedRequest
  readonly #sums: OfOrganisation
  #money: Nano
  #tokens: number
  #isOpen = true

  constructor(request: BoundedRequest, { money, tokens }: Amounts, sums: OfOrganisation) {
    this.request = request
    this.#money = money
    this.#tokens = tokens
    this.#sums = sums
    sums.money += money
    sums.tokens += tokens
    sums.open.add(this)
  }

  async excess(): Promise<Amounts> {
    const { prompt, quote } = this.request
    try {
      const tokens = await prompt.tokens()
      // It may have been released meanwhile.
      return {
        money: Math.max(this.#money - quote.upperBound(tokens, 0), 0),
        tokens: Math.max(this.#tokens - tokens, 0),
      }
    } catch {
      // Too many counts wait, or its client has left: that it is all too much is on the safe side.
      return { money: this.#money, tokens: this.#tokens }
    }
  }

  /** The windows have what it used. */
  releaseTokens(): void {
    this.#sums.tokens -= this.#tokens
    this.#tokens = 0
  }

  /** It is held for what it really takes, or is paid for. */
  releaseMoney(): void {
    this.#sums.money -= this.#money
    this.#money = 0
  }

  /** Only the first call counts. */
  release(): void {
    if (!this.#isOpen) return
    this.#isOpen = false
    this.releaseTokens()
    this.releaseMoney()
    this.#sums.open.remove(this)
  }
}

/** The slot of a request that came in at its bound. */
export class BoundAdmission implements Admission {
  readonly requests: Admission['requests']
  readonly #admission: Admission
  readonly #bound: BoundHold

  constructor(admission: Admission, bound: BoundHold) {
    this.requests = admission.requests
    this.#admission = admission
    this.#bound = bound
  }

  giveBack(usedTokens: number): void {
    this.#admission.giveBack(usedTokens)
    this.#bound.releaseTokens()
  }

  end(usedTokens: number): void {
    this.#admission.end(usedTokens)
    // Its money has ended too: a slot is free behind the settlement.
    this.#bound.release()
  }
}
