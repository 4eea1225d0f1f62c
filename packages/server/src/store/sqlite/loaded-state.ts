/** What a server needs in memory to decide about money, read from the database at its start. */

import type { DatabaseSync } from 'node:sqlite'
import type { Currency, Nano } from '../../records/money.ts'
import { type Row, currencyIn, maybeNumberIn, maybeTextIn, numberIn, textIn } from './row-values.ts'

export interface LoadedState {
  readonly names: readonly (readonly [id: number, name: string])[]
  readonly wallets: readonly LoadedWallet[]
  /** Of every month. */
  readonly spending: readonly LoadedSpending[]
  readonly open: readonly LoadedHold[]
  readonly nextId: number
}

export interface LoadedWallet {
  readonly organisation: number
  readonly currency: Currency
  readonly cash: Nano
  readonly voucher: Nano
  readonly held: Nano
  readonly recharged: Nano
  readonly lastTransfer: number | null
}

export interface LoadedSpending {
  readonly subject: number
  readonly month: number
  readonly amount: Nano
}

/** A hold whose process has ended before it. */
export interface LoadedHold {
  readonly id: number
  readonly organisation: number
  readonly project: number
  readonly key: number
  readonly model: number
  readonly request: string
  readonly cash: Nano
  readonly voucher: Nano
  readonly at: number
  readonly deadline: number
  /** JSON of a `HoldEnd`'s record, and its cost, where progress was kept. */
  readonly record: string | null
  readonly cost: Nano | null
}

export function loadState(database: DatabaseSync): LoadedState {
  const all = (sql: string, ...values: number[]): Row[] => database.prepare(sql).all(...values)
  const [state] = all('SELECT next_id, first_open FROM state')
  if (state === undefined) throw new Error('the database has no row in its table "state"')
  return {
    names: all('SELECT id, name FROM names').map((row) => [numberIn(row, 'id'), textIn(row, 'name')]),
    wallets: all('SELECT * FROM wallets').map(walletOf),
    spending: all('SELECT * FROM spending').map(spendingOf),
    open: all(OPEN_HOLDS, numberIn(state, 'first_open')).map(holdOf),
    nextId: numberIn(state, 'next_id'),
  }
}

const OPEN_HOLDS = `
  SELECT h.*, p.record, p.cost FROM transfers h LEFT JOIN progress p ON p.hold = h.id
  WHERE h.id >= ? AND h.kind = 1 AND NOT EXISTS (SELECT 1 FROM transfers e WHERE e.hold = h.id)
  ORDER BY h.id`

function walletOf(row: Row): LoadedWallet {
  return {
    organisation: numberIn(row, 'organisation'),
    currency: currencyIn(row, 'currency'),
    cash: numberIn(row, 'cash'),
    voucher: numberIn(row, 'voucher'),
    held: numberIn(row, 'held'),
    recharged: numberIn(row, 'recharged'),
    lastTransfer: maybeNumberIn(row, 'last_transfer'),
  }
}

function spendingOf(row: Row): LoadedSpending {
  return { subject: numberIn(row, 'subject'), month: numberIn(row, 'month'), amount: numberIn(row, 'amount') }
}

function holdOf(row: Row): LoadedHold {
  return {
    id: numberIn(row, 'id'),
    organisation: numberIn(row, 'organisation'),
    project: numberIn(row, 'project'),
    key: numberIn(row, 'key'),
    model: numberIn(row, 'model'),
    request: textIn(row, 'request'),
    cash: numberIn(row, 'cash'),
    voucher: numberIn(row, 'voucher'),
    at: numberIn(row, 'at'),
    deadline: numberIn(row, 'deadline'),
    record: maybeTextIn(row, 'record'),
    cost: maybeNumberIn(row, 'cost'),
  }
}
