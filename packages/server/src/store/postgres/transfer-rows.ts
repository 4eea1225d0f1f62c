/** Transfers and credits between the ledger and the rows of the database. */

import { type Balance, type CreditRequest, type Credited, LedgerError } from '../../ledger/ledger.ts'
import { CREDIT_KINDS } from '../../records/transfer-record.ts'
import type { TransferRecord } from '../../records/transfer-record.ts'
import type { Currency, Nano } from '../../records/money.ts'
import type { Database } from './database.ts'
import { cleanText } from '../whole-record.ts'
import { unknownOrganisation } from './group-entries.ts'

/** By number in `transfers.kind`, less one. */
const KINDS = ['hold', 'settle', 'release', ...CREDIT_KINDS] as const

/** 9 million units. */
const MOST = 9_000_000_000_000_000
const MAX_KEY = 128
/** The largest page of the operator's API, and one more, which says whether there are others. */
const MAX_PAGE = 1_001

interface TransferRow {
  readonly id: number
  readonly kind: number
  readonly request: string | null
  readonly cash: Nano
  readonly voucher: Nano
  readonly by: string | null
  readonly note: string | null
  readonly at: number
  readonly currency: Currency
}

interface CreditRow extends Balance {
  readonly outcome: 'credited' | 'repeated' | 'amount_too_large' | 'unknown_organisation'
  readonly id: number
  readonly kind: number
  readonly amount: Nano
}

export async function readBalance(database: Database, organisation: string): Promise<Balance> {
  const [row] = await database.ask(
    (sql) => sql<Balance[]>`
      SELECT currency, cash, voucher, held, recharged FROM wallets WHERE organisation = ${organisation}`,
  )
  if (row === undefined) throw unknownOrganisation(organisation)
  return balanceOf(row)
}

/** `before`: the id of a transfer that was seen. Newest first. */
export async function readTransfers(
  database: Database,
  organisation: string,
  { before, limit }: { readonly before?: string; readonly limit: number },
): Promise<TransferRecord[]> {
  const below = before === undefined ? Number.MAX_SAFE_INTEGER : Number(before)
  if (!Number.isSafeInteger(below)) return []
  const rows = await database.ask(
    (sql) => sql<TransferRow[]>`
      SELECT t.id, t.kind, coalesce(t.request, h.request) AS request, t.cash, t.voucher, c.by, c.note, t.at, w.currency
      FROM transfers t JOIN wallets w ON w.organisation = t.organisation
        LEFT JOIN transfers h ON h.id = t.hold LEFT JOIN credits c ON c.id = t.id
      WHERE t.organisation = ${organisation} AND t.id < ${below}
      ORDER BY t.id DESC LIMIT ${Math.min(limit, MAX_PAGE)}`,
  )
  return rows.map((row) => transferOf(row, organisation))
}

/** One statement, which the database does once for each key: it may be made again when its answer got lost. */
export async function credit(database: Database, request: CreditRequest): Promise<Credited> {
  const { kind, organisation, amount, idempotencyKey, by, note, at } = request
  assertCredit(request)
  if (Math.abs(amount) > MOST) throw tooLarge()
  const [row] = await database.ask(
    (sql) => sql<CreditRow[]>`
      SELECT outcome, id, kind, amount, currency, cash, voucher, held, recharged
      FROM ledger_credit(${organisation}, ${KINDS.indexOf(kind) + 1}::smallint, ${amount}, ${idempotencyKey}, ${by},
        ${cleanText(note)}, ${Math.round(at)})`,
  )
  if (row === undefined || row.outcome === 'unknown_organisation') throw unknownOrganisation(organisation)
  if (row.outcome === 'amount_too_large') throw tooLarge()
  const first = kindOf(row.kind)
  if (first !== kind || row.amount !== amount) {
    const message = `The key was used for a ${first} of ${row.amount} nano-units, and not of ${amount} (${kind}).`
    throw new LedgerError('idempotency_conflict', message)
  }
  if (row.outcome === 'repeated') {
    const [kept] = await database.ask((sql) => sql<{ note: string }[]>`SELECT note FROM credits WHERE id = ${row.id}`)
    if (kept?.note !== cleanText(note)) {
      throw new LedgerError('idempotency_conflict', 'The key was used for the same credit with another note.')
    }
  }
  return { id: String(row.id), repeated: row.outcome === 'repeated', balance: balanceOf(row) }
}

function assertCredit({ kind, amount, idempotencyKey }: CreditRequest): void {
  const isWhole = Number.isInteger(amount) && (amount > 0 || (kind === 'adjustment' && amount < 0))
  if (!isWhole) throw new RangeError(`${amount} is no amount of a ${kind} in nano-units`)
  if (idempotencyKey.length > MAX_KEY) throw new RangeError(`an idempotency key has at most ${MAX_KEY} characters`)
}

function tooLarge(): LedgerError {
  return new LedgerError('amount_too_large', 'A wallet holds nine million units at most.')
}

function balanceOf({ currency, cash, voucher, held, recharged }: Balance): Balance {
  return { currency, cash, voucher, held, recharged }
}

function transferOf(row: TransferRow, organisation: string): TransferRecord {
  const { id, request, cash, voucher, by, note, at, currency } = row
  const kind = kindOf(row.kind)
  const [debit, credited] = accountsOf(kind, organisation, currency)
  return { id: String(id), kind, organisation, request, debit, credit: credited, cash, voucher, by, note, at }
}

function kindOf(number: number): TransferRecord['kind'] {
  const kind = KINDS[number - 1]
  if (kind === undefined) throw new RangeError(`no transfer has the kind ${number}`)
  return kind
}

function accountsOf(kind: TransferRecord['kind'], organisation: string, currency: string): readonly [string, string] {
  if (kind === 'hold') return [`wallet:${organisation}`, `held:${organisation}`]
  if (kind === 'settle') return [`held:${organisation}`, `revenue:${currency}`]
  if (kind === 'release') return [`held:${organisation}`, `wallet:${organisation}`]
  return [`funding:${currency}`, `wallet:${organisation}`]
}
