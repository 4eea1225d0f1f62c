/** Time that passes when a test says so, and wakes whoever slept until then. */

import { setImmediate } from 'node:timers/promises'
import type { Clock } from '@moonbase/core/generation'

export interface SteppedClock extends Clock {
  /** Resolves when those who woke have had their turns. */
  pass(ms: number): Promise<void>
}

interface Sleeper {
  readonly at: number
  readonly wake: () => void
}

export function steppedClock(time = 1_000_000): SteppedClock {
  const sleepers = new Set<Sleeper>()
  return {
    now: () => time,
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        const sleeper = { at: time + ms, wake: resolve }
        const stop = (): void => {
          sleepers.delete(sleeper)
          reject(signal.reason instanceof Error ? signal.reason : new Error('aborted'))
        }
        if (signal.aborted) return stop()
        sleepers.add(sleeper)
        signal.addEventListener('abort', stop, { once: true })
      }),
    async pass(ms) {
      time += ms
      for (const sleeper of sleepers) {
        if (sleeper.at > time) continue
        sleepers.delete(sleeper)
        sleeper.wake()
      }
      for (let turns = 3; turns > 0; turns -= 1) await setImmediate()
    },
  }
}
