/** The real clock. */

import { setTimeout as wait } from 'node:timers/promises'
import type { Clock } from '@moonbase/core/generation'

/**
 * Milliseconds since the Unix epoch, and always behind it. A machine without a battery begins before it, and all that counts
 * from 0 (windows, breakers, months) would be wrong: its time begins a day behind the epoch, and runs from there until
 * somebody sets its clock.
 */
export function behindTheEpoch(read: () => number): () => number {
  let missing: number | undefined
  return () => {
    const now = read()
    if (now >= 0) return now
    missing ??= DAY_MS - now
    return Math.max(now + missing, DAY_MS)
  }
}

const DAY_MS = 86_400_000

export const systemClock: Clock = {
  now: behindTheEpoch(() => Date.now()),
  async sleep(ms, signal) {
    try {
      await wait(ms, undefined, { signal })
    } catch (error) {
      throw signal.aborted ? signal.reason : error
    }
  },
}

/** Milliseconds that never go back: for how long something took, not for when. */
export const steadyMs = (): number => performance.now()

/** Waits for the promise, but not longer than `ms`. */
export async function within(promise: Promise<unknown>, ms: number): Promise<void> {
  const limit = new AbortController()
  const late = systemClock.sleep(ms, limit.signal).catch(() => undefined)
  await Promise.race([promise, late])
  limit.abort()
}
