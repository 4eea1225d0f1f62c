/** Transfers as operators read them, and credits by their key. */

import type { DatabaseSync, SQLOutputValue, StatementSync } from 'node:sqlite'
import type { TransferRecord } from '../../records/transfer-record.ts'
import type { Nano } from '../../records/money.ts'

/** By number in `transfers.kind`, less one. */
export const TRANSFER_KINDS = ['hold', 'settle', 'release', 'recharge', 'voucher', 'refund', 'adjustment'] as const

export interface TransfersQuery {
  readonly organisation: string
  readonly before?: string
  readonly limit: number
}

/** A credit that was made under a key. */
export interface KnownCredit {
  readonly id: number
  readonly kind: TransferRecord['kind']
  readonly amount: Nano
  readonly note: string
}

export class TransferQueries {
  readonly #byId: StatementSync
  readonly #last: StatementSync
  readonly #credit: StatementSync

  constructor(database: DatabaseSync) {
    this.#byId = database.prepare(
      `SELECT t.id, t.kind, t.previous, t.cash, t.voucher, t.at, coalesce(t.request, h.request) AS request, c.by, c.note,
         w.currency
       FROM transfers t JOIN names o ON o.id = t.organisation JOIN wallets w ON w.organisation = t.organisation
         LEFT JOIN transfers h ON h.id = t.hold LEFT JOIN credits c ON c.id = t.id
       WHERE t.id = ? AND o.name = ?`,
    )
    this.#last = database.prepare(
      'SELECT last_transfer AS id FROM wallets WHERE organisation = (SELECT id FROM names WHERE name = ?)',
    )
    this.#credit = database.prepare(
      `SELECT t.id, t.kind, t.cash + t.voucher AS amount, c.note FROM credits c JOIN transfers t ON t.id = c.id
       WHERE c.organisation = (SELECT id FROM names WHERE name = ?) AND c.idempotency_key = ?`,
    )
  }

  /** Each transfer knows the one before it of the same organisation: pages need no index, which each commit would pay for. */
  transfers({ organisation, before, limit }: TransfersQuery): TransferRecord[] {
    const found: TransferRecord[] = []
    let id =
      before === undefined
        ? this.#last.get(organisation)?.['id']
        : this.#byId.get(Number(before) || 0, organisation)?.['previous']
    while (typeof id === 'number' && found.length < limit) {
      const row = this.#byId.get(id, organisation)
      if (row === undefined) break
      found.push(transferOf(row, organisation))
      id = row['previous']
    }
    return found
  }

  credit(organisation: string, idempotencyKey: string): KnownCredit | undefined {
    const row = this.#credit.get(organisation, idempotencyKey)
    if (row === undefined) return undefined
    return {
      id: Number(row['id']),
      kind: kindOf(row['kind']),
      amount: Number(row['amount']),
      note: textOf(row['note']) ?? '',
    }
  }
}

function kindOf(kind: SQLOutputValue | undefined): TransferRecord['kind'] {
  const name = TRANSFER_KINDS[Number(kind) - 1]
  if (name === undefined) throw new RangeError(`no transfer has the kind ${String(kind)}`)
  return name
}

function transferOf(row: Record<string, SQLOutputValue>, organisation: string): TransferRecord {
  const kind = kindOf(row['kind'])
  const [debit, credit] = accountsOf(kind, organisation, String(row['currency']))
  return {
    id: String(row['id']),
    kind,
    organisation,
    request: textOf(row['request']),
    debit,
    credit,
    cash: Number(row['cash']),
    voucher: Number(row['voucher']),
    by: textOf(row['by']),
    note: textOf(row['note']),
    at: Number(row['at']),
  }
}

const textOf = (value: SQLOutputValue | undefined): string | null => (typeof value === 'string' ? value : null)

function accountsOf(kind: TransferRecord['kind'], organisation: string, currency: string): readonly [string, string] {
  if (kind === 'hold') return [`wallet:${organisation}`, `held:${organisation}`]
  if (kind === 'settle') return [`held:${organisation}`, `revenue:${currency}`]
  if (kind === 'release') return [`held:${organisation}`, `wallet:${organisation}`]
  return [`funding:${currency}`, `wallet:${organisation}`]
}
