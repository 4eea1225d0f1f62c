/** Values of rows that this store wrote itself, checked to be what its tables say. */

import type { SQLOutputValue } from 'node:sqlite'
import { CURRENCIES, type Currency } from '../../records/money.ts'

export type Row = Record<string, SQLOutputValue>

export function numberIn(row: Row, column: string): number {
  const value = row[column]
  if (typeof value !== 'number') throw new TypeError(`${column} is no number: ${String(value)}`)
  return value
}

export function textIn(row: Row, column: string): string {
  const value = row[column]
  if (typeof value !== 'string') throw new TypeError(`${column} is no text: ${String(value)}`)
  return value
}

export function bigintIn(row: Row, column: string): bigint {
  const value = row[column]
  if (typeof value !== 'bigint') throw new TypeError(`${column} is no whole number: ${String(value)}`)
  return value
}

export function currencyIn(row: Row, column: string): Currency {
  const value = row[column]
  const currency = CURRENCIES.find((known) => known === value)
  if (currency === undefined) throw new TypeError(`${column} is no currency: ${String(value)}`)
  return currency
}

export const maybeNumberIn = (row: Row, column: string): number | null =>
  row[column] === null ? null : numberIn(row, column)

export const maybeTextIn = (row: Row, column: string): string | null =>
  row[column] === null ? null : textIn(row, column)
