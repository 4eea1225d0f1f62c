/** Which requests that are held for at their bounds may be why another one finds no room, or no money. */

import type { KeyAccount } from '../accounts/accounts.ts'
import type { LedgerErrorKind } from '../ledger/ledger.ts'
import type { BoundedRequest } from './held-at-bounds.ts'
import type { LimitedSubject } from './limiter.ts'

/** Those that count in the same windows of tokens. */
export function countedIn({ scope, id }: LimitedSubject): (request: BoundedRequest) => boolean {
  return ({ class: of, project, key }) => {
    if (of === 'batch') return false
    return scope === 'organisation' || (scope === 'project' ? project === id : key === id)
  }
}

/** Those that are paid from what was not enough. */
export function paidFrom(kind: LedgerErrorKind, caller: KeyAccount): (request: BoundedRequest) => boolean {
  if (kind === 'key_budget') return ({ key }) => key === caller.id
  return kind === 'project_budget' ? ({ project }) => project === caller.project : () => true
}
