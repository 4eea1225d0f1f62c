/** Writes documents beside all else of a group: those of one put, or of one end, together or not at all. */

import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { ABSENT, ANY, type DocumentRow } from '../../documents/check-documents.ts'
import { type Cells, STEP } from './group-steps.ts'

/** Values of each document in a group. */
const WIDTH = 9
/** Before them: whose they are, whether that is an end, the time, and how many there are. */
const HEAD = 4

/**
 * `tag`: by which an entry of the group is told that they were not as it expected. `isEnd`: then the whole group is written
 * anew, with that end as a release.
 */
export function pushDocuments(
  { tag, isEnd, now }: { readonly tag: number; readonly isEnd: boolean; readonly now: number },
  rows: readonly DocumentRow[],
  cells: Cells,
): void {
  cells.push(STEP.documents, tag, Number(isEnd), now, rows.length)
  for (const { kind, owner, id, label, createdAt, dueAt, expiresAt, expects, value } of rows) {
    cells.push(kind, owner, id, label, createdAt, dueAt, expiresAt, expects, value)
  }
}

export interface WrittenDocuments {
  /** Behind them. */
  readonly place: number
  /** The tag of those that were not written. */
  readonly conflict: number | undefined
  readonly isEnd: boolean
}

export class DocumentWriter {
  readonly #find: StatementSync
  readonly #put: StatementSync

  constructor(database: DatabaseSync) {
    this.#find = database.prepare(
      `SELECT revision FROM documents
       WHERE kind = ? AND owner = ? AND id = ? AND (expires_at IS NULL OR expires_at > ?)`,
    )
    this.#put = database.prepare(
      `INSERT INTO documents (kind, owner, id, label, created_at, due_at, expires_at, value, revision)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET label = excluded.label, created_at = excluded.created_at, due_at = excluded.due_at,
         expires_at = excluded.expires_at, value = excluded.value, revision = excluded.revision`,
    )
  }

  /** `place`: behind the number of the step. */
  write(cells: Cells, place: number): WrittenDocuments {
    const [tag, isEnd, now, count] = cells.slice(place, place + HEAD).map(Number)
    if (tag === undefined || now === undefined || count === undefined)
      throw new RangeError('a step of documents is cut')
    const first = place + HEAD
    const documents = Array.from({ length: count }, (_, index) =>
      cells.slice(first + index * WIDTH, first + (index + 1) * WIDTH),
    )
    const found = documents.map(([kind = null, owner = null, id = null]) =>
      Number(this.#find.get(kind, owner, id, now)?.['revision'] ?? ABSENT),
    )
    const fits = documents.every(([, , , , , , , expects], index) => expects === ANY || expects === found[index])
    if (fits) {
      for (const [index, values] of documents.entries()) {
        const [value = null] = values.slice(-1)
        this.#put.run(...values.slice(0, -2), value, (found[index] ?? ABSENT) + 1)
      }
    }
    return { place: first + count * WIDTH, conflict: fits ? undefined : tag, isEnd: isEnd === 1 }
  }
}
