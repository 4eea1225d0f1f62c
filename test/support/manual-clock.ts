/** Time that passes only when a test says so. */

import type { Clock } from '@moonbase/core/generation'
import { setImmediate } from 'node:timers/promises'

export interface ManualClock extends Clock {
  /** How many sleep. */
  readonly sleepers: number
  /** Wakes everybody whose time comes within it, in order, each at its own moment; then lets what they start run. */
  pass(ms: number): Promise<void>
}

export function manualClock(start = 1_700_000_000_000): ManualClock {
  let time = start
  const sleepers = new Map<() => void, number>()
  return {
    now: () => time,
    get sleepers() {
      return sleepers.size
    },
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        const leave = (): void => {
          sleepers.delete(wake)
          signal.removeEventListener('abort', onAbort)
        }
        const wake = (): void => {
          leave()
          resolve()
        }
        const onAbort = (): void => {
          leave()
          reject(signal.reason)
        }
        if (signal.aborted) return reject(signal.reason)
        sleepers.set(wake, time + ms)
        signal.addEventListener('abort', onAbort)
      }),
    async pass(ms) {
      const until = time + ms
      for (;;) {
        const [next] = [...sleepers].toSorted(([, one], [, other]) => one - other)
        if (next === undefined || next[1] > until) break
        const [wake, at] = next
        time = Math.max(time, at)
        wake()
        await setImmediate()
      }
      time = until
      await setImmediate()
    },
  }
}
