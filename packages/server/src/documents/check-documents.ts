/** What every store lets pass, checked before anything is done: so all of them refuse the same, in the same words. */

import type { DocumentWrite } from '../records/document.ts'
import { DocumentError } from './document-error.ts'
import type { DocumentFilter, DocumentLease, DocumentPage } from './documents.ts'

const MOST_WRITES = 500
const MOST_LISTED = 1_000
const MOST_LEASED = 500
const MOST_VALUE_BYTES = 256 * 1024
/** Of one put, and of the values of one list. */
export const MOST_BYTES = 8 * 1024 * 1024
const MOST_OWNER = 128
const MOST_ID = 256
const MOST_LABEL = 128

/** The last code point, which no name has: it ends the range of ids with a prefix. */
export const LAST = '\u{10FFFF}'

/** What `expects` is as a number: a revision, or one of these. */
export const ABSENT = 0
export const ANY = -1

/** A write as rows have it. */
export interface DocumentRow extends Omit<DocumentWrite, 'value' | 'expects'> {
  readonly expects: number
  /** JSON. */
  readonly value: string
}

/** @throws DocumentError */
export function documentRows(writes: readonly DocumentWrite[]): DocumentRow[] {
  if (writes.length > MOST_WRITES) {
    throw new DocumentError('too_many', `a put has at most ${MOST_WRITES} documents, and not ${writes.length}`)
  }
  const names = new Set<string>()
  let bytes = 0
  return writes.map((write) => {
    checkNames(write.kind, write.owner, write.id)
    if (write.label !== null) checkText('label', write.label, MOST_LABEL)
    const name = `${write.kind}\n${write.owner}\n${write.id}`
    if (names.has(name)) throw new DocumentError('twice', `the ${write.kind} ${write.id} is written twice`)
    names.add(name)
    for (const [field, time] of [
      ['createdAt', write.createdAt],
      ['dueAt', write.dueAt],
      ['expiresAt', write.expiresAt],
    ] as const) {
      if (time !== null) checkTime(field, time)
    }
    const value = jsonOf(write)
    bytes += value.length
    if (bytes > MOST_BYTES) throw new DocumentError('too_large', `the values of a put have at most ${MOST_BYTES} bytes`)
    return {
      kind: write.kind,
      owner: write.owner,
      id: write.id,
      label: write.label,
      createdAt: write.createdAt,
      dueAt: write.dueAt,
      expiresAt: write.expiresAt,
      expects: expectsOf(write),
      value,
    }
  })
}

/** @throws DocumentError */
export function checkNames(kind: string, owner: string, id: string): void {
  checkKind(kind)
  checkText('owner', owner, MOST_OWNER)
  checkText('id', id, MOST_ID)
}

/** @throws DocumentError */
export function checkFilter(kind: string, owner: string, { prefix, label }: DocumentFilter): void {
  checkKind(kind)
  checkText('owner', owner, MOST_OWNER)
  if (prefix !== undefined && prefix !== '') checkText('prefix', prefix, MOST_ID)
  if (label !== undefined) checkText('label', label, MOST_LABEL)
}

/** @throws DocumentError */
export function checkPage(kind: string, owner: string, page: DocumentPage): void {
  checkFilter(kind, owner, page)
  if (page.after !== undefined) checkText('after', page.after, MOST_ID)
  checkLimit(page.limit, MOST_LISTED)
}

/** @throws DocumentError */
export function checkLease(kind: string, { dueAt, until, limit, owner, prefix }: DocumentLease): void {
  if (owner !== undefined) checkFilter(kind, owner, prefix === undefined ? {} : { prefix })
  else if (prefix === undefined) checkKind(kind)
  else throw new DocumentError('bad_name', 'a prefix is of the ids of one owner, and none is named')
  checkTime('dueAt', dueAt)
  checkTime('until', until)
  checkLimit(limit, MOST_LEASED)
}

function checkKind(kind: string): void {
  if (!/^[a-z][a-z0-9-]{0,63}$/.test(kind)) {
    throw new DocumentError('bad_name', `${JSON.stringify(kind)} is no kind of document`)
  }
}

/** Ids are compared by their bytes in one store and by their code points in another, which is the same for these. */
function checkText(what: string, text: string, most: number): void {
  if (text !== '' && text.length <= most && text.isWellFormed() && !/[\p{Cc}\u{10FFFF}]/u.test(text)) return
  const told = JSON.stringify(text.slice(0, most))
  throw new DocumentError('bad_name', `${told} is no ${what}: 1 to ${most} characters, none of which controls`)
}

function checkTime(what: string, at: number): void {
  if (!Number.isSafeInteger(at)) throw new DocumentError('bad_value', `${what} ${at} is no time in whole milliseconds`)
}

function checkLimit(limit: number, most: number): void {
  if (Number.isSafeInteger(limit) && limit >= 1 && limit <= most) return
  throw new DocumentError('too_many', `at most ${most} documents are asked for at once, and at least 1, not ${limit}`)
}

function expectsOf({ expects, kind, id }: DocumentWrite): number {
  if (expects === 'absent') return ABSENT
  if (expects === 'any') return ANY
  if (Number.isSafeInteger(expects) && expects >= 1) return expects
  throw new DocumentError('bad_value', `${expects} is no revision of the ${kind} ${id}`)
}

function jsonOf({ kind, id, value }: DocumentWrite): string {
  const json: string | undefined = JSON.stringify(value)
  if (json === undefined) throw new DocumentError('bad_value', `the value of the ${kind} ${id} is no JSON`)
  // A character has at most three bytes: what is short enough need not be measured.
  if (json.length * 3 > MOST_VALUE_BYTES && Buffer.byteLength(json) > MOST_VALUE_BYTES) {
    throw new DocumentError('too_large', `the ${kind} ${id} has more than ${MOST_VALUE_BYTES} bytes: it must be a blob`)
  }
  return json
}
