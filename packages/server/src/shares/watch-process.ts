/** Looks at this process several times a second, for the guard. */

import { getHeapStatistics } from 'node:v8'
import type { OverloadGuard } from './overload-guard.ts'

const LOOK_MS = 250

/** `now` in milliseconds. Returns what ends it. */
export function watchProcess(guard: Pick<OverloadGuard, 'look'>, now: () => number): () => void {
  let due = now() + LOOK_MS
  const timer = setInterval(() => {
    const { used_heap_size: heapBytes, heap_size_limit: heapLimitBytes } = getHeapStatistics()
    const at = now()
    guard.look({ heapBytes, heapLimitBytes, delayMs: Math.max(at - due, 0) })
    due = at + LOOK_MS
  }, LOOK_MS).unref()
  return () => clearInterval(timer)
}
