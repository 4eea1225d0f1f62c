/** Who calls: the one place where keys of all APIs are looked up, and where wrong ones are slowed down. */

import { apiError, apiErrorWith } from '@moonbase/protocol'
import type { Exchange } from '../http/exchange.ts'
import { bearerToken } from '../keys/bearer-token.ts'
import type { LoginThrottle } from '../keys/login-throttle.ts'
import { type PageSessions, SESSION_MS } from '../sessions/page-sessions.ts'
import type { Authentication } from './api.ts'
import { sessionToken, setSessionCookie } from './session-cookie.ts'

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
  sessions?: Pick<PageSessions, 'find'>,
): Owner | Promise<Owner> {
  const { optional, ofSession } = authentication
  if (optional?.isOpen() === true) return optional.open
  if (ofSession !== undefined && sessions !== undefined) {
    const token = sessionToken(exchange)
    // A key that is shown is meant.
    if (token !== undefined && authentication.shown(exchange) === undefined) {
      return identifySession(exchange, token, { ...authentication, ofSession }, sessions)
    }
  }
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

/** A session that has ended is no guess: pages come with theirs until they hear of it. */
async function identifySession<Owner>(
  exchange: Exchange,
  token: string,
  { ofSession, admit }: Pick<Authentication<Owner>, 'admit'> & Required<Pick<Authentication<Owner>, 'ofSession'>>,
  sessions: Pick<PageSessions, 'find'>,
): Promise<Owner> {
  const session = await sessions.find(token).catch((cause: unknown) => {
    throw apiErrorWith('ledger_unavailable', { cause, reason: 'a session could not be looked up' })
  })
  const owner = session === undefined ? undefined : ofSession(session)
  if (session === undefined || owner === undefined) throw apiError('incorrect_api_key')
  if (session.renewed) setSessionCookie(exchange, token, SESSION_MS / 1000)
  admit(owner, exchange)
  return owner
}

/** The key of `Authorization: Bearer <key>`. @throws ApiError `invalid_authentication` for another scheme, or what is no key */
export function bearerKey(exchange: Pick<Exchange, 'header'>): string | undefined {
  const header = exchange.header('authorization')
  if (header === undefined) return undefined
  const key = bearerToken(header)
  if (key === undefined) throw apiError('invalid_authentication')
  return key
}
