/** What SQLite and the disk say when they fail, in words that an operator can act on. */

import { LedgerError } from '../../ledger/ledger.ts'

/** Result codes of SQLite, without their extensions. */
const FAULTS: ReadonlyMap<number, string> = new Map([
  [5, 'the database is locked by another program'],
  [6, 'the database is locked by another connection'],
  [8, 'the database cannot be written: it is read-only'],
  [10, 'the disk does not read or write'],
  [11, 'the database is corrupt'],
  [13, 'the disk is full'],
  [14, 'the database cannot be opened'],
  [26, 'the file is not a database of SQLite'],
])

/** As it crosses between threads, where classes get lost. */
export interface FaultMessage {
  readonly code: number | undefined
  readonly message: string
}

export function faultMessage(error: unknown): FaultMessage {
  const code: unknown = error instanceof Error && 'errcode' in error ? error.errcode : undefined
  const message = error instanceof Error ? error.message : String(error)
  return { code: typeof code === 'number' ? code : undefined, message }
}

/** `the disk is full (database or disk is full)` */
export function faultText({ code, message }: FaultMessage): string {
  const named = code === undefined ? undefined : FAULTS.get(code & 0xff)
  return named === undefined ? message : `${named} (${message})`
}

export function unavailable(fault: FaultMessage | string): LedgerError {
  const text = typeof fault === 'string' ? fault : faultText(fault)
  return new LedgerError('unavailable', `The store cannot keep this: ${text}.`)
}
