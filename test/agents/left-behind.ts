/** Processes that an agent leaves behind, found by the home that they were given, whoever is their parent by now. */

import { readFileSync, readdirSync } from 'node:fs'

/** Who is ended may have started another one a moment before. */
const MOST_ROUNDS = 20

/**
 * Ends all processes whose environment has this home, one by one. On Linux alone.
 *
 * @returns the names of those that it ended
 * @throws Error where there are new ones all the time
 */
export function endLeftBehind(home: string): readonly string[] {
  const ended = new Map<number, string>()
  for (let round = 0; round < MOST_ROUNDS; round += 1) {
    const before = ended.size
    for (const pid of processesOf(home)) if (!ended.has(pid)) endOne(pid, ended)
    if (ended.size === before) return [...ended.values()]
  }
  throw new Error(`there are always new processes of ${home}: ${[...ended.values()].join(', ')}`)
}

function processesOf(home: string): number[] {
  const mark = `HOME=${home}`
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => Number.isInteger(pid) && pid !== process.pid)
    .filter((pid) => readOf(pid, 'environ')?.split('\0').includes(mark) === true)
}

function endOne(pid: number, ended: Map<number, string>): void {
  const name = readOf(pid, 'comm')?.trim() ?? String(pid)
  try {
    process.kill(pid, 'SIGKILL')
    ended.set(pid, name)
  } catch (error) {
    if (!isGone(error)) throw error
  }
}

/** `undefined` of a process that has ended, or is another user's. */
function readOf(pid: number, what: string): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/${what}`, 'utf8')
  } catch (error) {
    if (isGone(error)) return undefined
    throw error
  }
}

function isGone(error: unknown): boolean {
  return (
    error instanceof Error && 'code' in error && ['ENOENT', 'ESRCH', 'EACCES', 'EPERM'].includes(String(error.code))
  )
}
