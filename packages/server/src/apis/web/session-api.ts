/** Coming in: the one-time address, a key in exchange for a session, and the end of it. */

import { ApiError, apiError, apiErrorWith, isFields } from '@moonbase/protocol'
import type { Accounts } from '../../accounts/accounts.ts'
import type { Exchange } from '../../http/exchange.ts'
import { readJson } from '../../http/parse-body.ts'
import { sendJson } from '../../http/send-json.ts'
import { digestOf } from '../../keys/key-ring.ts'
import type { LoginThrottle } from '../../keys/login-throttle.ts'
import { ENTRY_MINUTES, type EntryTokens, isThisMachine } from '../../sessions/entry-tokens.ts'
import { type PageSessions, SESSION_MS, type SessionKeys } from '../../sessions/page-sessions.ts'
import type { Api } from '../api.ts'
import { refuse } from '../refuse.ts'
import { isFromPage, sessionToken, setSessionCookie } from '../session-cookie.ts'
import { ownersOf, sessionView } from './session-view.ts'

interface SessionServices {
  readonly accounts: Pick<Accounts, 'findKey' | 'findAdmin' | 'keyOf' | 'adminOf'>
  readonly sessions: Pick<PageSessions, 'begin' | 'find' | 'end'>
  readonly entries: EntryTokens
  readonly throttle: Pick<LoginThrottle, 'attempt'>
}

const ENTER = '/web/v1/enter'
const SESSION = '/web/v1/session'
const ENTRIES = '/web/v1/entries'

/** A key has at most 512 characters. */
const MOST_BODY_BYTES = 4_096

export function sessionApi(services: SessionServices): Api {
  return {
    name: 'web',
    prefixes: [ENTER, SESSION, ENTRIES],
    order: 'route-first',
    // Sessions are for our own page, which says where it comes from.
    pages: false,
    headers: [['Cache-Control', 'no-store']],
    routes: [
      { method: 'POST', path: ENTER, answer: (exchange) => enter(exchange, services) },
      { method: 'POST', path: SESSION, answer: (exchange) => comeIn(exchange, services) },
      { method: 'GET', path: SESSION, answer: (exchange) => show(exchange, services) },
      { method: 'DELETE', path: SESSION, answer: (exchange) => leave(exchange, services) },
      { method: 'POST', path: ENTRIES, answer: (exchange) => printEntry(exchange, services) },
    ],
    refuse,
  }
}

/** With the token of a one-time address. */
async function enter(exchange: Exchange, services: SessionServices): Promise<void> {
  assertFromPage(exchange)
  const token = textOf(await readJson(exchange, MOST_BODY_BYTES), 'token')
  const keys = await takenEntry(exchange, token, services)
  await begin(exchange, keys, services)
}

/** With a key, of either kind. It takes its place beside one of the other kind in the session that there is. */
async function comeIn(exchange: Exchange, services: SessionServices): Promise<void> {
  assertFromPage(exchange)
  const shown = textOf(await readJson(exchange, MOST_BODY_BYTES), 'key')
  const kind = await kindOf(exchange, shown, services)
  const digest = digestOf(shown).toString('hex')
  const before = await current(exchange, services)
  const held = before === undefined ? undefined : ownersOf(before, services.accounts)
  await begin(
    exchange,
    {
      key: kind === 'key' ? digest : held?.key === undefined ? null : (before?.key ?? null),
      admin: kind === 'admin' ? digest : held?.admin === undefined ? null : (before?.admin ?? null),
    },
    services,
  )
}

async function show(exchange: Exchange, services: SessionServices): Promise<void> {
  const session = await current(exchange, services)
  if (session === undefined) throw apiError('incorrect_api_key')
  const owners = ownersOf(session, services.accounts)
  if (owners.key === undefined && owners.admin === undefined) throw apiError('incorrect_api_key')
  const token = sessionToken(exchange)
  if (session.renewed && token !== undefined) setSessionCookie(exchange, token, SESSION_MS / 1000)
  sendJson(exchange, 200, sessionView(session, owners))
}

