/** Where accounts are kept. Nothing is ever deleted: keys are revoked, projects archived, prices end. */

import type { AccountRecords } from './account-records.ts'

export interface AccountStore {
  /** Everything that is kept. */
  load(): Promise<AccountRecords>
  /**
   * Puts whole records in place, new or changed, all or none; `recharged` is the ledger's and ignored. A new organisation
   * has a wallet with nothing in it.
   *
   * @throws Error `unavailable` when it cannot be kept
   */
  put(changed: Partial<AccountRecords>): Promise<void>
  /** Told of what others changed in the same store (and of recharges, by whomever), soon after they did. One listener. */
  onChange(listener: (changed: Partial<AccountRecords>) => void): void
}
