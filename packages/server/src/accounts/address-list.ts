/** The addresses and networks that a key may come from. */

import { BlockList, isIP } from 'node:net'
import { checkNetwork } from '../configuration/addresses.ts'

export class AddressList {
  /** Of the addresses that are let in. It knows an IPv4 address also in its IPv6 form, both ways. */
  readonly #allowed = new BlockList()

  /** Of entries that `wrongWithAddress` finds nothing wrong with. @throws Error for others */
  constructor(entries: readonly string[]) {
    for (const entry of entries) {
      const [address = '', prefix] = entry.split('/')
      const family = isIP(address) === 4 ? 'ipv4' : 'ipv6'
      if (prefix === undefined) this.#allowed.addAddress(address, family)
      else this.#allowed.addSubnet(address, Number(prefix), family)
    }
  }

  /** What is no address is not on any list: also the one of a connection that is gone. */
  has(address: string): boolean {
    const version = isIP(address)
    return version !== 0 && this.#allowed.check(address, version === 4 ? 'ipv4' : 'ipv6')
  }
}

/** What is wrong with an entry. `undefined`: nothing. */
export function wrongWithAddress(entry: string): string | undefined {
  // The zone of a link-local address is a matter of one machine.
  if (entry.includes('%')) return 'must be without a zone'
  const checked = checkNetwork(entry)
  return 'wrong' in checked ? checked.wrong : undefined
}
