/** Where accounts are kept. Nothing is ever deleted: keys are revoked, projects archived, prices end. */

import type { AccountRecords } from '../records/account-records.ts'

/** What was to be put was decided on accounts that others have changed since: it is to be decided anew. Nothing was put. */
export class AccountsChanged extends Error {
  override readonly name = 'AccountsChanged'
}

export interface AccountStore {
  /** Of the last change of others that the listener was told of, or that was there at the start. Always the same where there are no others. */
  readonly revision: number
  /** Everything that is kept. */
  load(): Promise<AccountRecords>
  /**
   * Puts whole records in place, new or changed, all or none; `recharged` is the ledger's and ignored. A new organisation
   * has a wallet with nothing in it.
   *
   * @param decidedOn the revision that was there when it was decided; without one it is put in any case
   * @throws AccountsChanged when others changed something behind that. The listener has been told of it then.
   * @throws Error `unavailable` when it cannot be kept
   */
  put(changed: Partial<AccountRecords>, decidedOn?: number): Promise<void>
  /** Told of what others changed in the same store (and of recharges, by whomever), soon after they did. One listener. */
  onChange(listener: (changed: Partial<AccountRecords>) => void): void
}
