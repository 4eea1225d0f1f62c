/** How rounds of an answer end: by themselves, or with a reader who leaves; and what they cost together. */

import type { Inference, Receipt } from './inference.ts'
import { sumOf } from './round-sieve.ts'

/** Each ends as the reader did. What is over already does not mind. */
export async function letGo(rounds: readonly Inference[], failure: unknown): Promise<void> {
  // What is thrown into one comes back out of it; and whatever else it may be, whoever settles has noted it.
  await Promise.allSettled(
    rounds.map(async ({ events }) => {
      await (failure === undefined ? events.return?.() : events.throw?.(failure))
    }),
  )
}

/** Of those that have ended; `undefined` while none has. Fees have records of their own. */
export function sumOfReceipts(request: string, rounds: readonly Inference[]): Receipt | undefined {
  let sum: Receipt | undefined
  for (const { receipt } of rounds) {
    if (receipt === undefined) continue
    const { cost, usage, engine, held } = receipt
    if (sum === undefined) sum = { ...receipt, request }
    else {
      const used = sum.usage === undefined || usage === undefined ? (sum.usage ?? usage) : sumOf(sum.usage, usage)
      sum = { ...sum, cost: sum.cost + cost, usage: used, engine: engine ?? sum.engine, held: sum.held + held }
    }
  }
  return sum
}
