/** Processes that an agent leaves behind, found by the home that they were given, whoever is their parent by now. */

import { readFileSync, readdirSync } from 'node:fs'

/** More are no agent's. */
const MOST_PROCESSES = 100_000

/**
 * Ends all processes whose environment has this home, one by one.
 *
 * @returns the names of those that it ended
 */
export function endLeftBehind(home: string): readonly string[] {
  const names: string[] = []
  for (const entry of readdirSync('/proc').slice(0, MOST_PROCESSES)) {
    const pid = Number(entry)
    if (!Number.isInteger(pid) || pid === process.pid) continue
    const [environment, name] = [readOf(pid, 'environ'), readOf(pid, 'comm')]
    if (environment?.split('\0').includes(`HOME=${home}`) !== true) continue
    try {
      process.kill(pid, 'SIGKILL')
      names.push(name?.trim() ?? String(pid))
    } catch (error) {
      if (!isGone(error)) throw error
    }
  }
  return names
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
