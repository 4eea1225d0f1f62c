/** Opens the store that the configuration names. Loads no more code than that store needs. */

import { type Configuration, StartError } from '../configuration/index.ts'
import { whyNotKept } from '../configuration/why-not-kept.ts'
import type { Clock } from '@moonbase/core/generation'
import type { Store } from './store.ts'

/** @throws StartError that says what the operator can do */
export async function openStore(
  { store: place, storeLeaseMs: leaseMs, dataFolder }: Pick<Configuration, 'store' | 'storeLeaseMs' | 'dataFolder'>,
  clock: Clock,
  onProblem: (problem: string, cause: unknown) => void,
): Promise<Store> {
  if (place.kind === 'none') {
    const { openNoStore } = await import('./none/open-no-store.ts')
    return openNoStore(() => clock.now())
  }
  try {
    if (place.kind === 'postgres') {
      const { openPostgresStore } = await import('./postgres/open-postgres-store.ts')
      return await openPostgresStore({ url: place.url, leaseMs, now: () => clock.now() })
    }
    const { openSqliteStore } = await import('./sqlite/open-sqlite-store.ts')
    const path = place.kind === 'memory' ? ':memory:' : place.path
    const witness = place.kind === 'sqlite' && place.witness !== undefined ? { witness: place.witness } : {}
    return await openSqliteStore({ path, ...witness, now: () => clock.now(), onProblem })
  } catch (error) {
    const told = place.kind === 'sqlite' ? whyNotOnDisk(place.path, dataFolder, error) : undefined
    if (told !== undefined) throw new StartError(told, error)
    const what = place.kind === 'postgres' ? 'the PostgreSQL database' : place.kind === 'sqlite' ? place.path : 'memory'
    const why = error instanceof Error ? error.message : String(error)
    throw new StartError(`the accounts cannot be opened in ${what}: ${why}`, error)
  }
}

/** What SQLite keeps is more than one file, and each may be in the way: a start as root once is enough for that. */
function whyNotOnDisk(path: string, dataFolder: string, error: unknown): string | undefined {
  for (const suffix of ['', '-lock', '-wal', '-shm']) {
    const told = whyNotKept(`${path}${suffix}`, dataFolder, error)
    if (told !== undefined) return told
  }
  return undefined
}
