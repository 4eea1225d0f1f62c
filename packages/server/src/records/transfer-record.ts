/** One line of the ledger: what went from where to where, and why. */

import type { Nano } from './money.ts'

export const CREDIT_KINDS = ['recharge', 'voucher', 'refund', 'adjustment'] as const
export type CreditKind = (typeof CREDIT_KINDS)[number]

/** What a transfer did, as operators read it. */
export interface TransferRecord {
  readonly id: string
  readonly kind: 'hold' | 'settle' | 'release' | CreditKind
  readonly organisation: string
  readonly request: string | null
  readonly debit: string
  readonly credit: string
  readonly cash: Nano
  readonly voucher: Nano
  readonly by: string | null
  readonly note: string | null
  readonly at: number
}
