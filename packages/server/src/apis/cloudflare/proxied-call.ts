/**
 * Miniflare's remote proxy: a call of a binding in an envelope of headers, sent to one address whose path holds the key, because
 * nothing else of a call can. Taken out of its envelope it is a call as workerd sends it, and whoever has its path answers it.
 * The path that it came by is in no log, no trace and no reply: nobody behind this sees it.
 *
 * Source: what Miniflare 4 was seen to send.
 */

import type { Exchange } from '../../http/exchange.ts'
import { isKeyText } from '../../keys/key-text.ts'
import { ExchangeView } from './exchange-view.ts'

/** Where a proxied call is sent to, with the key behind it. */
export const PROXY_PREFIX = '/workers-ai'

const URL_HEADER = 'mf-url'
const HEADER_PREFIX = 'mf-header-'

/** The exchange itself, where it is no proxied call. */
export function unwrapProxied(exchange: Exchange): Exchange {
  const isProxied = exchange.path.startsWith(`${PROXY_PREFIX}/`) || exchange.header(URL_HEADER) !== undefined
  return isProxied ? new ProxiedCall(exchange) : exchange
}

class ProxiedCall extends ExchangeView {
  readonly #url: URL | undefined
  readonly #key: string | undefined

  constructor(exchange: Exchange) {
    super(exchange)
    this.#url = URL.parse(exchange.header(URL_HEADER) ?? '') ?? undefined
    this.#key = lastSegment(exchange.path)
  }

  /** Without a call in it, as when Miniflare first tries a socket, it is at no path that anybody has. */
  override get path(): string {
    return this.#url?.pathname ?? PROXY_PREFIX
  }

  override get query(): string {
    return this.#url?.search.slice(1) ?? ''
  }

  /** The call has headers of its own; a key that something in front of us shows goes before the one in the path. */
  override header(name: string): string | undefined {
    if (name !== 'authorization') return super.header(HEADER_PREFIX + name)
    return super.header(name) ?? (this.#key === undefined ? undefined : `Bearer ${this.#key}`)
  }
}

function lastSegment(path: string): string | undefined {
  const segment = decoded(path.slice(path.lastIndexOf('/') + 1))
  return segment !== '' && isKeyText(segment) ? segment : undefined
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment)
  } catch {
    // No key is written so.
    return ''
  }
}
