/** What several estimates are at most together: added in integers; null where one is missing or they are of two currencies. */

import { sumOf } from '../conversation/index.ts'
import type { EstimateShown } from '../parts/composer/estimate.tsx'

interface Together {
  readonly amount: string
  readonly currency: string
}

export function together(estimates: readonly (EstimateShown | null)[]): Together | null {
  const amounts = estimates.map((estimate) => estimate?.atMost ?? null)
  const [currency, ...others] = new Set(estimates.map((estimate) => estimate?.currency))
  if (currency === undefined || others.length > 0) return null
  const amount = sumOf(amounts.filter((one) => one !== null))
  return amount === undefined || amounts.includes(null) ? null : { amount, currency }
}
