/** What a request costs: prices by model, engine, currency and day. */

import type { Usage } from '@moonbase/core/generation'
import type { PriceRecord } from '../records/account-records.ts'
import type { Currency, Nano } from '../records/money.ts'
import type { RequestClass } from '../records/request-record.ts'
import { CATALOGUE_PRICES, type ModelPrices } from './catalogue-prices.ts'

/** Of one model at one time: what it can cost, and what it did. */
export interface Quote {
  /** The most that a request can cost: all of the prompt missed by the cache, all of the budget written, at the dearest engine. */
  upperBound(promptTokens: number, completionTokens: number): Nano
  /** What an answer of this engine costs. */
  cost(engine: string, usage: Usage): Nano
}

/** What costs money and is no generation. */
export type FeeName = 'web_search'

/** `percent`: of the price of tokens. */
interface TokenPrices extends Pick<ModelPrices, 'hit' | 'miss' | 'output'> {
  readonly percent: number
}

const WHOLE = 100

/** Records beat the catalogue, an engine's own record beats one for all, the newest beats older ones. */
export class PriceBook {
  readonly #records: ReadonlyMap<string, readonly PriceRecord[]>

  constructor(records: readonly PriceRecord[]) {
    const byModel = new Map<string, PriceRecord[]>()
    for (const record of records.toSorted((a, b) => b.from - a.from || (a.id < b.id ? 1 : -1))) {
      const name = `${record.currency} ${record.model}`
      const there = byModel.get(name)
      if (there === undefined) byModel.set(name, [record])
      else there.push(record)
    }
    this.#records = byModel
  }

  /** `undefined` when any of the engines that may answer has no price: nothing is free by accident. */
  quote(
    model: string,
    engines: readonly string[],
    currency: Currency,
    now: number,
    ofClass: RequestClass = 'interactive',
  ): Quote | undefined {
    const prices = new Map<string, TokenPrices>()
    for (const engine of engines) {
      const found = this.#priceOf(model, engine, currency, now)
      if (found === undefined) return undefined
      const { hit, miss, output, batchPercent } = found
      prices.set(engine, { hit, miss, output, percent: ofClass === 'batch' ? batchPercent : WHOLE })
    }
    return prices.size === 0 ? undefined : new TokenQuote(prices)
  }

  /**
   * What one of these costs beside the tokens: as the record for all engines says, else the catalogue, else the dearest of
   * those for single engines. `undefined` for a model that has no price.
   */
  fee(name: FeeName, model: string, currency: Currency, now: number): Nano | undefined {
    const forAll = this.#current(model, currency, now).find(({ engine }) => engine === null)
    const price = forAll ?? CATALOGUE_PRICES[currency].get(model)
    if (price !== undefined) return price[FEE_FIELDS[name]]
    const own = this.#current(model, currency, now).map((record) => record[FEE_FIELDS[name]])
    return own.length === 0 ? undefined : Math.max(...own)
  }

  #priceOf(model: string, engine: string, currency: Currency, now: number): ModelPrices | undefined {
    const current = this.#current(model, currency, now)
    return (
      current.find((record) => record.engine === engine) ??
      current.find((record) => record.engine === null) ??
      CATALOGUE_PRICES[currency].get(model)
    )
  }

  /** Those that hold now, the newest first. */
  #current(model: string, currency: Currency, now: number): readonly PriceRecord[] {
    const all = this.#records.get(`${currency} ${model}`) ?? []
    return all.filter(({ from, to }) => from <= now && (to === null || to > now))
  }
}

const FEE_FIELDS = { web_search: 'webSearch' } as const satisfies Record<FeeName, keyof ModelPrices>

class TokenQuote implements Quote {
  readonly #prices: ReadonlyMap<string, TokenPrices>
  readonly #dearest: TokenPrices

  constructor(prices: ReadonlyMap<string, TokenPrices>) {
    this.#prices = prices
    let [miss, output, percent] = [0, 0, 0]
    for (const price of prices.values()) {
      // A hit that costs more than a miss would be odd, and must be covered all the same.
      miss = Math.max(miss, price.miss, price.hit ?? 0)
      output = Math.max(output, price.output)
      percent = Math.max(percent, price.percent)
    }
    this.#dearest = { hit: null, miss, output, percent }
  }

  upperBound(promptTokens: number, completionTokens: number): Nano {
    const { miss, output, percent } = this.#dearest
    return partOf(promptTokens * miss + completionTokens * output, percent)
  }

  cost(engine: string, { prompt, cached, completion }: Usage): Nano {
    const { hit, miss, output, percent } = this.#prices.get(engine) ?? this.#dearest
    return partOf(cached * (hit ?? miss) + (prompt - cached) * miss + completion * output, percent)
  }
}

/** So many percent of an amount: rounded up, once for each amount, so that more never costs less. */
function partOf(amount: Nano, percent: number): Nano {
  if (percent === WHOLE) return amount
  const rest = amount % WHOLE
  return ((amount - rest) / WHOLE) * percent + Math.ceil((rest * percent) / WHOLE)
}
