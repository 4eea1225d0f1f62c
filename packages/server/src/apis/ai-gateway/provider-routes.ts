/** What is asked through a gateway: one provider by its URL, or several in turn by the universal endpoint. */

import type { WireRequest } from '@moonbase/core/dialects'
import { apiError, isFields } from '@moonbase/protocol'
import type { KeyAccount } from '../../accounts/accounts.ts'
import { wishesOfHeaders, wishesOfStep } from '../../gateways/gateway-wishes.ts'
import type { Exchange } from '../../http/exchange.ts'
import type { Caller } from '../api.ts'
import type { GatedStep } from '../gated-answer.ts'
import { type GateServices, gatedRoute } from '../gated-route.ts'
import { bodyOfJson } from '../step-body.ts'
import { wireRequest } from '../wire-request.ts'
import type { ProviderRefusal, ProviderTable } from './provider-table.ts'

/** In whose words an exchange is refused, once it is known who was asked. */
export type RefusalForms = WeakMap<Exchange, ProviderRefusal>

/** Each may be asked five times. */
const MOST_STEPS = 16
const MOST_ENDPOINT_CHARACTERS = 512
const AUTHORIZATION = 'cf-aig-authorization'

/** `…/{gateway}/{provider}/{path of the provider}`. */
export function askProvider(table: ProviderTable, forms: RefusalForms, services: GateServices) {
  return (exchange: Exchange, caller: Caller<KeyAccount>): Promise<void> => {
    const { gateway = '', provider = '', '*': endpoint = '' } = caller.parameters
    const found = table.find(provider, endpoint)
    forms.set(exchange, found.refusal)
    const wishes = wishesOfHeaders((name) => exchange.header(name))
    const authenticated = exchange.header(AUTHORIZATION) !== undefined
    const route = gatedRoute(found.answer, services, (wire) => {
      const model = found.modelOf(wire.body())
      return { gateway, wishes, authenticated, provider, endpoint, model }
    })
    return route(exchange, { ...caller, parameters: found.parameters })
  }
}

/**
 * `…/{gateway}`, with an array of steps.
 *
 * @param isAuthenticated whether every caller is, as those of a binding are
 */
export function askUniversal(
  table: ProviderTable,
  forms: RefusalForms,
  { parsing, gated }: GateServices,
  isAuthenticated = false,
) {
  return async (exchange: Exchange, caller: Caller<KeyAccount>): Promise<void> => {
    const wishes = wishesOfHeaders((name) => exchange.header(name))
    const wire = await wireRequest(exchange, caller.key.organisation, {}, parsing)
    const steps = stepsOf(wire.body(), table, exchange)
    // What is refused is what the last of them said.
    const { provider, endpoint } = steps.at(-1) ?? steps[0]
    forms.set(exchange, table.find(provider, endpoint).refusal)
    const authenticated = isAuthenticated || exchange.header(AUTHORIZATION) !== undefined
    await gated(exchange, caller, { gateway: caller.parameters['gateway'] ?? '', wishes, authenticated, steps })
  }
}

/** A socket is asked for by an upgrade of a GET. */
export function refuseSocket(): never {
  throw apiError('not_built', { what: 'the universal endpoint over WebSocket', instead: 'POST the steps as an array' })
}

function stepsOf(body: unknown, table: ProviderTable, exchange: Exchange): [GatedStep, ...GatedStep[]] {
  const said: readonly unknown[] = Array.isArray(body) ? body : [body]
  if (said.length > MOST_STEPS) throw wrong(`there are at most ${MOST_STEPS} steps, and not ${said.length}`)
  const [first, ...others] = said.map((one, index) => stepOf(one, index, table, exchange))
  if (first === undefined) throw wrong('there must be at least one step')
  return [first, ...others]
}

function stepOf(said: unknown, index: number, table: ProviderTable, exchange: Exchange): GatedStep {
  if (!isFields(said)) throw wrong(`step ${index} must be an object`)
  const { provider, endpoint, headers = {}, query, config } = said
  if (typeof provider !== 'string' || provider === '') throw wrong(`step ${index} must have a provider`)
  if (typeof endpoint !== 'string' || endpoint.length > MOST_ENDPOINT_CHARACTERS) {
    throw wrong(`step ${index} must have an endpoint of at most ${MOST_ENDPOINT_CHARACTERS} characters`)
  }
  if (!isFields(headers)) throw wrong(`headers of step ${index} must be an object`)
  const path = endpoint.replace(/^\/+/, '').replace(/\?.*$/s, '')
  const found = table.find(provider, path)
  const wire = stepWire(query, headers, found.parameters, exchange)
  const wishes = wishesOfStep(config)
  const model = found.modelOf(query)
  return { provider, endpoint: path, model, wire, body: bodyOfJson(query), answer: found.answer, wishes }
}

/** Headers of the exchange that are ours, or bind requests to one engine, are those of every step. */
const SHARED = /^(?:x-moonbase-|x-session-affinity$)/

function stepWire(
  query: unknown,
  headers: Readonly<Record<string, unknown>>,
  parameters: WireRequest['parameters'],
  exchange: Exchange,
): WireRequest {
  const own = new Map(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))
  return {
    // It has none of its own: it was read as a part of an array.
    bytes: undefined,
    parameters,
    body: () => query,
    header(name) {
      const value = own.get(name)
      if (typeof value === 'string') return value
      if (typeof value === 'number' || typeof value === 'boolean') return String(value)
      return SHARED.test(name) ? exchange.header(name) : undefined
    },
  }
}

function wrong(details: string): Error {
  return apiError('invalid_request', { details })
}
