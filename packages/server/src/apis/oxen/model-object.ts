/** A model as Oxen shows one: documented fields, with what is known of ours in them. */

import { oxenName } from '@moonbase/core/dialects/oxen'
import type { ModelRoute } from '@moonbase/core/routing'
import type { KeyAccount } from '../../accounts/accounts.ts'
import type { PriceBook } from '../../prices/price-book.ts'
import { NANO_PER_UNIT } from '../../records/money.ts'
import { type RequestSchema, requestSchema } from './request-schema.ts'

export interface OxenModel {
  readonly id: string
  readonly object: 'model'
  readonly created: number
  readonly owned_by: string
  readonly display_name: string
  readonly description: string | null
  readonly summary: string | null
  readonly model_type: 'base'
  readonly endpoint: '/chat/completions'
  readonly capabilities: { readonly input: readonly string[]; readonly output: readonly string[] }
  readonly pricing: {
    readonly method: 'token'
    /** Units of the account's currency for one token; `null` where it has no price. */
    readonly input_cost_per_token: number | null
    readonly output_cost_per_token: number | null
  }
  readonly fine_tuning: null
  readonly deployments: readonly never[]
  readonly developer: { readonly name: string; readonly logo: null }
  readonly source_model: null
  readonly image_url: null
  readonly released_at: string
  readonly request_schema: RequestSchema
  /** The same under the name that its model pages use. */
  readonly json_request_schema: RequestSchema
}

export const DEVELOPER = 'Moonshot AI'

export interface PriceParts {
  readonly prices: PriceBook
  /** Milliseconds since the Unix epoch. */
  readonly now: number
}

/** Its price is what this key would pay. */
export function modelObject(route: ModelRoute, { account }: KeyAccount, parts: PriceParts): OxenModel {
  const { model } = route
  const { id, created, images, video } = model
  const schema = requestSchema(model)
  const input = ['text', ...(images ? ['image'] : []), ...(video ? ['video'] : [])]
  return {
    id: oxenName(id),
    object: 'model',
    created,
    owned_by: 'oxen',
    display_name: displayName(id),
    description: null,
    summary: null,
    model_type: 'base',
    endpoint: '/chat/completions',
    capabilities: { input, output: ['text'] },
    pricing: { method: 'token', ...costsOf(route, account.currency, parts) },
    fine_tuning: null,
    deployments: [],
    developer: { name: DEVELOPER, logo: null },
    source_model: null,
    image_url: null,
    released_at: new Date(created * 1000).toISOString().replace('.000', ''),
    request_schema: schema,
    json_request_schema: schema,
  }
}

/** `kimi-k2.5` is `Kimi K2.5`, `moonshot-v1-8k` is `Moonshot V1 8K`. */
export function displayName(id: string): string {
  const words = id.split('-')
  return words.map((word) => (/\d/.test(word) ? word.toUpperCase() : word.replace(/^./, capital))).join(' ')
}

function capital(letter: string): string {
  return letter.toUpperCase()
}

/** So many at once, that a price of a part of a nano would count too. */
const TOKENS = 1_000_000

function costsOf(
  { model, targets }: ModelRoute,
  currency: KeyAccount['account']['currency'],
  { prices, now }: PriceParts,
): Pick<OxenModel['pricing'], 'input_cost_per_token' | 'output_cost_per_token'> {
  const engines = targets.map(({ name }) => name)
  const quote = prices.quote(model.id, engines, currency, now)
  if (quote === undefined) return { input_cost_per_token: null, output_cost_per_token: null }
  return {
    input_cost_per_token: quote.upperBound(TOKENS, 0) / (TOKENS * NANO_PER_UNIT),
    output_cost_per_token: quote.upperBound(0, TOKENS) / (TOKENS * NANO_PER_UNIT),
  }
}
