/** Whether an address is one of the public internet: what is nobody's, somebody's own, or another one in disguise is not. */

import { isIP } from 'node:net'
import { addressList, isListed } from '../keys/address-list.ts'

/**
 * Of the special-purpose registry of IANA (RFC 6890 and what was added to it), all that is not globally reachable or stands for
 * something else. The metadata services of clouds lie in it (169.254.169.254, 100.100.100.200, 192.0.0.192), but for one.
 */
const SPECIAL = addressList([
  '0.0.0.0/8',
  '10.0.0.0/8',
  // Behind the provider's own translation.
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.31.196.0/24',
  '192.52.193.0/24',
  // The old relays of 6to4.
  '192.88.99.0/24',
  '192.168.0.0/16',
  '192.175.48.0/24',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
  // Azure's, with a public look: it gives out what a machine is and its certificates.
  '168.63.129.16',
])

/** The part that is given out to networks at all; what lies outside is local, unique local, multicast or not given out. */
const GIVEN_OUT = addressList(['2000::/3'])

const SPECIAL_SIX = addressList([
  // Protocols, Teredo among them: an address of four is inside.
  '2001::/23',
  '2001:db8::/32',
  // 6to4, likewise.
  '2002::/16',
  '2620:4f:8000::/48',
  '3fff::/20',
])

/** Its last 32 bits are an address of four, which is where a connection would go. */
const DRESSED = addressList(['::ffff:0:0/96', '64:ff9b::/96'])

/** What is no address, or has a zone, is not public either. */
export function isPublicAddress(address: string): boolean {
  if (isIP(address) === 4) return !isListed(address, SPECIAL)
  if (isIP(address) !== 6 || address.includes('%')) return false
  if (isListed(address, DRESSED)) return isPublicAddress(lastFour(address))
  return isListed(address, GIVEN_OUT) && !isListed(address, SPECIAL_SIX)
}

/** Of an address of six, as an address of four. */
function lastFour(address: string): string {
  // As the URL standard writes it: in groups of hexadecimal digits, whatever it came as.
  const groups = new URL(`http://[${address}]`).hostname.slice(1, -1).split(':')
  const [high, low] = [groups.at(-2), groups.at(-1)].map((group) => Number.parseInt(group || '0', 16))
  return [(high ?? 0) >> 8, (high ?? 0) & 255, (low ?? 0) >> 8, (low ?? 0) & 255].join('.')
}
