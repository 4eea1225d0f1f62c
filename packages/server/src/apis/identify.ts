/** Who calls: the one place where keys of all APIs are looked up, and where wrong ones are slowed down. */

import { apiError } from '@moonbase/protocol'
import type { Exchange } from '../http/exchange.ts'
import { bearerToken } from '../keys/bearer-token.ts'
import type { LoginThrottle } from '../keys/login-throttle.ts'
import type { Authentication } from './api.ts'

/**
 * The platform has two refusals, both 401. `incorrect_api_key` is measured for a request without a key and for a key that
 * nobody has; `invalid_authentication` is documented for a header that is no bearer token at all.
 *
 * @throws ApiError one of the two, at once or in its time; and what `admit` throws
 */
export function identify<Owner>(
  exchange: Exchange,
  authentication: Authentication<Owner>,
  throttle: Pick<LoginThrottle, 'attempt'>,
): Owner | Promise<Owner> {
  const { optional } = authentication
  if (optional?.isOpen() === true) return optional.open
  const found = throttle.attempt(exchange, () => {
    const key = authentication.shown(exchange)
    // Whoever shows no key does not guess.
    if (key === undefined) throw apiError('incorrect_api_key')
    return authentication.find(key)
  })
  if (found instanceof Promise) return found
  authentication.admit(found, exchange)
  return found
}

/** The key of `Authorization: Bearer <key>`. @throws ApiError `invalid_authentication` for another scheme, or what is no key */
export function bearerKey(exchange: Pick<Exchange, 'header'>): string | undefined {
  const header = exchange.header('authorization')
  if (header === undefined) return undefined
  const key = bearerToken(header)
  if (key === undefined) throw apiError('invalid_authentication')
  return key
}
