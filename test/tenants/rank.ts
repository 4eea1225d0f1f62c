/**
 * How much of a busy machine a process gets, so that it is the server that is measured, and not what else runs there. A hostile
 * tenant would be somewhere else: what his own work takes is not the server's.
 */

import { writeFileSync } from 'node:fs'
import { setPriority } from 'node:os'

export const SERVER_NICE = -10
export const HOSTILE_NICE = 5

/** Linux ranks sessions before processes, where it groups by them. */
export const AUTOGROUP = '/proc/self/autogroup'

/** Of this process, and of its session. False: the system does not let it, and the machine is measured too. */
export function takeRank(nice: number): boolean {
  try {
    setPriority(nice)
    writeFileSync(AUTOGROUP, String(nice))
    return true
  } catch {
    return false
  }
}
