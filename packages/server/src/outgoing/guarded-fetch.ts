/**
 * Fetches what a client names, from the public internet and nowhere else: the guard stands at every redirect, and the address
 * that it has checked is the one that is connected to, so a name that changes its mind in between changes nothing.
 */

import { type Dispatcher, errors } from 'undici'
import type { Clock } from '@moonbase/core/generation'
import { type Destination, allowedUrl } from './allowed-url.ts'
import { type LookUp, checkedAddresses } from './checked-addresses.ts'
import { nameServers } from './name-servers.ts'
import { openClient } from './open-client.ts'
import { OutgoingError } from './outgoing-error.ts'
import { readReply } from './read-reply.ts'

export interface OutgoingRequest {
  readonly url: string
  /** What the other side is told that we take. */
  readonly accept: string
  /** Whether a reply of this type is read: in lower case, without parameters; `undefined` where it says none. */
  readonly takes: (type: string | undefined) => boolean
  /** Of the body, also when it is unfolded. */
  readonly mostBytes: number
  /** For all of it: names, redirects, and the body to its last byte. */
  readonly totalMs: number
  /** Nobody wants it any more. */
  readonly signal: AbortSignal
}

export interface OutgoingReply {
  readonly type: string | undefined
  readonly bytes: Buffer
}

export interface GuardParts {
  readonly clock: Pick<Clock, 'sleep'>
  /** Addresses with ports that may be asked although they are not public: `127.0.0.1:8080`, `[::1]:8080`. */
  readonly mayAsk?: readonly string[]
  /** Tests bring their own. */
  readonly lookUp?: LookUp
}

/** What is asked for is given, or an `OutgoingError` with its kind; the signal's reason when that fires. */
export type GuardedFetch = (request: OutgoingRequest) => Promise<OutgoingReply>

const MOST_REDIRECTS = 5
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308])

export function guardedFetch({ clock, mayAsk = [], lookUp = nameServers() }: GuardParts): GuardedFetch {
  const listed = new Set(mayAsk)
  return async (request) => {
    const { signal, totalMs } = request
    signal.throwIfAborted()
    const stop = new AbortController()
    const late = new OutgoingError('time', `it did not come within ${totalMs} ms`)
    void clock.sleep(totalMs, stop.signal).then(
      () => stop.abort(late),
      // It came in time, and nobody waits for the clock any more.
      () => undefined,
    )
    const leave = (): void => stop.abort(signal.reason)
    signal.addEventListener('abort', leave, { once: true })
    try {
      return await followed(request, stop.signal, (to) => checkedAddresses(to, listed, lookUp, stop.signal))
    } catch (error) {
      // What the abort looks like from within says less than why it was.
      throw stop.signal.aborted ? stop.signal.reason : outgoingError(error)
    } finally {
      signal.removeEventListener('abort', leave)
      stop.abort()
    }
  }
}

type Check = (to: Destination) => Promise<readonly string[]>

async function followed(request: OutgoingRequest, signal: AbortSignal, check: Check): Promise<OutgoingReply> {
  let to = allowedUrl(request.url)
  for (let redirects = 0; redirects <= MOST_REDIRECTS; redirects += 1) {
    const answered = await asked(to, await orAborted(() => check(to), signal), request, signal)
    if (!('location' in answered)) return answered
    to = allowedUrl(answered.location, to.url)
  }
  throw new OutgoingError('redirects', `it leads on more than ${MOST_REDIRECTS} times`)
}

/** A look-up may take its time to stop; nobody waits for it. */
async function orAborted<Value>(work: () => Promise<Value>, signal: AbortSignal): Promise<Value> {
  signal.throwIfAborted()
  const aborted = Promise.withResolvers<never>()
  const abort = (): void => aborted.reject(signal.reason)
  signal.addEventListener('abort', abort, { once: true })
  try {
    return await Promise.race([work(), aborted.promise])
  } finally {
    signal.removeEventListener('abort', abort)
  }
}

async function asked(
  to: Destination,
  addresses: readonly string[],
  { accept, takes, mostBytes }: OutgoingRequest,
  signal: AbortSignal,
): Promise<OutgoingReply | { readonly location: string }> {
  const client = openClient(to, addresses)
  try {
    const reply = await client.request({
      method: 'GET',
      path: `${to.url.pathname}${to.url.search}`,
      // No cookie, no key, no word of where it comes from.
      headers: { 'user-agent': 'moonbase', accept, 'accept-encoding': 'identity' },
      reset: true,
      signal,
    })
    // However it ends that nobody reads on: the error is told by whoever stopped.
    reply.body.on('error', ignoreWhatWasLeft)
    if (REDIRECTS.has(reply.statusCode)) return { location: locationOf(reply) }
    if (reply.statusCode !== 200) {
      throw new OutgoingError('status', `it was answered with ${reply.statusCode}`, { status: reply.statusCode })
    }
    const type = typeOf(reply)
    if (!takes(type)) throw new OutgoingError('type', 'it is not of a type that is taken')
    return { type, bytes: await readReply(reply, mostBytes) }
  } finally {
    await client.destroy()
  }
}

function ignoreWhatWasLeft(): void {
  // Only there so that the stream's end is not an uncaught error; who reads it hears of it as he reads.
}

function locationOf({ headers: { location } }: Dispatcher.ResponseData): string {
  if (typeof location === 'string') return location
  throw new OutgoingError('redirects', 'it leads on and does not say where')
}

function typeOf({ headers }: Dispatcher.ResponseData): string | undefined {
  const [type] = [headers['content-type'] ?? []].flat()
  const [essence = ''] = (type ?? '').split(';')
  return essence.trim().toLowerCase() || undefined
}

/** What the parts below say, as what that means here. */
function outgoingError(error: unknown): OutgoingError {
  if (error instanceof OutgoingError) return error
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  if (code === 'UND_ERR_SOCKET' || code === 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH' || code === 'ECONNRESET') {
    return new OutgoingError('cut', 'the connection ended before the reply did', { cause: error })
  }
  if (error instanceof errors.HTTPParserError) return new OutgoingError('cut', 'the reply is no HTTP', { cause: error })
  return new OutgoingError('connect', 'it could not be reached', { cause: error })
}
