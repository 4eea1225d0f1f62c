/** Accounts as rows: each kind has a table, and lists and limits are JSON in it. */

import type { AccountRecords, TierRecord } from '../../records/account-records.ts'
import type { Nano } from '../../records/money.ts'
import type { Sql, Transaction } from './connections.ts'

/** The kinds of `AccountRecords`, less what the ledger owns. */
type Kind = Exclude<keyof AccountRecords, 'recharged'>

interface Table {
  readonly kind: Kind
  readonly name: string
  /** The first is the key. Columns by the fields of the record, in both directions. */
  readonly columns: readonly (readonly [column: string, field: string, type: 'text' | 'bigint' | 'jsonb'])[]
}
type Column = Table['columns'][number]

const text = (column: string, field = column): Column => [column, field, 'text']
const whole = (column: string, field = column): Column => [column, field, 'bigint']
const json = (column: string, field = column): Column => [column, field, 'jsonb']

const COMMON = [text('id'), text('name'), text('status'), whole('created_at', 'createdAt')]

const TABLES: readonly Table[] = [
  { kind: 'organisations', name: 'organisations', columns: [...COMMON, text('currency'), text('tier')] },
  {
    kind: 'projects',
    name: 'projects',
    columns: [
      ...COMMON,
      text('organisation'),
      json('limits'),
      json('budget'),
      whole('content_retention_days', 'contentRetentionDays'),
    ],
  },
  {
    kind: 'apiKeys',
    name: 'api_keys',
    columns: [
      ...COMMON,
      text('organisation'),
      text('project'),
      text('prefix'),
      text('digest'),
      whole('expires_at', 'expiresAt'),
      json('models'),
      json('addresses'),
      json('limits'),
      json('budget'),
      json('lenient'),
      whole('queue_ms', 'queueMs'),
    ],
  },
  {
    kind: 'adminKeys',
    name: 'admin_keys',
    columns: [
      ...COMMON,
      text('prefix'),
      text('digest'),
      json('scopes'),
      text('organisation'),
      whole('expires_at', 'expiresAt'),
    ],
  },
  {
    kind: 'tiers',
    name: 'tiers',
    columns: [
      text('name'),
      whole('concurrency'),
      whole('rpm'),
      whole('tpm'),
      whole('tpd'),
      whole('recharge_usd', 'USD'),
      whole('recharge_cny', 'CNY'),
    ],
  },
  {
    kind: 'prices',
    name: 'prices',
    columns: [
      text('id'),
      text('model'),
      text('engine'),
      text('currency'),
      whole('from_at', 'from'),
      whole('to_at', 'to'),
      whole('hit'),
      whole('miss'),
      whole('output'),
      whole('batch_percent', 'batchPercent'),
      whole('web_search', 'webSearch'),
    ],
  },
]

/** A tier with its recharges side by side, as the table has them. */
type TierRow = Omit<TierRecord, 'recharge'> & TierRecord['recharge']
type AccountRows = Omit<AccountRecords, 'tiers' | 'recharged'> & { readonly tiers: readonly TierRow[] }

/** What changed in one moment of the database. */
export interface AccountChange {
  readonly revision: number
  readonly records: AccountRecords
}

/** Puts the records in place of those with the same key. */
export async function putAccountRows(
  transaction: Transaction,
  changed: Partial<AccountRecords>,
  revision: number,
  gateway: number,
): Promise<void> {
  for (const { kind, name, columns } of TABLES) {
    const rows = rowsOf(changed, kind, columns)
    if (rows.length === 0) continue
    const names = columns.map(([column]) => column)
    const all = [...names, 'revision', 'changed_by']
    const [key, ...others] = all
    await transaction.unsafe(
      `INSERT INTO ${name} (${all.join(', ')})
       SELECT ${names.join(', ')}, $2::bigint, $3::bigint
       FROM jsonb_to_recordset($1::text::jsonb) AS r(${columns.map(([column, , type]) => `${column} ${type}`).join(', ')})
       ON CONFLICT (${key}) DO UPDATE SET ${others.map((column) => `${column} = excluded.${column}`).join(', ')}`,
      [JSON.stringify(rows), revision, gateway],
    )
  }
}

/** One statement, and so one moment: everything that changed behind `$1`, but not by the gateway `$2`. */
const CHANGED = `SELECT (SELECT revision FROM account_revision) AS revision, ${TABLES.map(changedIn).join(', ')},
  (SELECT coalesce(json_object_agg(organisation, recharged), '{}') FROM wallets WHERE revision > $1) AS recharged`

function changedIn({ name, kind, columns }: Table): string {
  const [[key] = ['']] = columns
  const fields = columns.map(([column, field]) => `'${field}', ${column}`).join(', ')
  const rows = `json_agg(json_build_object(${fields}) ORDER BY ${key})`
  return `(SELECT coalesce(${rows}, '[]') FROM ${name} WHERE revision > $1 AND changed_by <> $2) AS "${kind}"`
}

export async function changedAccountRows(
  sql: Sql | Transaction,
  since: number,
  gateway: number,
): Promise<AccountChange> {
  type Row = AccountRows & { readonly revision: number; readonly recharged: Readonly<Record<string, Nano>> }
  const [row] = await sql.unsafe<Row[]>(CHANGED, [since, gateway])
  if (row === undefined) throw new Error('the database said nothing of its accounts')
  const { revision, tiers, ...records } = row
  return { revision, records: { ...records, tiers: tiers.map(tierOf) } }
}

/** Each key once: the last one counts. */
function rowsOf(changed: Partial<AccountRecords>, kind: Kind, columns: readonly Column[]): object[] {
  const records: readonly object[] =
    kind === 'tiers'
      ? (changed.tiers ?? []).map((tier) => Object.assign({}, tier, tier.recharge))
      : (changed[kind] ?? [])
  const rows = new Map<unknown, object>()
  for (const record of records) {
    const row = Object.fromEntries(columns.map(([column, field]) => [column, fieldOf(record, field)]))
    rows.set(row[columns[0]?.[0] ?? ''], row)
  }
  return [...rows.values()]
}

function fieldOf(record: object, field: string): unknown {
  const value: unknown = Reflect.get(record, field)
  return value ?? null
}

function tierOf({ name, concurrency, rpm, tpm, tpd, USD, CNY }: TierRow): TierRecord {
  return { name, concurrency, rpm, tpm, tpd, recharge: { USD, CNY } }
}
