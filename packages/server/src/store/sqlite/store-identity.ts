/** Which database this is, how many servers have had it, and whether one has it now: what a start looks at before it writes. */

import type { DatabaseSync } from 'node:sqlite'
import { type FoundDatabase, type Milestone, hashOf } from '../witness.ts'
import { numberIn, textIn } from './row-values.ts'

/** As migration. `is_open`: no server has closed it since one opened it. */
export const IDENTITY_TABLE = `
  CREATE TABLE identity (
    one INTEGER PRIMARY KEY CHECK (one = 1), store TEXT NOT NULL, epoch INTEGER NOT NULL, is_open INTEGER NOT NULL
  ) STRICT;
  INSERT INTO identity VALUES (1, lower(hex(randomblob(16))), 0, 0);`

export interface KnownDatabase extends FoundDatabase {
  readonly isOpen: boolean
}

/** Before anything of it is changed. */
export function lookAt(database: DatabaseSync, isEmpty: boolean): KnownDatabase {
  const has = (table: string): boolean =>
    database.prepare(`SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?`).get(table) !== undefined
  const row = has('identity') ? database.prepare('SELECT store, epoch, is_open FROM identity').get() : undefined
  return {
    isEmpty: isEmpty && !has('transfers'),
    store: row === undefined ? undefined : textIn(row, 'store'),
    epoch: row === undefined ? 0 : numberIn(row, 'epoch'),
    isOpen: row !== undefined && numberIn(row, 'is_open') === 1,
    hashOf: (transfer) => (has('transfers') ? hashOfTransfer(database, transfer) : undefined),
  }
}

const TRANSFER = `SELECT t.id, t.kind, o.name, t.previous, t.hold, t.cash, t.voucher, t.at, t.request
  FROM transfers t JOIN names o ON o.id = t.organisation WHERE t.id = ?`

function hashOfTransfer(database: DatabaseSync, id: number): string | undefined {
  const row = database.prepare(TRANSFER).get(id)
  return row === undefined ? undefined : hashOf(Object.values(row))
}

/** What is on the disk now. */
export function milestoneOf(database: DatabaseSync): Milestone {
  const row = database.prepare('SELECT store, epoch, (SELECT max(id) FROM transfers) AS last FROM identity').get()
  if (row === undefined) throw new Error('the database has no row in its table "identity"')
  const last = row['last']
  const hash = typeof last === 'number' ? hashOfTransfer(database, last) : undefined
  return {
    store: textIn(row, 'store'),
    epoch: numberIn(row, 'epoch'),
    transfer: typeof last === 'number' && hash !== undefined ? { id: last, hash } : null,
  }
}

/** From now on it is this server's, and whoever has it still finds that out with his next write. @returns the epoch */
export function takeOver(database: DatabaseSync): number {
  database.exec('UPDATE identity SET epoch = epoch + 1, is_open = 1')
  // In the file itself, where also somebody sees it who has no part in our log.
  database.exec('PRAGMA wal_checkpoint(TRUNCATE)')
  return milestoneOf(database).epoch
}

/** Whoever had it is gone, and somebody says so. */
export function markClosed(database: DatabaseSync): void {
  database.exec('UPDATE identity SET is_open = 0')
}

export function handBack(database: DatabaseSync, epoch: number): void {
  database.prepare('UPDATE identity SET is_open = 0 WHERE epoch = ?').run(epoch)
}
