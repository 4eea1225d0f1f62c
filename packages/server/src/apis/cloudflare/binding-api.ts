/**
 * The wire of the Workers AI binding, as the class inside workerd speaks it to whatever its inner fetcher leads to. It shows no key
 * of its own: workerd puts one in front (`injectRequestHeaders`).
 */

import type { Accounts, KeyAccount } from '../../accounts/accounts.ts'
import type { Api } from '../api.ts'
import { bearerKey } from '../identify.ts'
import { authenticateKey } from '../authenticate-key.ts'
import { type BindingServices, askedModel, bindingRoutes } from './binding-routes.ts'
import { PROXY_PREFIX } from './proxied-call.ts'
import { refuseBinding } from './refusals.ts'

export interface BindingApiServices extends BindingServices {
  readonly accounts: Pick<Accounts, 'findKey'>
}

const NAME = 'workers-ai'

export function bindingApi(services: BindingApiServices): Api<KeyAccount> {
  return {
    name: NAME,
    provider: 'cloudflare',
    prefixes: ['/run', '/ai-gateway', '/ai-api', '/to-everything', PROXY_PREFIX],
    order: 'key-first',
    pages: false,
    authentication: authenticateKey(services.accounts, bearerKey),
    routes: bindingRoutes(NAME, services),
    refuse: (error, exchange) => refuseBinding(error, exchange, askedModel(exchange)),
  }
}
