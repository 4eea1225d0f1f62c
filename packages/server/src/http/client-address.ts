/** Who asks: the address at the other end of the connection, or what a trusted proxy there says about it. */

import { isIP } from 'node:net'
import { addressList, isListed } from '../keys/address-list.ts'

/** Entries of an `X-Forwarded-For` that are looked at; nobody has more proxies. */
const MOST_HOPS = 16

export type ClientAddress = (peer: string | undefined, forwardedFor: string | undefined) => string

/**
 * From the right of `X-Forwarded-For`, as long as the address that added an entry is trusted: what stands further left may
 * be invented by the client. IPv4 addresses come without the IPv6 dress that a dual-stack socket gives them.
 *
 * @param trusted addresses and networks (`10.0.0.0/8`) of proxies
 */
export function clientAddress(trusted: readonly string[]): ClientAddress {
  const proxies = addressList(trusted)
  return (peer, forwardedFor) => {
    let address = bare(peer ?? '')
    if (forwardedFor === undefined || trusted.length === 0) return address
    for (const entry of forwardedFor.split(',').slice(-MOST_HOPS).toReversed()) {
      if (!isListed(address, proxies)) return address
      const next = bare(entry.trim())
      if (isIP(next) === 0) return address
      address = next
    }
    return address
  }
}

/** Whether who is at the other end of a connection is on the list. */
export function peerIsListed(trusted: readonly string[]): (peer: string) => boolean {
  const proxies = addressList(trusted)
  return (peer) => isListed(bare(peer), proxies)
}

function bare(address: string): string {
  return address.startsWith('::ffff:') && isIP(address.slice(7)) === 4 ? address.slice(7) : address
}
