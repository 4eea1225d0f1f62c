/** Transactions that leave nothing behind of what they delete. */

import type { DatabaseSync } from 'node:sqlite'

/**
 * What is deleted or moved within the file is overwritten with zeros. Only where somebody's own words are deleted, contents
 * and documents: it costs writes, and nothing else that is ever deleted is anybody's secret.
 */
export function overwriting(
  database: DatabaseSync,
  atomically: (work: () => void) => void,
): (work: () => void) => void {
  return (work) => {
    database.exec('PRAGMA secure_delete = ON')
    try {
      atomically(work)
    } finally {
      database.exec('PRAGMA secure_delete = OFF')
    }
  }
}
