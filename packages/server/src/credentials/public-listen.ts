/** Whether a server may listen where it was told to, with the keys it has. */

import { BlockList, isIP } from 'node:net'
import { StartError } from '../records/start-error.ts'

const LOOPBACK = new BlockList()
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4')
LOOPBACK.addAddress('::1', 'ipv6')

/** Whether only this machine can reach the host: 127.0.0.0/8 (also written as IPv6), ::1, localhost. */
export function isLoopback(host: string): boolean {
  const version = isIP(host)
  if (version === 0) return host.toLowerCase() === 'localhost'
  return LOOPBACK.check(host, version === 4 ? 'ipv4' : 'ipv6')
}

/**
 * A generated key is for trying things out: it stands in a file and was shown on a screen, and nobody chose to give it
 * away. Whoever opens the server to others says so, or brings a key.
 *
 * @throws StartError that says how to go on
 */
export function refusePublicListen(
  { listen, allowDevelopmentKeys }: { listen: { readonly host: string }; allowDevelopmentKeys: boolean },
  { developmentKeysInUse }: { readonly developmentKeysInUse: boolean },
): void {
  if (!developmentKeysInUse || allowDevelopmentKeys || isLoopback(listen.host)) return
  throw new StartError([
    `moonbase does not listen on ${listen.host}, where others can reach it, while its only API key is the generated development key.`,
    'Bring a key of your own in MOONBASE_API_KEY or under "keys" in moonbase.yaml,',
    'or accept the generated one with --allow-development-keys or MOONBASE_ALLOW_DEVELOPMENT_KEYS=1.',
  ])
}
