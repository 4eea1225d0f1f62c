/** What several estimates are at most together: added in integers; null where one is missing or they are of two currencies. */

import type { EstimateShown } from '../parts/composer/estimate.tsx'
import { decimal, nanos } from '../words/format.ts'

export function together(estimates: readonly (EstimateShown | null)[]): { readonly amount: string; readonly currency: string } | null {
  let sum = 0n
  let currency: string | null = null
  for (const estimate of estimates) {
    const value = estimate?.atMost === undefined || estimate.atMost === null ? null : nanos(estimate.atMost)
    if (estimate === null || value === null || (currency !== null && currency !== estimate.currency)) return null
    currency = estimate.currency
    sum += value
  }
  return currency === null ? null : { amount: decimal(sum), currency }
}
