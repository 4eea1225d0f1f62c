/**
 * What is held for prompts that were not counted: at their bounds, which are some four times what they take.
 *
 * A bound must not take from others what exact counts would leave them. So all bounds of an organisation together hold a share
 * of what is free at most; what does not fit in is counted first. What is refused all the same while some are open is told to
 * try again, unless it would be refused without them too. `docs/decisions/0021-counting.md` has the figures.
 */

import type { Nano } from '../records/money.ts'
import type { Admission } from './limiter.ts'

/** Of what is free. */
const SHARE = 1 / 4

/** Money, and tokens in windows; of prompts alone: for the answer as much is held where the prompt is counted. */
export interface Amounts {
  readonly money: Nano
  readonly tokens: number
}

const NONE: Amounts = { money: 0, tokens: 0 }

interface Sums {
  money: Nano
  tokens: number
  holds: number
}

export class HeldAtBounds {
  readonly #share: number
  readonly #sums = new Map<string, Sums>()

  constructor(share = SHARE) {
    this.#share = share
  }

  /** All that this organisation has at bounds now. */
  of(organisation: string): Amounts {
    return this.#sums.get(organisation) ?? NONE
  }

  /** @param free what is free now, without what is held at bounds already; `undefined`: it is counted first */
  reserve(organisation: string, at: Amounts, free: Amounts): BoundHold | undefined {
    const open = this.of(organisation)
    if (open.money + at.money > free.money * this.#share) return undefined
    if (open.tokens + at.tokens > free.tokens * this.#share) return undefined
    let sums = this.#sums.get(organisation)
    if (sums === undefined) this.#sums.set(organisation, (sums = { money: 0, tokens: 0, holds: 0 }))
    sums.money += at.money
    sums.tokens += at.tokens
    sums.holds += 1
    return new BoundHold(at, sums, () => this.#sums.delete(organisation))
  }
}

/** What one request has at its bound, until it is counted or has ended. */
export class BoundHold {
  #money: Nano
  #tokens: number
  readonly #sums: Sums
  readonly #last: () => void
  #isOpen = true

  /** @param last called when the organisation has none any more */
  constructor({ money, tokens }: Amounts, sums: Sums, last: () => void) {
    this.#money = money
    this.#tokens = tokens
    this.#sums = sums
    this.#last = last
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
    this.#sums.holds -= 1
    if (this.#sums.holds === 0) this.#last()
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
