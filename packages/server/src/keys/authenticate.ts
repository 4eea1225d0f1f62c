/** From an `Authorization` header to the key behind it. */

import { apiError } from '@moonbase/protocol'
import type { Accounts, KeyAccount } from '../accounts/accounts.ts'
import { isKeyText } from './key-text.ts'

/**
 * The platform has two refusals, both 401. `incorrect_api_key` is measured for a request without the header and for a
 * key that nobody has; `invalid_authentication` is documented for a header that is no bearer token at all.
 *
 * @throws ApiError one of the two
 */
export function authenticate(header: string | undefined, accounts: Pick<Accounts, 'findKey'>): KeyAccount {
  if (header === undefined) throw apiError('incorrect_api_key')
  const key = bearerToken(header)
  if (key === undefined) throw apiError('invalid_authentication')
  const account = accounts.findKey(key)
  if (account === undefined) throw apiError('incorrect_api_key')
  return account
}

/** The token of `Bearer <token>`; the scheme in any case, at least one space. `undefined`: malformed. */
export function bearerToken(header: string): string | undefined {
  const [, token] = /^bearer +(\S+)$/i.exec(header) ?? []
  return token !== undefined && isKeyText(token) ? token : undefined
}
