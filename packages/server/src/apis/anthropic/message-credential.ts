/** The key of a request: a bearer token, or `x-api-key`. */

import { apiError } from '@moonbase/protocol'
import type { Exchange } from '../../http/exchange.ts'
import { isKeyText } from '../../keys/key-text.ts'
import { bearerKey } from '../identify.ts'

/**
 * Clients that were given both send both. The token is the one that somebody set for this server: the other variable often holds a
 * key of the provider's own.
 *
 * @throws ApiError for what can be no key
 */
export function messageCredential(exchange: Pick<Exchange, 'header'>): string | undefined {
  const token = bearerKey(exchange)
  if (token !== undefined) return token
  const key = exchange.header('x-api-key')
  if (key === undefined || key === '') return undefined
  if (!isKeyText(key)) throw apiError('invalid_authentication')
  return key
}
