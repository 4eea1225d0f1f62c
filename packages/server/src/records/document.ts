/** Small things that are kept besides money: stored responses, files' metadata, lines of batches. Each kind is its owner's affair. */

import type { JsonValue } from './json-value.ts'

/** Where a document stands. Nothing of one owner is ever found by the name of another. */
interface DocumentName {
  /** What it is: `response`, `batch-line`. Letters, digits and dashes, 64 at most. */
  readonly kind: string
  /** Whose it is: an organisation, a project. At most 128 characters. */
  readonly owner: string
  /** At most 256 characters; lists are in the order of ids, by code points. */
  readonly id: string
}

interface DocumentFields extends DocumentName {
  /** By which some of them are listed and counted, such as a state. At most 128 characters. */
  readonly label: string | null
  /** Milliseconds since the Unix epoch, as are the next two. */
  readonly createdAt: number
  /** Somebody may lease it from then on; `null`: there is nothing to do with it. */
  readonly dueAt: number | null
  /** Nobody sees it from then on. */
  readonly expiresAt: number | null
  /** At most 256 KB as JSON; what is larger is a blob. */
  readonly value: JsonValue
}

export interface Document extends DocumentFields {
  /** 1 for one that is new, and one more with each write and each lease. */
  readonly revision: number
}

/** A document as it is to be. One whose `expiresAt` is past goes away with it. */
export interface DocumentWrite extends DocumentFields {
  /**
   * What must be there for it to be written: nothing, whatever there is, or the document at this revision. One that has
   * expired is not there.
   */
  readonly expects: 'absent' | 'any' | number
}
