/** Tiers and prices: what holds for everybody. */

import type { PriceRecord } from '../../records/account-records.ts'
import { CURRENCIES, type Currency, unitsText } from '../../records/money.ts'
import { BATCH_PERCENT, CATALOGUE_PRICES, type ModelPrices } from '../../prices/catalogue-prices.ts'
import { priceView, tierView } from './account-views.ts'
import { amount, currency, model, paging, price, rates, time } from './field-shapes.ts'
import { priceText } from './formats.ts'
import { type Operation, type AdminReply, operation } from './operation.ts'
import { pageOf } from './pages.ts'
import { SCHEMAS, listOf } from './reply-schemas.ts'
import { described, nullable, optional, record, text, wholeNumber } from './shape.ts'

const tierName = text({ format: 'tier-name' })
const engine = text({ format: 'engine-name' })

export const tariffOperations: readonly Operation[] = [
  operation({
    method: 'GET',
    path: '/admin/v1/tiers',
    id: 'listTiers',
    summary: 'List tiers',
    scope: 'accounts:read',
    operatorOnly: false,
    organisation: null,
    query: paging,
    reply: listOf(SCHEMAS.Tier),
    run: ({ query, services }) => pageOf(services.accounts.tiers(), query, (one) => one.name, tierView),
  }),
  operation({
    method: 'POST',
    path: '/admin/v1/tiers/:tier',
    id: 'putTier',
    summary: 'Change a tier, or add one',
    scope: 'accounts:write',
    operatorOnly: true,
    organisation: null,
    parameters: { tier: tierName },
    body: record({
      ...rates,
      recharge: described(
        record({ USD: nullable(amount), CNY: nullable(amount) }),
        'What must have been recharged for it; null: it is only given by hand.',
      ),
    }),
    reply: SCHEMAS.Tier,
    async run({ parameters, body, services }) {
      return tierView(await services.accounts.putTier({ name: parameters.tier, ...body }))
    },
  }),
  operation({
    method: 'GET',
    path: '/admin/v1/prices',
    id: 'listPrices',
    summary: 'List prices',
    description:
      'Those that were set, newest first, then those of the catalogue, which hold where none was set. Per million tokens; `web_search` per call.',
    scope: 'money:read',
    operatorOnly: false,
    organisation: null,
    query: { ...paging, model: optional(model), currency: optional(currency) },
    reply: listOf(SCHEMAS.Price),
    run({ query: { model: wanted, currency: money, ...page }, services }) {
      const set = services.accounts.priceRecords().toSorted((a, b) => b.from - a.from)
      const rows = [...set.map(rowOf), ...CATALOGUE].filter(
        (one) => (wanted === undefined || one.model === wanted) && (money === undefined || one.currency === money),
      )
      return pageOf(
        rows,
        page,
        (one) => one.id,
        (one) => one.view,
      )
    },
  }),
  operation({
    method: 'POST',
    path: '/admin/v1/prices',
    id: 'setPrice',
    summary: 'Set a price from a day on',
    description: 'What held before for the same model, engine and currency ends there. Per million tokens.',
    scope: 'money:write',
    operatorOnly: true,
    organisation: null,
    body: record({
      model,
      engine: optional(described(nullable(engine), 'Only when this engine answers; null: whoever does.')),
      currency,
      from: optional(described(time, 'Now, when it is left out.')),
      hit: optional(described(nullable(price), 'Of a prompt token found in the cache; null: as one that was not.')),
      miss: price,
      output: price,
      batch_percent: optional(wholeNumber(1, 100, { default: BATCH_PERCENT })),
      web_search: optional(described(amount, 'For one call of the web search; 0 when it is left out.')),
    }),
    reply: SCHEMAS.Price,
    made: 'price',
    async run({ body, services }) {
      const usual = { engine: null, hit: null, from: services.now(), batchPercent: BATCH_PERCENT, webSearch: 0 }
      return priceView(await services.accounts.setPrice({ ...usual, ...body }))
    },
  }),
]

interface PriceRow {
  /** For paging. */
  readonly id: string
  readonly model: string
  readonly currency: Currency
  readonly view: AdminReply
}

function rowOf(one: PriceRecord): PriceRow {
  return { id: one.id, model: one.model, currency: one.currency, view: priceView(one) }
}

/** The last entry of a page may be one of the catalogue, so these have ids too, which are only good for paging. */
const CATALOGUE: readonly PriceRow[] = CURRENCIES.flatMap((money) =>
  [...CATALOGUE_PRICES[money]].map(([of, prices]) => catalogueRow(of, money, prices)),
)

function catalogueRow(of: string, money: Currency, prices: ModelPrices): PriceRow {
  const id = `catalogue-${of}-${money}`
  return {
    id,
    model: of,
    currency: money,
    view: {
      id,
      source: 'catalogue',
      model: of,
      engine: null,
      currency: money,
      from: null,
      to: null,
      hit: prices.hit === null ? null : priceText(prices.hit),
      miss: priceText(prices.miss),
      output: priceText(prices.output),
      batch_percent: prices.batchPercent,
      web_search: unitsText(prices.webSearch),
    },
  }
}
