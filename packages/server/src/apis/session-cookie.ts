/**
 * The cookie of the page. It is shown by browsers to whoever makes them ask, so it is no authentication by itself: the page also
 * sends a header that no form, image, frame or WebSocket can send, and that another origin may not; and the browser says so.
 */

import type { Exchange } from '../http/exchange.ts'

/** What the page says of itself with every request. */
const PAGE_HEADER = 'x-moonbase-web'
const FROM_PAGE = '1'

const MOST_COOKIES = 8_192

/** Whether our own page asks, and no other one. */
export function isFromPage(exchange: Pick<Exchange, 'header'>): boolean {
  if (exchange.header(PAGE_HEADER) !== FROM_PAGE) return false
  const site = exchange.header('sec-fetch-site')
  // `none`: a person typed it. Other ports of one host are the same site, and not the same origin.
  if (site !== undefined) return site === 'same-origin' || site === 'none'
  // Browsers leave it out on addresses that are neither TLS nor this machine. An origin they always tell of what changes anything.
  const origin = exchange.header('origin')
  return origin === undefined || URL.parse(origin)?.host === exchange.header('host')?.toLowerCase()
}

/** The token that our own page shows; `undefined` where there is none, or somebody else has it shown. */
export function sessionToken(exchange: Pick<Exchange, 'header'>): string | undefined {
  const cookies = exchange.header('cookie')
  if (cookies === undefined || cookies.length > MOST_COOKIES || !isFromPage(exchange)) return undefined
  const name = cookieName(exchange)
  for (const pair of cookies.split(';')) {
    const equals = pair.indexOf('=')
    if (equals !== -1 && pair.slice(0, equals).trim() === name) return pair.slice(equals + 1).trim()
  }
  return undefined
}

/** @param seconds for how long; 0 takes it away */
export function setSessionCookie(
  exchange: Pick<Exchange, 'header' | 'setHeader'>,
  token: string,
  seconds: number,
): void {
  const parts = [`${cookieName(exchange)}=${token}`, 'Path=/', `Max-Age=${seconds}`, 'HttpOnly', 'SameSite=Strict']
  if (isOverTls(exchange)) parts.push('Secure')
  exchange.setHeader('Set-Cookie', parts.join('; '))
}

/**
 * Cookies know no port, so that each server of one machine has a name of its own. On TLS the prefix keeps other hosts of the same
 * domain from planting one. Source: RFC 6265bis, section 4.1.3.
 */
function cookieName(exchange: Pick<Exchange, 'header'>): string {
  const port = /:(\d{1,5})$/.exec(exchange.header('host') ?? '')?.[1]
  const name = port === undefined ? 'moonbase-session' : `moonbase-session-${port}`
  return isOverTls(exchange) ? `__Host-${name}` : name
}

/** The proxy in front that ends TLS says so. Whoever says it without one spoils nothing but his own cookie. */
function isOverTls(exchange: Pick<Exchange, 'header'>): boolean {
  return exchange.header('x-forwarded-proto') === 'https'
}
