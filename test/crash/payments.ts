/** Money that is given while the server crashes: each payment is repeated behind the crash, and must count once. */

import { seededRandom } from '../support/every-split.ts'
import { unitsText } from '../../packages/server/src/records/money.ts'
import type { OperatorView } from './operator-view.ts'

const KINDS = ['recharges', 'vouchers', 'refunds', 'adjustments'] as const

export interface Payment {
  readonly organisation: string
  readonly path: (typeof KINDS)[number]
  readonly key: string
  /** Nano-dollars; negative only for an adjustment. */
  readonly amount: number
  /** The transfer that a reply named. */
  transfer: string | undefined
}

export interface PaymentPlan {
  readonly organisations: readonly string[]
  readonly seed: number
  readonly most: number
}

export class Payments {
  readonly made: Payment[] = []
  readonly done: Promise<void>
  readonly #plan: PaymentPlan
  #stopped = false

  constructor(plan: PaymentPlan, view: OperatorView) {
    this.#plan = plan
    this.done = this.#pay(view)
  }

  stop(): void {
    this.#stopped = true
  }

  /** Once more, all of them. The sentences say what was done twice, or differently. */
  async repeat(view: OperatorView): Promise<string[]> {
    const problems: string[] = []
    for (const payment of this.made) {
      const { id, repeated } = await view.pay(payment)
      if (payment.transfer !== undefined && (payment.transfer !== id || !repeated)) {
        problems.push(`the payment ${payment.key} was transfer ${payment.transfer}, and repeated it is ${id}`)
      }
      payment.transfer = id
    }
    return problems
  }

  async #pay(view: OperatorView): Promise<void> {
    const { organisations, seed, most } = this.#plan
    const random = seededRandom(seed ^ 0x2c1b3c6d)
    for (let count = 0; count < most && !this.#stopped; count += 1) {
      const path = KINDS[Math.floor(random() * KINDS.length)] ?? 'recharges'
      const amount = 1 + Math.floor(random() * 2_000_000)
      const payment: Payment = {
        organisation: organisations[count % organisations.length] ?? '',
        path,
        key: `payment-${seed}-${count}`,
        amount: path === 'adjustments' && random() < 0.5 ? -Math.floor(amount / 4) - 1 : amount,
        transfer: undefined,
      }
      this.made.push(payment)
      try {
        payment.transfer = (await view.payOnce(payment)).id
      } catch {
        // The server is gone, or its database: whether it was done is seen when it is repeated.
        return
      }
    }
  }
}

export function wordsOf({ amount }: Payment): { readonly amount: string; readonly note: string } {
  return { amount: unitsText(amount), note: 'of the crash rounds' }
}
