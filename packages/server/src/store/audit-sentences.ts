/** What an audit says of books that are not right: the sentences of every store, whose queries find the figures in them. */

/** Sentences at most; what goes beyond is counted. */
export const MAX_PROBLEMS = 100

export interface AuditCheck {
  /** Each row is a fault; its columns are in the sentence, as `{column}`. */
  readonly sql: string
  readonly sentence: string
}

/** Amounts may be anything: they are shown. */
export type AuditedRow = Readonly<Record<string, string | number | bigint | Uint8Array | null>>

const MISMATCH = 'does not agree with'

export const AUDIT_SENTENCES = {
  noWallet: 'the organisation {organisation} has transfers and no wallet',
  unbalanced: 'all accounts of {whose} together say {amount}, and not 0',
  end: 'transfer {id} of {request} takes cash {cash}, voucher {voucher}, and its hold {hold} kept cash {held_cash}, voucher {held_voucher}',
  logged: 'transfer {id} of {request} ends with {cost}, and the request log says {logged}',
  notThere: 'the request {request} was logged as ended with transfer {id}, which is not there',
  neverAdmitted: 'the request {request} was never admitted, and cost {cost}',
  usage: `the usage of {organisation} in hour {hour} ${MISMATCH} its {summed} requests, which cost {summed_cost}: {requests} requests and {cost} are too many`,
  spending: `{subject} has spent {amount} by its budget, which ${MISMATCH} the {summed} of its transfers`,
  platform: `the account {account}:{currency} says {amount}, which ${MISMATCH} its transfers: {summed}`,
  open: `the hold of {request} ({organisation}) keeps cash {open_cash}, voucher {open_voucher} among those that are open, which ${MISMATCH} the transfers without an end: {cash}, {voucher}`,
  late: 'the hold of {request} ({organisation}) is open behind its deadline, {deadline}',
} as const

/** Of the figures that a wallet keeps, each beside its `summed_…`. */
export function walletSentence(...figures: readonly string[]): string {
  const kept = figures.map((figure) => `${figure} {${figure}}`)
  const summed = figures.map((figure) => `{summed_${figure}}`)
  return `{organisation}: ${kept.join(', ')} ${MISMATCH} its transfers: ${summed.join(', ')}`
}

export function sentenceOf(sentence: string, columns: AuditedRow): string {
  return sentence.replace(/\{(\w+)\}/g, (_, column: string) => String(columns[column] ?? 'nothing'))
}
