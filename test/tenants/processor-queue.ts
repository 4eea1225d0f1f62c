/**
 * How long the main thread of a process has waited for a processor. Two tenants, a host and a server share the cores of a test
 * machine with whatever else runs there: that is no wait that the server is to blame for. Linux tells; elsewhere it is 0.
 */

import { readFileSync } from 'node:fs'

const NANOSECONDS_OF_MS = 1e6

/** Milliseconds since it began. */
export function processorWaitMs(pid: number): number {
  try {
    const [, waited] = readFileSync(`/proc/${pid}/task/${pid}/schedstat`, 'latin1').split(' ')
    return Number(waited) / NANOSECONDS_OF_MS
  } catch {
    return 0
  }
}
