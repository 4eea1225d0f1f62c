/** Accounts as rows: each kind has a table, and lists and limits are JSON in it. */

import type { DatabaseSync, SQLInputValue } from 'node:sqlite'
import type { AccountRecords, TierRecord } from '../../records/account-records.ts'
import { textIn } from './row-values.ts'

/** The kinds of `AccountRecords`, less what the ledger owns. */
type Kind = Exclude<keyof AccountRecords, 'recharged'>
type Cast = 'plain' | 'json'

interface Table {
  readonly name: string
  /** The first is the key. Columns by the fields of the record, in both directions. */
  readonly columns: readonly (readonly [column: string, field: string, as: Cast])[]
}

const plain = (column: string, field = column): readonly [string, string, Cast] => [column, field, 'plain']
const json = (column: string, field = column): readonly [string, string, Cast] => [column, field, 'json']

const COMMON = [plain('id'), plain('name'), plain('status'), plain('created_at', 'createdAt')]

const TABLES: Readonly<Record<Kind, Table>> = {
  organisations: { name: 'organisations', columns: [...COMMON, plain('currency'), plain('tier')] },
  projects: {
    name: 'projects',
    columns: [
      ...COMMON,
      plain('organisation'),
      json('limits'),
      json('budget'),
      plain('content_retention_days', 'contentRetentionDays'),
    ],
  },
  apiKeys: {
    name: 'api_keys',
    columns: [
      ...COMMON,
      plain('organisation'),
      plain('project'),
      plain('prefix'),
      plain('digest'),
      plain('expires_at', 'expiresAt'),
      json('models'),
      json('addresses'),
      json('limits'),
      json('budget'),
      json('lenient'),
      plain('queue_ms', 'queueMs'),
    ],
  },
  adminKeys: {
    name: 'admin_keys',
    columns: [
      ...COMMON,
      plain('prefix'),
      plain('digest'),
      json('scopes'),
      plain('organisation'),
      plain('expires_at', 'expiresAt'),
    ],
  },
  tiers: {
    name: 'tiers',
    columns: [
      plain('name'),
      plain('concurrency'),
      plain('rpm'),
      plain('tpm'),
      plain('tpd'),
      plain('recharge_usd', 'USD'),
      plain('recharge_cny', 'CNY'),
    ],
  },
  prices: {
    name: 'prices',
    columns: [
      plain('id'),
      plain('model'),
      plain('engine'),
      plain('currency'),
      plain('from_at', 'from'),
      plain('to_at', 'to'),
      plain('hit'),
      plain('miss'),
      plain('output'),
      plain('batch_percent', 'batchPercent'),
      plain('web_search', 'webSearch'),
    ],
  },
}

/** Puts the records in place of those with the same key. Belongs in a transaction. */
export function putAccountRows(database: DatabaseSync, changed: Partial<AccountRecords>): void {
  putAll(database, TABLES.organisations, changed.organisations ?? [])
  putAll(database, TABLES.projects, changed.projects ?? [])
  putAll(database, TABLES.apiKeys, changed.apiKeys ?? [])
  putAll(database, TABLES.adminKeys, changed.adminKeys ?? [])
  const tiers = (changed.tiers ?? []).map((tier) => Object.assign({}, tier, tier.recharge))
  putAll(database, TABLES.tiers, tiers)
  putAll(database, TABLES.prices, changed.prices ?? [])
}

export function loadAccountRows(database: DatabaseSync): Omit<AccountRecords, 'recharged'> {
  return {
    organisations: loadAll(database, TABLES.organisations),
    projects: loadAll(database, TABLES.projects),
    apiKeys: loadAll(database, TABLES.apiKeys),
    adminKeys: loadAll(database, TABLES.adminKeys),
    tiers: loadAll<TierRow>(database, TABLES.tiers).map(tierOf),
    prices: loadAll(database, TABLES.prices),
  }
}

/** A tier with its recharges side by side, as the table has them. */
type TierRow = Omit<TierRecord, 'recharge'> & TierRecord['recharge']

function tierOf({ name, concurrency, rpm, tpm, tpd, USD, CNY }: TierRow): TierRecord {
  return { name, concurrency, rpm, tpm, tpd, recharge: { USD, CNY } }
}

function putAll(database: DatabaseSync, { name, columns }: Table, records: readonly object[]): void {
  if (records.length === 0) return
  const names = columns.map(([column]) => column)
  const [key, ...others] = names
  const statement = database.prepare(
    `INSERT INTO ${name} (${names.join(', ')}) VALUES (${names.map(() => '?').join(', ')})
     ON CONFLICT (${key}) DO UPDATE SET ${others.map((column) => `${column} = excluded.${column}`).join(', ')}`,
  )
  for (const record of records) {
    statement.run(...columns.map(([, field, as]) => inputOf(Reflect.get(record, field), as)))
  }
}

function inputOf(value: unknown, as: Cast): SQLInputValue {
  if (value === null || value === undefined) return null
  if (as === 'json') return JSON.stringify(value)
  if (typeof value === 'number') return BigInt(value)
  if (typeof value === 'string') return value
  throw new TypeError(`a column does not take a ${typeof value}`)
}

/** SQLite makes the record's JSON itself: that came from a record of this kind. */
function loadAll<Item>(database: DatabaseSync, { name, columns }: Table): Item[] {
  const fields = columns.map(([column, field, as]) => `'${field}', ${as === 'json' ? `json(${column})` : column}`)
  const rows = database.prepare(`SELECT json_object(${fields.join(', ')}) AS record FROM ${name} ORDER BY rowid`).all()
  return rows.map((row) => {
    const record: Item = JSON.parse(textIn(row, 'record'))
    return record
  })
}
