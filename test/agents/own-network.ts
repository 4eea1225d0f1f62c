/** Runs this program again in a network of its own, in which loopback is all there is: what is driven here reaches nobody else. */

import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'

const MARK = 'MOONBASE_AGENTS_NETWORK'
const UNSHARE = ['--map-root-user', '--net', 'sh', '-c', 'ip link set lo up && exec "$0" "$@"'] as const
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
const TRIED_MS = 30_000

/** Where this program runs: in a network of its own, or in the machine's, and then why. */
export type Place = 'own network' | { readonly why: string }

/**
 * @param program this one, as it was started
 * @returns where it runs; or the exit code of the one that has run in its place
 */
export async function enterOwnNetwork(program: readonly string[]): Promise<Place | number> {
  if (process.env[MARK] === 'own') return 'own network'
  const tried = spawnSync('unshare', [...UNSHARE, 'true'], { encoding: 'utf8', timeout: TRIED_MS })
  if (tried.status !== 0) return { why: (tried.error?.message ?? tried.stderr).trim() }
  const child = spawn('unshare', [...UNSHARE, process.execPath, ...program], {
    stdio: 'inherit',
    env: { ...process.env, [MARK]: 'own' },
  })
  const forward = (signal: NodeJS.Signals): void => void child.kill(signal)
  for (const signal of SIGNALS) process.on(signal, forward)
  const [code] = (await once(child, 'exit')) as [number | null]
  for (const signal of SIGNALS) process.off(signal, forward)
  return code ?? 1
}
