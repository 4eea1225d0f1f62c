/** Opens the counts that the configuration names. Loads no more code than they need. */

import type { Clock } from '@moonbase/core/generation'
import type { Configuration } from '../configuration/index.ts'
import type { Limiter } from './limiter.ts'

export async function openLimiter(
  { store, fail, leaseMs }: Pick<Configuration['limits'], 'store' | 'fail' | 'leaseMs'>,
  clock: Clock,
  gateway: string,
  onDegraded: (degraded: boolean, cause: Error | undefined) => void,
): Promise<Limiter> {
  if (store.kind === 'memory') {
    const { MemoryLimiter } = await import('./memory/memory-limiter.ts')
    return new MemoryLimiter({ now: () => clock.now() })
  }
  const { RedisLimiter, timingOf } = await import('./redis/redis-limiter.ts')
  return RedisLimiter.open({ url: store.url, fail, clock, gateway, onDegraded, timing: timingOf(leaseMs) })
}
