/** Money and usage as operators see them. */

import type { AuditReport, Balance } from '../../ledger/ledger.ts'
import type { TransferRecord } from '../../records/transfer-record.ts'
import { unitsText } from '../../records/money.ts'
import type { UsageDimension, UsageRow } from '../../usage/usage-reader.ts'
import { timeText } from './formats.ts'
import type { AdminReply } from './operation.ts'

export function balanceView(organisation: string, { currency, cash, voucher, held, recharged }: Balance): AdminReply {
  return {
    organisation,
    currency,
    // Cash may be negative; a debt is not paid with vouchers.
    available: unitsText(Math.max(cash, 0) + voucher),
    cash: unitsText(cash),
    voucher: unitsText(voucher),
    held: unitsText(held),
    recharged: unitsText(recharged),
  }
}

export function transferView(transfer: TransferRecord): AdminReply {
  const { id, kind, organisation, request, debit, credit, cash, voucher, by, note, at } = transfer
  return {
    id,
    kind,
    organisation,
    request,
    debit,
    credit,
    cash: unitsText(cash),
    voucher: unitsText(voucher),
    by,
    note,
    at: timeText(at),
  }
}

export function usageView(row: UsageRow, by: readonly UsageDimension[]): AdminReply {
  return {
    at: timeText(row.at),
    ...Object.fromEntries(by.map((dimension) => [dimension, row[dimension] ?? ''])),
    currency: row.currency,
    requests: row.requests,
    errors: row.errors,
    prompt_tokens: row.prompt,
    cached_tokens: row.cached,
    completion_tokens: row.completion,
    reasoning_tokens: row.reasoning,
    cost: unitsText(row.cost),
  }
}

export function auditView({ at, organisations, transfers, holds, problems, more }: AuditReport): AdminReply {
  return {
    at: timeText(at),
    clean: problems.length === 0 && more === 0,
    organisations,
    transfers,
    open_holds: holds.open,
    ended_holds: holds.ended,
    problems,
    more_problems: more,
  }
}
