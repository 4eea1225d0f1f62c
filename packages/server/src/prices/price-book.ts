/** What a request costs: prices by model, engine, currency and day. */

import { MODELS, type Prices } from '@moonbase/protocol'
import type { Usage } from '@moonbase/core/generation'
import type { PriceRecord } from '../records/account-records.ts'
import type { Currency, Nano } from '../records/money.ts'

/** Of one model at one time: what it can cost, and what it did. */
export interface Quote {
  /** The most that a request can cost: all of the prompt missed by the cache, all of the budget written, at the dearest engine. */
  upperBound(promptTokens: number, completionTokens: number): Nano
  /** What an answer of this engine costs. */
  cost(engine: string, usage: Usage): Nano
}

type TokenPrices = Pick<PriceRecord, 'hit' | 'miss' | 'output'>

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
  quote(model: string, engines: readonly string[], currency: Currency, now: number): Quote | undefined {
    const prices = new Map<string, TokenPrices>()
    for (const engine of engines) {
      const found = this.#priceOf(model, engine, currency, now)
      if (found === undefined) return undefined
      prices.set(engine, found)
    }
    return prices.size === 0 ? undefined : new TokenQuote(prices)
  }

  /** `undefined` for a model that has no price record of this currency. */
  fee(_what: 'web_search', model: string, currency: Currency, now: number): Nano | undefined {
    const records = this.#records.get(`${currency} ${model}`) ?? []
    return records.find(({ from, to }) => from <= now && (to === null || to > now))?.webSearch
  }

  #priceOf(model: string, engine: string, currency: Currency, now: number): TokenPrices | undefined {
    let forAll: PriceRecord | undefined
    for (const record of this.#records.get(`${currency} ${model}`) ?? []) {
      if (record.from > now || (record.to !== null && record.to <= now)) continue
      if (record.engine === engine) return record
      if (record.engine === null) forAll ??= record
    }
    return forAll ?? CATALOGUE[currency].get(model)
  }
}

const CATALOGUE: Readonly<Record<Currency, ReadonlyMap<string, Prices>>> = {
  USD: new Map(MODELS.map(({ id, prices }) => [id, prices])),
  CNY: new Map(MODELS.flatMap(({ id, pricesCny }) => (pricesCny === null ? [] : [[id, pricesCny]]))),
}

class TokenQuote implements Quote {
  readonly #prices: ReadonlyMap<string, TokenPrices>
  readonly #miss: Nano
  readonly #output: Nano

  constructor(prices: ReadonlyMap<string, TokenPrices>) {
    this.#prices = prices
    let miss = 0
    let output = 0
    for (const price of prices.values()) {
      // A hit that costs more than a miss would be odd, and must be covered all the same.
      miss = Math.max(miss, price.miss, price.hit ?? 0)
      output = Math.max(output, price.output)
    }
    this.#miss = miss
    this.#output = output
  }

  upperBound(promptTokens: number, completionTokens: number): Nano {
    return promptTokens * this.#miss + completionTokens * this.#output
  }

  cost(engine: string, { prompt, cached, completion }: Usage): Nano {
    const { hit, miss, output } = this.#prices.get(engine) ?? this.#dearest()
    return cached * (hit ?? miss) + (prompt - cached) * miss + completion * output
  }

  #dearest(): TokenPrices {
    return { hit: null, miss: this.#miss, output: this.#output }
  }
}
