/** One server for each database: a lock that the kernel lets go when the process ends, however it ends. */

import { DatabaseSync } from 'node:sqlite'

export interface StoreLock {
  release(): void
}

/**
 * An exclusive transaction on a database of its own beside the real one, which others may go on to read. No pid file: that
 * one outlives `kill -9`, and its number may be somebody else's by then.
 *
 * @throws Error when another process, or another store of this one, has it
 */
export function lockStore(path: string): StoreLock {
  const lock = new DatabaseSync(`${path}-lock`, { timeout: 0 })
  try {
    lock.exec('BEGIN EXCLUSIVE')
  } catch (error) {
    lock.close()
    throw new Error(`another server uses ${path}: one database, one server`, { cause: error })
  }
  return { release: () => lock.close() }
}
