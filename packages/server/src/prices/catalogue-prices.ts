/** What holds where no price was set: the catalogue's prices, and what the platform took beside tokens. */

import { MODELS } from '@moonbase/protocol'
import type { PriceRecord } from '../records/account-records.ts'
import type { Currency, Nano } from '../records/money.ts'

export type ModelPrices = Pick<PriceRecord, 'hit' | 'miss' | 'output' | 'batchPercent' | 'webSearch'>

/** Of the price of tokens, for what comes in a batch (reference §11). */
export const BATCH_PERCENT = 60

/** For one call of `$web_search`: 0.005 dollars, 0.03 yuan (reference §13.2; one page of the platform's help said 0.004). */
const WEB_SEARCH: Readonly<Record<Currency, Nano>> = { USD: 5_000_000, CNY: 30_000_000 }

/** By model. */
export const CATALOGUE_PRICES: Readonly<Record<Currency, ReadonlyMap<string, ModelPrices>>> = {
  USD: pricesIn('USD'),
  CNY: pricesIn('CNY'),
}

function pricesIn(currency: Currency): ReadonlyMap<string, ModelPrices> {
  const fixed = { batchPercent: BATCH_PERCENT, webSearch: WEB_SEARCH[currency] }
  return new Map(
    MODELS.flatMap(({ id, prices, pricesCny }) => {
      const found = currency === 'USD' ? prices : pricesCny
      return found === null ? [] : [[id, { ...found, ...fixed }] as const]
    }),
  )
}
