/** What the ledger is asked to keep back. */

import type { KeyAccount } from '../accounts/accounts.ts'

/** No answer takes longer; a hold that is older is a mistake, which the audit finds. */
const HOLD_MS = 24 * 3_600_000

/** What is held for a request, or for a fee. */
export function holdRequest(id: string, caller: KeyAccount, model: string, amount: number, at: number) {
  return {
    request: id,
    organisation: caller.organisation,
    project: caller.project,
    key: caller.id,
    model,
    amount,
    projectBudget: caller.projectBudget ?? undefined,
    keyBudget: caller.budget ?? undefined,
    at,
    deadline: at + HOLD_MS,
  }
}