async function leave(exchange: Exchange, { sessions }: SessionServices): Promise<void> {
  assertFromPage(exchange)
  const token = sessionToken(exchange)
  if (token !== undefined) await kept(sessions.end(token))
  setSessionCookie(exchange, '', 0)
  exchange.send(204, 'text/plain; charset=utf-8', '')
}

/** For `moonbase open`: a token that opens what the keys in the body open, each of which is optional. */
async function printEntry(exchange: Exchange, services: SessionServices): Promise<void> {
  if (!isOnThisMachine(exchange)) throw apiError('address_not_allowed')
  const body = await readJson(exchange, MOST_BODY_BYTES)
  const key = optionalText(body, 'api_key')
  const admin = optionalText(body, 'admin_key')
  if (key === undefined && admin === undefined) {
    throw apiError('invalid_request', { details: 'api_key or admin_key is required' })
  }
  if (key !== undefined && (await kindOf(exchange, key, services)) !== 'key') throw apiError('incorrect_api_key')
  if (admin !== undefined && (await kindOf(exchange, admin, services)) !== 'admin') throw apiError('incorrect_api_key')
  sendJson(exchange, 200, { token: services.entries.issue({ key: traceOf(key), admin: traceOf(admin) }) })
}

function traceOf(key: string | undefined): string | null {
  return key === undefined ? null : digestOf(key).toString('hex')
}

async function begin(exchange: Exchange, keys: SessionKeys, { sessions, accounts }: SessionServices): Promise<void> {
  const { token, session } = await kept(sessions.begin(keys, sessionToken(exchange)))
  setSessionCookie(exchange, token, SESSION_MS / 1000)
  sendJson(exchange, 200, sessionView(session, ownersOf(session, accounts)))
}

async function current(exchange: Exchange, { sessions }: SessionServices) {
  const token = sessionToken(exchange)
  return token === undefined ? undefined : kept(sessions.find(token))
}

/** What a one-time address opens. Shown from elsewhere it stays what it is, so that nobody else can use it up. */
async function takenEntry(
  exchange: Exchange,
  token: string,
  { entries, throttle }: SessionServices,
): Promise<SessionKeys> {
  try {
    return await throttle.attempt(exchange, () => (isOnThisMachine(exchange) ? entries.take(token) : undefined))
  } catch (error) {
    if (error instanceof ApiError && error.code === 'incorrect_api_key') {
      throw apiErrorWith('entry_expired', { cause: error }, { minutes: ENTRY_MINUTES })
    }
    throw error
  }
}

/** @throws ApiError for a key that nobody has, in its time; or that may not come from there */
async function kindOf(
  exchange: Exchange,
  shown: string,
  { accounts, throttle }: SessionServices,
): Promise<'key' | 'admin'> {
  return throttle.attempt(exchange, () => {
    const key = accounts.findKey(shown)
    if (key !== undefined) {
      if (!key.mayComeFrom(exchange)) throw apiError('address_not_allowed')
      return 'key'
    }
    return accounts.findAdmin(shown) === undefined ? undefined : 'admin'
  })
}

/** Another page could have somebody come in as its own author, who then reads along. */
function assertFromPage(exchange: Exchange): void {
  if (!isFromPage(exchange)) throw apiError('api_not_open')
}

/** What proxies say of whom they speak for. */
const FORWARDED = ['x-forwarded-for', 'forwarded', 'via'] as const

/** A proxy on this machine speaks for others. */
function isOnThisMachine(exchange: Exchange): boolean {
  return isThisMachine(exchange.address) && FORWARDED.every((name) => exchange.header(name) === undefined)
}

function textOf(body: unknown, name: string): string {
  const text = optionalText(body, name)
  if (text === undefined) throw apiError('invalid_request', { details: `${name} is required` })
  return text
}

function optionalText(body: unknown, name: string): string | undefined {
  if (!isFields(body)) throw apiError('invalid_request', { details: 'the body must be a JSON object' })
  const text = body[name]
  if (text === undefined || text === null || text === '') return undefined
  if (typeof text !== 'string') throw apiError('invalid_request', { details: `${name} must be a string` })
  return text
}

async function kept<Value>(work: Promise<Value>): Promise<Value> {
  return work.catch((cause: unknown) => {
    throw apiErrorWith('ledger_unavailable', { cause, reason: 'sessions cannot be kept' })
  })
}
