/** A change that may be made: decided on the accounts as they are, without waiting, and not made yet. */

import type { AccountRecords } from '../records/account-records.ts'
import type { AccountTable } from './account-table.ts'
import { AccountError } from './accounts.ts'
import type { OrganisationTable } from './organisation-table.ts'

export interface Plan<Result> {
  /** What is to be kept. Nothing: it is so already. */
  readonly changed: Partial<AccountRecords>
  readonly result: Result
}

/** How many living projects and keys an organisation may have. */
interface Quota {
  readonly projects: number
  readonly keys: number
}

/** The numbers of the platform. */
export const PLATFORM_QUOTAS: PlanParts['quotas'] = {
  lowest: { projects: 20, keys: 50 },
  others: { projects: 50, keys: 100 },
}

/** What is decided on. */
export interface PlanParts {
  readonly table: AccountTable
  /** Milliseconds since the Unix epoch. */
  readonly now: () => number
  readonly random: (bytes: number) => Uint8Array
  readonly quotas: {
    /** Of organisations in the lowest tier. */
    readonly lowest: Quota
    readonly others: Quota
  }
}

const ID_BYTES = 12

/** `proj-` and 24 hex digits. */
export function newId(prefix: 'org' | 'proj' | 'ak' | 'adm' | 'price', random: PlanParts['random']): string {
  return `${prefix}-${Buffer.from(random(ID_BYTES)).toString('hex')}`
}

export function tableOf({ table }: Pick<PlanParts, 'table'>, organisation: string): OrganisationTable {
  const entry = table.find(organisation)
  if (entry === undefined) throw notFound('organisation', organisation)
  return entry
}

export function notFound(what: string, id: string): AccountError {
  return new AccountError('not_found', `there is no ${what} ${id}`)
}
