/** Tiers and prices: what may be set. */

import type { PriceRecord, TierRecord } from '../records/account-records.ts'
import { checkPrice, checkTier } from './account-rules.ts'
import { type Plan, type PlanParts, newId } from './plan.ts'

export function putTier({ name, concurrency, rpm, tpm, tpd, recharge }: TierRecord): Plan<TierRecord> {
  const tier: TierRecord = { name, concurrency, rpm, tpm, tpd, recharge: { USD: recharge.USD, CNY: recharge.CNY } }
  checkTier(tier)
  return { changed: { tiers: [tier] }, result: tier }
}

/** What was to hold later still does, from its own day on. */
export function setPrice({ table, random }: PlanParts, asked: Omit<PriceRecord, 'id' | 'to'>): Plan<PriceRecord> {
  checkPrice(asked)
  const { model, engine, currency, from, hit, miss, output, batchPercent, webSearch } = asked
  const price: PriceRecord = {
    id: newId('price', random),
    model,
    engine,
    currency,
    from,
    to: null,
    hit,
    miss,
    output,
    batchPercent,
    webSearch,
  }
  const ended = table
    .priceRecords()
    .filter((other) => other.model === model && other.engine === engine && other.currency === currency)
    .filter((other) => other.from <= from && (other.to === null || other.to > from))
    .map((other): PriceRecord => Object.assign({}, other, { to: from }))
  return { changed: { prices: [...ended, price] }, result: price }
}
