/** Where this server is: as a client found it, by its own words, to be told to it and for nothing else; or as it listens. */

import type { Exchange } from '../http/exchange.ts'

/** A name or an address, and a port: nothing that means anything to HTML or to a shell. */
const PLAIN_HOST = /^(?:[\w.-]{1,253}|\[[\da-f:.]{2,45}\])(?::\d{1,5})?$/i

/** `undefined` where the `Host` is none, or is anything but plain. */
export function ownAddress(exchange: Pick<Exchange, 'header'>): string | undefined {
  const host = exchange.header('host')
  if (host === undefined || !PLAIN_HOST.test(host)) return undefined
  // The proxy in front that ends TLS says so. Whoever says it without one is the only one to read it.
  const scheme = exchange.header('x-forwarded-proto') === 'https' ? 'https' : 'http'
  return `${scheme}://${host}`
}

export function listenUrl(host: string, port: number): string {
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`
}
