/** The file of a database, whatever it is called: which one it really is, and that it has one name only. */

import { closeSync, existsSync, openSync, realpathSync, statSync } from 'node:fs'

export interface DatabaseFile {
  /** Without any link on the way to it: what lies beside it is the same for everybody. */
  readonly path: string
  readonly isEmpty: boolean
  /** Its log was there before we came. */
  readonly hasLog: boolean
}

const OWNER_ONLY = 0o600

/**
 * Makes it where there is none: SQLite would let others read it.
 *
 * @throws Error where it has several names: SQLite keeps its log beside one of them, and by another one it would be without it
 */
export function findDatabaseFile(named: string): DatabaseFile {
  // Only where nobody can have it open: closing a file lets go of all locks that this process has on it.
  if (!existsSync(named)) closeSync(openSync(named, 'a', OWNER_ONLY))
  const path = realpathSync(named)
  const { nlink, size } = statSync(path)
  if (nlink > 1) {
    throw new Error(
      `it has ${nlink} names (hard links), and its log lies beside one of them: remove the others, or copy it`,
    )
  }
  return { path, isEmpty: size === 0, hasLog: existsSync(`${path}-wal`) }
}

/** Of a lock: others could hold it. */
export function makePrivately(path: string): void {
  if (!existsSync(path)) closeSync(openSync(path, 'a', OWNER_ONLY))
}
