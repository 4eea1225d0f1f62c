/** The real clock. */

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
  // Node's own makes an error with a stack for each that is ended early, and nearly all of them are.
  async sleep(ms, signal) {
    signal.throwIfAborted()
    await new Promise<void>((resolve) => {
      const end = (): void => {
        clearTimeout(timer)
        signal.removeEventListener('abort', end)
        resolve()
      }
      const timer = setTimeout(end, ms)
      signal.addEventListener('abort', end)
    })
    signal.throwIfAborted()
  },
}

/** Milliseconds that never go back: for how long something took, not for when. */
export const steadyMs = (): number => performance.now()

/** Made once: one for each would be made with its stack. */
const ENOUGH = new Error('it is waited for no longer')

/** Waits for the promise, but not longer than `ms`. */
export async function within(promise: Promise<unknown>, ms: number): Promise<void> {
  const limit = new AbortController()
  const late = systemClock.sleep(ms, limit.signal).catch(() => undefined)
  await Promise.race([promise, late])
  limit.abort(ENOUGH)
}
