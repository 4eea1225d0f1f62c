/**
 * Miniflare's remote proxy: a call of the binding in an envelope of headers, sent to one address whose path holds the key, because
 * nothing else of a call can. The path is in no log, no trace and no reply: only patterns of routes are.
 *
 * Source: what Miniflare 4 was seen to send.
 */

import { ApiError, apiError } from '@moonbase/protocol'
import type { Accounts, KeyAccount } from '../../accounts/accounts.ts'
import { router } from '../../http/router.ts'
import type { Exchange } from '../../http/exchange.ts'
import type { Api, Caller, Route } from '../api.ts'
import { bearerKey } from '../identify.ts'
import { isKeyText } from '../../keys/key-text.ts'
import { admittedKey } from './admit-key.ts'
import { type BindingServices, askedModel, bindingRoutes } from './binding-routes.ts'
import { ExchangeView } from './exchange-view.ts'
import { refuseBinding } from './refusals.ts'

export interface RemoteProxyServices extends BindingServices {
  readonly accounts: Pick<Accounts, 'findKey'>
}

const NAME = 'workers-ai-proxy'
const PREFIX = '/workers-ai'
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'] as const

export function remoteProxyApi(services: RemoteProxyServices): Api<KeyAccount> {
  const match = router(bindingRoutes(NAME, services))

  const answer = async (exchange: Exchange, { key }: Caller<KeyAccount>): Promise<void> => {
    const proxied = new ProxiedCall(exchange)
    const { route, parameters } = match(proxied.method, proxied.path)
    exchange.notes.route = route.path
    await route.answer(proxied, { key, parameters })
  }
  const anywhere: Route<KeyAccount>[] = METHODS.map((method) => ({ method, path: '*', answer }))
  return {
    name: NAME,
    provider: 'cloudflare',
    prefixes: [PREFIX],
    // Also at an address without a key, so that its refusal is one that the binding can read.
    claims: isProxied,
    order: 'key-first',
    pages: false,
    authentication: admittedKey(services.accounts, keyOf),
    routes: anywhere,
    refuse: (error, exchange) => refuseBinding(withoutPath(error), exchange, askedModel(new ProxiedCall(exchange))),
  }
}

function isProxied(exchange: Pick<Exchange, 'header'>): boolean {
  return exchange.header(URL_HEADER) !== undefined
}

const URL_HEADER = 'mf-url'
const HEADER_PREFIX = 'mf-header-'

/** What stands last in the path; a header goes before it, where something in front of us puts one. */
function keyOf(exchange: Exchange): string | undefined {
  const shown = bearerKey(exchange)
  if (shown !== undefined) return shown
  const last = lastSegment(exchange.path)
  return last !== '' && isKeyText(last) ? last : undefined
}

function lastSegment(path: string): string {
  const encoded = path.slice(path.lastIndexOf('/') + 1)
  try {
    return decodeURIComponent(encoded)
  } catch {
    // No key is written so.
    return ''
  }
}

/** The words of some refusals repeat the path that was asked for, and here that is the key. */
function withoutPath(error: ApiError): ApiError {
  return PATH_WORDS.has(error.code) ? apiError('invalid_request', { details: NO_CALL }) : error
}

const PATH_WORDS: ReadonlySet<string> = new Set(['route_not_found', 'method_not_allowed'])
const NO_CALL = `no such call of the binding; the address is http://<host>:<port>${PREFIX}/<key>, and calls come in ${URL_HEADER}`

/** The call itself: its address and its headers stand in headers of their own. */
class ProxiedCall extends ExchangeView {
  readonly #url: URL | undefined

  constructor(exchange: Exchange) {
    super(exchange)
    this.#url = URL.parse(exchange.header(URL_HEADER) ?? '') ?? undefined
  }

  override get path(): string {
    return this.#url?.pathname ?? '/'
  }

  override get query(): string {
    return this.#url?.search.slice(1) ?? ''
  }

  override header(name: string): string | undefined {
    return super.header(HEADER_PREFIX + name)
  }
}
