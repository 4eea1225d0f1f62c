/** Gateways as objects of REST: made, read, changed, removed, listed, and where each is. */

import { apiError } from '@moonbase/protocol'
import type { KeyAccount } from '../../accounts/accounts.ts'
import { DEFAULT_SETTINGS } from '../../gateways/gateway-object.ts'
import type { GatewayServices } from '../../gateways/open-gateways.ts'
import type { Exchange } from '../../http/exchange.ts'
import { readJson } from '../../http/parse-body.ts'
import type { Caller } from '../api.ts'
import { ownAddress } from '../own-address.ts'
import { sendResult } from './envelopes.ts'
import { gatewayFields, readGatewayId, readSettings } from './gateway-fields.ts'
import { readPage } from './pages.ts'

export const GATEWAY_PREFIX = '/ai-gateway/v1'

const LISTED = 20
const MOST_LISTED = 100
const BODY_BYTES = 256 * 1024

export function listGateways({ gateways }: GatewayServices) {
  return async (exchange: Exchange, { key }: Caller<KeyAccount>): Promise<void> => {
    const query = new URLSearchParams(exchange.query)
    const { page, perPage } = readPage(query, LISTED, MOST_LISTED)
    const search = query.get('search') ?? ''
    const all = (await gateways.list(key.organisation)).filter(({ id }) => id.includes(search))
    const rows = all.slice((page - 1) * perPage, page * perPage).map(gatewayFields)
    sendResult(exchange, rows, { page, per_page: perPage, count: rows.length, total_count: all.length })
  }
}

export function createGateway({ gateways }: GatewayServices) {
  return async (exchange: Exchange, { key }: Caller<KeyAccount>): Promise<void> => {
    const body = await readJson(exchange, BODY_BYTES)
    const id = readGatewayId(body)
    const made = await gateways.create(key.organisation, id, readSettings(body, DEFAULT_SETTINGS))
    if (made === undefined) throw apiError('gateway_conflict', { details: `there is a gateway ${id} already` })
    sendResult(exchange, gatewayFields(made))
  }
}

export function showGateway({ gateways }: GatewayServices) {
  return async (exchange: Exchange, { key, parameters }: Caller<KeyAccount>): Promise<void> => {
    const { gateway: id = '' } = parameters
    const found = await gateways.read(key.organisation, id)
    if (found === undefined) throw apiError('gateway_not_found', { id })
    sendResult(exchange, gatewayFields(found))
  }
}

export function changeGateway({ gateways, cache }: GatewayServices) {
  return async (exchange: Exchange, { key, parameters }: Caller<KeyAccount>): Promise<void> => {
    const { gateway: id = '' } = parameters
    const body = await readJson(exchange, BODY_BYTES)
    const changed = await gateways.change(key.organisation, id, (before) => readSettings(body, before))
    if (changed === undefined) throw apiError('gateway_not_found', { id })
    // By its key nobody finds them any more; their room is free at once.
    if (changed.cacheInvalidateOnUpdate) cache.forget(key.organisation, id)
    sendResult(exchange, gatewayFields(changed))
  }
}

/** With all that is kept of it: its logs, what was spent through it, and its cache. */
export function removeGateway({ gateways, logs, spent, cache }: GatewayServices) {
  return async (exchange: Exchange, { key, parameters }: Caller<KeyAccount>): Promise<void> => {
    const { gateway: id = '' } = parameters
    const found = await gateways.read(key.organisation, id)
    if (found === undefined || !(await gateways.remove(key.organisation, id))) {
      throw apiError('gateway_not_found', { id })
    }
    cache.forget(key.organisation, id)
    await Promise.all([logs.forget(key.organisation, id), spent.forget(key.organisation, id)])
    sendResult(exchange, gatewayFields(found))
  }
}

/** Where one is asked, for a provider; `universal` is the address of the gateway itself. */
export function showUrl(_: GatewayServices, form: 'text' | 'object', ownUrl: () => string) {
  return (exchange: Exchange, { key, parameters }: Caller<KeyAccount>): void => {
    const { account = key.organisation, gateway = '', provider = '' } = parameters
    const base = `${addressOf(exchange) ?? ownUrl()}${GATEWAY_PREFIX}/${account}/${gateway}/`
    const url = provider === '' || provider === 'universal' ? base : base + encodeURIComponent(provider)
    sendResult(exchange, form === 'text' ? url : { url })
  }
}

/** A binding has a host that is made up. */
function addressOf(exchange: Exchange): string | undefined {
  return exchange.header('host') === 'workers-binding.ai' ? undefined : ownAddress(exchange)
}
