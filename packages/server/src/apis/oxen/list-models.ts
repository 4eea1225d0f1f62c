/** The models that are served here, in Oxen's form: all, found by words, featured, marked, and one. */

import { modelId, oxenName } from '@moonbase/core/dialects/oxen'
import type { ModelRoute, ModelTable } from '@moonbase/core/routing'
import { apiError } from '@moonbase/protocol'
import type { Accounts, KeyAccount } from '../../accounts/accounts.ts'
import type { Exchange } from '../../http/exchange.ts'
import { sendJson } from '../../http/send-json.ts'
import type { Caller } from '../api.ts'
import type { Favourites } from './favourites.ts'
import { DEVELOPER, displayName, modelObject } from './model-object.ts'
import { queryOf } from './query-of.ts'

export interface ModelParts {
  readonly models: ModelTable
  readonly accounts: Pick<Accounts, 'prices'>
  readonly favourites: Favourites
  readonly now: () => number
}

type Handler = (exchange: Exchange, caller: Caller<KeyAccount>) => Promise<void> | void

/** All models are of one developer, by either name. */
const DEVELOPERS: ReadonlySet<string> = new Set(['moonshotai', 'moonshot'])

/** What the operator names first is what he wants to be seen. */
const MOST_FEATURED = 3

export class OxenModels {
  readonly #parts: ModelParts

  constructor(parts: ModelParts) {
    this.#parts = parts
  }

  /** `developer_name`, `provider_name` (an engine's name here) and `action` (of fine-tuning, which nobody does here) filter. */
  readonly list: Handler = (exchange, { key }) => {
    const query = queryOf(exchange)
    const [developer, provider] = [query('developer_name'), query('provider_name')]
    const found = query('action') === undefined ? this.#routes() : []
    this.#send(
      exchange,
      key,
      found
        .filter(() => developer === undefined || DEVELOPERS.has(bare(developer)))
        .filter(({ targets }) => provider === undefined || targets.some(({ name }) => bare(name) === bare(provider))),
    )
  }

  readonly search: Handler = (exchange, { key }) => {
    const words = queryOf(exchange)('search')
    if (words === undefined) throw apiError('invalid_request', { details: 'search is required' })
    const wanted = words.toLowerCase()
    const holds = ({ model: { id } }: ModelRoute): boolean =>
      [id, oxenName(id), displayName(id), DEVELOPER].some((text) => text.toLowerCase().includes(wanted))
    this.#send(exchange, key, this.#routes().filter(holds))
  }

  readonly featured: Handler = (exchange, { key }) => this.#send(exchange, key, this.#routes().slice(0, MOST_FEATURED))

  readonly marked: Handler = async (exchange, { key }) => {
    const marked = new Set(await this.#parts.favourites.of(key))
    this.#send(
      exchange,
      key,
      this.#routes().filter(({ model }) => marked.has(model.id)),
    )
  }

  readonly show: Handler = (exchange, { key, parameters }) => {
    const live = queryOf(exchange)('deployment_status')
    // A base model has no deployments whose state could be fresher.
    if (live !== undefined && live !== 'live') {
      throw apiError('invalid_request', { details: 'deployment_status must be live' })
    }
    sendJson(exchange, 200, this.#object(this.#find(parameters['id']), key))
  }

  readonly mark: Handler = async (exchange, { key, parameters }) => {
    const route = this.#find(parameters['id'])
    await this.#parts.favourites.mark(key, route.model.id)
    sendJson(exchange, 200, this.#object(route, key))
  }

  readonly unmark: Handler = async (exchange, { key, parameters }) => {
    const route = this.#find(parameters['id'])
    await this.#parts.favourites.unmark(key, route.model.id)
    sendJson(exchange, 200, this.#object(route, key))
  }

  #routes(): readonly ModelRoute[] {
    const { models } = this.#parts
    return models.list().map(({ id }) => models.find(id))
  }

  #find(name = ''): ModelRoute {
    return this.#parts.models.find(modelId(name))
  }

  #send(exchange: Exchange, key: KeyAccount, routes: readonly ModelRoute[]): void {
    sendJson(exchange, 200, { object: 'list', data: routes.map((route) => this.#object(route, key)) })
  }

  #object(route: ModelRoute, key: KeyAccount) {
    const { accounts, now } = this.#parts
    return modelObject(route, key, { prices: accounts.prices, now: now() })
  }
}

/** `Moonshot AI`, `moonshot-ai` and `moonshotai` are one name. */
function bare(name: string): string {
  return name.toLowerCase().replace(/[^a-z\d]/g, '')
}
