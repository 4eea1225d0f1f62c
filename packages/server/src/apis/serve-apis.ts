/** One exchange from the first header to the log line: its API, who calls, the route, the refusal. No path stands here. */

import { type ApiError, apiError, apiErrorWith } from '@moonbase/protocol'
import { failureOf } from '@moonbase/core/inference'
import { type CorsRules, allowOrigin, answerPreflight } from '../http/cors.ts'
import type { Exchange } from '../http/exchange.ts'
import { router } from '../http/router.ts'
import type { LoginThrottle } from '../keys/login-throttle.ts'
import type { PageSessions } from '../sessions/page-sessions.ts'
import type { Api } from './api.ts'
import { identify } from './identify.ts'

export interface ServeParts {
  readonly throttle: Pick<LoginThrottle, 'attempt'>
  /** Of the page; absent where none is served. */
  readonly sessions?: Pick<PageSessions, 'find'>
  readonly cors: CorsRules
  /** Milliseconds since the Unix epoch. */
  readonly now: () => number
  /** False while the server is stopping. */
  readonly ready: () => boolean
  /** Told of every refusal before it leaves: there may be a way past it. */
  readonly hint: (refusal: ApiError, exchange: Exchange) => void
  /** Why no new work is let in now, such as a heap that is full. */
  readonly overload: () => string | undefined
  /** Told of every exchange that begins. */
  readonly began: () => void
  /** Told of every exchange that has ended, and of what the client got instead of an answer. */
  readonly ended: (exchange: Exchange, refusal: ApiError | undefined, beganAt: number, elapsedMs: number) => void
}

/** An API with its routes found; what its callers are is its own affair. */
export interface MountedApi {
  readonly api: Pick<
    Api,
    'name' | 'provider' | 'prefixes' | 'claims' | 'claimsUnnamed' | 'headers' | 'pages' | 'always' | 'refuse'
  >
  answer(exchange: Exchange, parts: Pick<ServeParts, 'throttle' | 'sessions'>): Promise<void> | void
}

export function mount<Owner>(api: Api<Owner>): MountedApi {
  const match = router(api.routes)
  const { authentication, order } = api
  type Found = ReturnType<typeof match>

  const find = (exchange: Exchange): Found => {
    const found = match(exchange.method, exchange.path)
    exchange.notes.route = found.route.path
    return found
  }
  const go = (exchange: Exchange, key: Owner, early: Found | undefined): Promise<void> | void => {
    const { route, parameters } = early ?? find(exchange)
    return route.answer(exchange, { key, parameters })
  }
  return {
    api,
    // Most callers are found at once, and most routes answer with a promise of their own: none is made for either.
    answer(exchange, { throttle, sessions }) {
      const early = order === 'route-first' ? find(exchange) : undefined
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- an API without authentication has no owners: `undefined`
      if (authentication === undefined) return go(exchange, undefined as Owner, early)
      const owner = identify(exchange, authentication, throttle, sessions)
      return owner instanceof Promise ? owner.then((key) => go(exchange, key, early)) : go(exchange, owner, early)
    },
  }
}

/** A function that answers an exchange in every case, and never rejects. */
export function serveApis(parts: ServeParts, apis: readonly MountedApi[]): (exchange: Exchange) => Promise<void> {
  const find = finder(apis)

  const answer = (exchange: Exchange, mounted: MountedApi): Promise<void> | void => {
    const { api } = mounted
    exchange.notes.api = api.name
    if (api.provider !== undefined) exchange.notes.provider = api.provider
    if (exchange.wrongHead !== undefined) throw exchange.wrongHead
    for (const [name, value] of api.headers ?? []) exchange.setHeader(name, value)
    if (api.pages) {
      allowOrigin(exchange, parts.cors)
      if (exchange.method === 'OPTIONS') return answerPreflight(exchange)
    }
    // Before anybody is asked for a key: who is let in costs more than who is not.
    if (api.always !== true) assertOpen(parts)
    return mounted.answer(exchange, parts)
  }

  return async (exchange) => {
    const beganAt = parts.now()
    parts.began()
    const mounted = find(exchange)
    let refusal: ApiError | undefined
    try {
      await answer(exchange, mounted)
    } catch (error) {
      refusal = failureOf(error, exchange.notes.model ?? '', exchange.signal)
      parts.hint(refusal, exchange)
      mounted.api.refuse(refusal, exchange)
    }
    parts.ended(exchange, refusal, beganAt, parts.now() - beganAt)
  }
}

const OVERLOAD_RETRY_MS = 1000

function assertOpen({ ready, overload }: ServeParts): void {
  if (!ready()) throw apiError('shutting_down')
  const why = overload()
  if (why === undefined) return
  throw apiErrorWith('server_busy', { reason: `too much is under way: ${why}`, retryAfterMs: OVERLOAD_RETRY_MS })
}

/** Who claims it, else the longest prefix, else who claims what nobody names. One of them must have `/`. */
function finder(apis: readonly MountedApi[]): (exchange: Exchange) => MountedApi {
  const claiming = claimants(apis, ({ claims }) => claims)
  const claimingUnnamed = claimants(apis, ({ claimsUnnamed }) => claimsUnnamed)
  const rest = apis.find(({ api }) => api.prefixes.includes('/'))
  if (rest === undefined) throw new Error('no API has the prefix /')
  const byPrefix = apis
    .flatMap((mounted) => mounted.api.prefixes.map((prefix) => ({ mounted, prefix, below: `${prefix}/` })))
    .filter(({ prefix }) => prefix !== '/')
    .toSorted((one, other) => other.prefix.length - one.prefix.length)
  return (exchange) => {
    for (const { claims, mounted } of claiming) if (claims(exchange)) return mounted
    const { path } = exchange
    for (const { prefix, below, mounted } of byPrefix) {
      if (path === prefix || path.startsWith(below)) return mounted
    }
    for (const { claims, mounted } of claimingUnnamed) if (claims(exchange)) return mounted
    return rest
  }
}

type Claims = (exchange: Exchange) => boolean
type Claimant = Readonly<{ mounted: MountedApi; claims: Claims }>

function claimants(
  apis: readonly MountedApi[],
  claimsOf: (api: MountedApi['api']) => Claims | undefined,
): readonly Claimant[] {
  return apis.flatMap((mounted) => {
    const claims = claimsOf(mounted.api)
    return claims === undefined ? [] : [{ mounted, claims }]
  })
}
