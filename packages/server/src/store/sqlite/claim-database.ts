/** A start in front of a database: whose it is, whether it is the one that was left here, and that nobody else has it. */

import type { DatabaseSync } from 'node:sqlite'
import { disagreement, disagreementText, readWitness, writeWitness } from '../witness.ts'
import type { DatabaseFile } from './database-file.ts'
import { lookAt, milestoneOf, takeOver } from './store-identity.ts'

/** `given`: where the operator wants it. `path`: what the database really is. */
export function witnessOf(path: string, given: string | undefined): string {
  return given ?? `${path}-witness`
}

/** Nothing was written yet. @throws Error that says what its operator can do */
export function assertIsOurs(
  database: DatabaseSync,
  { path, isEmpty, hasLog }: DatabaseFile,
  witnessPath: string,
): void {
  const known = lookAt(database, isEmpty)
  const witness = readWitness(witnessPath)
  const kind = witness === undefined ? undefined : disagreement(witness, known)
  if (witness !== undefined && kind !== undefined) throw new Error(disagreementText(kind, witness, witnessPath))
  // Where it is known here, somebody has looked into it behind a crash and written its log back.
  if (witness === undefined && known.isOpen && !hasLog) {
    throw new Error(
      `no server has closed it, and its log is not beside it: another one has it under another name, or the log was lost; stop that one, or bring ${path}-wal, or say that it is right: moonbase store accept`,
    )
  }
}

/**
 * Behind the migrations. The witness first: a crash between the two must not leave a database that is open and that nobody
 * knows.
 *
 * @returns the epoch
 */
export async function claim(database: DatabaseSync, witnessPath: string): Promise<number> {
  await writeWitness(witnessPath, milestoneOf(database))
  return takeOver(database)
}
