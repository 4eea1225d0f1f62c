/** Where names are, by the name servers of this machine. */

import { Resolver } from 'node:dns/promises'
import type { LookUp } from './checked-addresses.ts'

const SERVER_MS = 5_000
const TRIES = 2

/**
 * Asks the name servers of this machine itself. The system's own look-up has few threads, which do other work as well, and cannot
 * be stopped: names that nobody answers for would hold up everybody. Its hosts file is not read by this one.
 *
 * @param servers with their ports; tests bring their own
 */
export function nameServers(servers?: readonly string[]): LookUp {
  return (name, signal) => lookedUp(name, signal, servers)
}

async function lookedUp(
  name: string,
  signal: AbortSignal,
  servers: readonly string[] | undefined,
): Promise<readonly string[]> {
  const resolver = new Resolver({ timeout: SERVER_MS, tries: TRIES })
  if (servers !== undefined) resolver.setServers(servers)
  const cancel = (): void => resolver.cancel()
  signal.addEventListener('abort', cancel, { once: true })
  try {
    const [four, six] = await Promise.allSettled([resolver.resolve4(name), resolver.resolve6(name)])
    if (four.status === 'rejected' && six.status === 'rejected') throw four.reason
    return inTurns(valueOf(four), valueOf(six))
  } finally {
    signal.removeEventListener('abort', cancel)
  }
}

function valueOf(settled: PromiseSettledResult<string[]>): readonly string[] {
  return settled.status === 'fulfilled' ? settled.value : []
}

/** One of each after the other: where one kind leads nowhere the other is soon tried. */
function inTurns(four: readonly string[], six: readonly string[]): readonly string[] {
  const most = Math.max(four.length, six.length)
  return Array.from({ length: most }, (_, index) => [four[index], six[index]])
    .flat()
    .filter((address) => address !== undefined)
}
