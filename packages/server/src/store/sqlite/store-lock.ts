/** One server for each database: a lock that the kernel lets go when the process ends, however it ends. */

import { accessSync, constants } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { makePrivately } from './database-file.ts'
import { faultMessage } from './store-fault.ts'

export interface StoreLock {
  release(): void
}

/** `SQLITE_BUSY`, without its extensions. */
const BUSY = 5
const ONE_EACH = 'stop that one, or give this one a folder of its own with MOONBASE_DATA or --data'

/**
 * An exclusive transaction on a database of its own beside the real one, which others may go on to read. No pid file: that
 * one outlives `kill -9`, and its number may be somebody else's by then.
 *
 * @throws Error when another process, or another store of this one, has it, or it cannot be written
 */
export function lockStore(path: string): StoreLock {
  makePrivately(`${path}-lock`)
  const lock = new DatabaseSync(`${path}-lock`, { timeout: 0 })
  try {
    // SQLite opens what it may not write as well, and its exclusive transaction then excludes nobody.
    accessSync(`${path}-lock`, constants.W_OK)
    lock.exec('BEGIN EXCLUSIVE')
  } catch (error) {
    lock.close()
    if (resultCode(error) !== BUSY) throw error
    throw new Error(`another server uses it: ${ONE_EACH}`, { cause: error })
  }
  return { release: () => lock.close() }
}

function resultCode(error: unknown): number | undefined {
  const { code } = faultMessage(error)
  return code === undefined ? undefined : code & 0xff
}
