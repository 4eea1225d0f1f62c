/** Where a host is, as addresses that may be connected to: whoever connects takes these and looks nothing up again. */

import { isIP } from 'node:net'
import type { Destination } from './allowed-url.ts'
import { OutgoingError } from './outgoing-error.ts'
import { isPublicAddress } from './public-address.ts'

/** All addresses of a name, the first to be tried first. Rejects for a name that nobody knows, and soon when the signal fires. */
export type LookUp = (name: string, signal: AbortSignal) => Promise<readonly string[]>

/** This machine by its own name, which no name server is asked for (RFC 6761). */
const ITSELF = /^(?:.+\.)?localhost\.?$/

/** Nobody needs more to reach one host. */
const MOST_ADDRESSES = 4

/**
 * One address that is not public is enough to refuse a name: whoever gives it two kinds wants the other one to be asked.
 *
 * @param mayAsk `127.0.0.1:8080`, `[::1]:8080`: what may be asked all the same
 * @throws OutgoingError `name`, `address`
 */
export async function checkedAddresses(
  { host, port }: Pick<Destination, 'host' | 'port'>,
  mayAsk: ReadonlySet<string>,
  look: LookUp,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const addresses = isIP(host) === 0 ? await namedAddresses(host, look, signal) : [host]
  for (const address of addresses) {
    if (isPublicAddress(address) || mayAsk.has(socketName(address, port))) continue
    throw new OutgoingError('address', 'the address is not one of the public internet')
  }
  return addresses.slice(0, MOST_ADDRESSES)
}

function socketName(address: string, port: number): string {
  return isIP(address) === 6 ? `[${address}]:${port}` : `${address}:${port}`
}

async function namedAddresses(name: string, look: LookUp, signal: AbortSignal): Promise<readonly string[]> {
  if (ITSELF.test(name)) return ['127.0.0.1']
  const addresses = await look(name, signal).catch((cause: unknown) => {
    throw new OutgoingError('name', 'the name is not known', { cause })
  })
  if (addresses.length === 0) throw new OutgoingError('name', 'the name has no address')
  return addresses
}
