/** What PostgreSQL and the network say when they fail, in words that an operator can act on, and what to do then. */

import { LedgerError } from '../../ledger/ledger.ts'

export interface DatabaseFault {
  readonly text: string
  /** The same statement may do well a little later. */
  readonly passing: boolean
  /** It may have been committed all the same: nobody said that it was not. */
  readonly unsure: boolean
}

/** The database did not answer in time: it, or the network, stands still. */
export class DatabaseSilence extends Error {
  override readonly name = 'DatabaseSilence'
}

/** Too many wait already. Nothing was tried. */
export class DatabaseCrowd extends Error {
  override readonly name = 'DatabaseCrowd'
}

/** Codes of Node and of the client: the connection is not there, or is no longer. */
const NOT_CONNECTED: ReadonlySet<string> = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'CONNECT_TIMEOUT'])
const LOST: ReadonlySet<string> = new Set([
  'CONNECTION_CLOSED',
  'CONNECTION_DESTROYED',
  'CONNECTION_ENDED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
])

/** Classes and codes of PostgreSQL that pass: what was begun was rolled back. */
const PASSING: readonly (readonly [code: RegExp, text: string])[] = [
  [/^57P0[123]$/, 'the database is stopped or starts'],
  [/^08/, 'the connection to the database is broken'],
  [/^53300$/, 'the database has no connection left'],
  [/^53100$/, 'the disk of the database is full'],
  [/^53/, 'the database has no resources left'],
  [/^(?:40001|40P01|55P03)$/, 'others had locked what was needed'],
  [/^57014$/, 'the database took too long'],
  [/^25006$/, 'the database can only be read: it is a standby'],
  [/^58/, 'the disk of the database does not read or write'],
]

export function databaseFault(error: unknown): DatabaseFault {
  const message = error instanceof Error ? error.message : String(error)
  if (error instanceof DatabaseSilence) return { text: message, passing: true, unsure: true }
  if (error instanceof DatabaseCrowd) return { text: message, passing: true, unsure: false }
  const code: unknown = error instanceof Error && 'code' in error ? error.code : undefined
  if (typeof code !== 'string') return { text: message, passing: false, unsure: false }
  if (NOT_CONNECTED.has(code)) {
    return { text: `the database cannot be reached (${message})`, passing: true, unsure: false }
  }
  if (LOST.has(code))
    return { text: `the connection to the database is lost (${message})`, passing: true, unsure: true }
  const [, named] = PASSING.find(([pattern]) => pattern.test(code)) ?? []
  if (named === undefined) return { text: message, passing: false, unsure: false }
  // A server that is stopped between a commit and its answer says only that it is stopped. One that starts, or stops already,
  // lets nobody in: what was to be asked was never sent.
  return { text: `${named} (${message})`, passing: true, unsure: /^(?:57P0[12]|08)/.test(code) }
}

export function unavailable(fault: string | DatabaseFault, cause?: unknown): LedgerError {
  const text = typeof fault === 'string' ? fault : fault.text
  return new LedgerError('unavailable', `The store cannot keep this: ${text}.`, cause === undefined ? {} : { cause })
}
