/** A client of one host that connects to the addresses that were checked, one after the other, and to nothing else. */

import { isIP } from 'node:net'
import { Client, buildConnector } from 'undici'
import type { Destination } from './allowed-url.ts'

/** Until one address is given up and the next is tried. */
const CONNECT_MS = 5_000

/** Of a head that we hold in memory. */
const MOST_HEADER_BYTES = 16 * 1024

/** Whoever makes one destroys it. Time is the caller's affair: it waits for as long as the signal of a request lets it. */
export function openClient({ url, host }: Destination, addresses: readonly string[]): Client {
  const connectTo = buildConnector({ timeout: CONNECT_MS })
  // The name is for the certificate; the address is an address, and so nobody asks for it again.
  const named = isIP(host) === 0 ? { servername: withoutDot(host) } : {}
  const connect: buildConnector.connector = (options, callback) => {
    const tryFrom = (index: number): void => {
      const address = addresses[index] ?? ''
      connectTo({ ...options, ...named, hostname: address }, (...result) => {
        if (result[0] !== null && index + 1 < addresses.length) tryFrom(index + 1)
        else callback(...result)
      })
    }
    tryFrom(0)
  }
  return new Client(url.origin, {
    connect,
    pipelining: 0,
    headersTimeout: 0,
    bodyTimeout: 0,
    maxHeaderSize: MOST_HEADER_BYTES,
  })
}

/** The root's own dot is no part of the name in a certificate. */
function withoutDot(name: string): string {
  return name.endsWith('.') ? name.slice(0, -1) : name
}
