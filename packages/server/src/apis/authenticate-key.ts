/** The callers of APIs that answer: whose key it is, and whether he may come in with it. How a key is shown is each API's own. */

import { apiError } from '@moonbase/protocol'
import type { Accounts, KeyAccount } from '../accounts/accounts.ts'
import type { Authentication } from './api.ts'

export function authenticateKey(
  accounts: Pick<Accounts, 'findKey'>,
  shown: Authentication<KeyAccount>['shown'],
): Authentication<KeyAccount> {
  return {
    shown,
    find: (key) => accounts.findKey(key),
    admit(key, exchange) {
      if (!key.mayComeFrom(exchange)) throw apiError('address_not_allowed')
      exchange.notes.keyId = key.id
      exchange.notes.organisation = key.organisation
    },
  }
}

/** The same, and for the page: what its session holds opens as much as if it were shown. */
export function authenticateKeyOrSession(
  accounts: Pick<Accounts, 'findKey' | 'keyOf'>,
  shown: Authentication<KeyAccount>['shown'],
): Authentication<KeyAccount> {
  return {
    ...authenticateKey(accounts, shown),
    ofSession: ({ key }) => (key === null ? undefined : accounts.keyOf(key)),
  }
}
