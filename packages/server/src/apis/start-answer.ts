/** The first half of an answer over HTTP: from the bytes of a request, in whichever dialect, to a run that may be read. */

import type { DecodedRequest, Dialect } from '@moonbase/core/dialects'
import type { Clock } from '@moonbase/core/generation'
import { type Terms, failureOf } from '@moonbase/core/inference'
import type { LenientSwitch } from '@moonbase/protocol'
import type { KeyAccount } from '../accounts/accounts.ts'
import { queueMsOf } from '../admission/queue-wish.ts'
import type { Exchange } from '../http/exchange.ts'
import type { ParsingThread } from '../http/parsing-thread.ts'
import type { Inference, InferenceService, RequestOrigin } from '../inference/inference.ts'
import type { IdlePings } from '../streams/idle-pings.ts'
import type { StreamStore } from '../streams/stream-store.ts'
import { streamWishes } from '../streams/stream-wishes.ts'
import type { StreamWriter } from '../streams/stream-writer.ts'
import type { RequestMetrics } from '../telemetry/metrics-requests.ts'
import type { Caller } from './api.ts'
import { askedLeniency } from './asked-leniency.ts'
import { wireRequest } from './wire-request.ts'

export interface AnswerServices {
  readonly inference: InferenceService
  readonly streams: StreamStore
  /** Told of each stream that begins and ends. */
  readonly openStreams: Pick<RequestMetrics, 'streamOpened' | 'streamClosed'>
  readonly clock: Clock
  readonly pings: IdlePings
  /** Whether a request may ask for lenient switches itself. */
  readonly lenientHeader: () => boolean
  readonly parsing: Pick<ParsingThread, 'parse'>
}

/** An answer that is about to be read. It holds nothing of the request: a stream may run for minutes, and a prompt may be megabytes. */
export interface Answer extends Pick<DecodedRequest, 'whole' | 'events' | 'leniency'> {
  readonly exchange: Exchange
  readonly running: Inference
  /** Where a streamed reply is written to. */
  readonly writer: StreamWriter | undefined
  readonly services: AnswerServices
}

/** Decodes and starts. What cannot be read is recorded all the same. @throws ApiError */
export async function startAnswer(
  dialect: Dialect,
  api: string,
  exchange: Exchange,
  { key: caller, parameters }: Caller<KeyAccount>,
  services: AnswerServices,
): Promise<Answer> {
  const { inference, streams, clock } = services
  const { id, notes } = exchange
  const origin: RequestOrigin = { id, parent: null, caller, api, class: 'interactive', arrivedAt: clock.now() }
  let asked: unknown
  let bodyBytes: number | undefined
  let decoded: DecodedRequest
  let terms: Terms
  let waitMs: number
  let writer: StreamWriter | undefined
  try {
    const wire = await wireRequest(exchange, caller.organisation, parameters, services.parsing)
    bodyBytes = wire.bytes?.length
    if (caller.contentRetentionDays !== null) asked = wire.body()
    const lenient = lenientOf(exchange, caller, dialect, services)
    decoded = dialect.decode(wire, lenient)
    notes.streamed = decoded.stream
    const wishes = streamWishes(exchange, decoded.stream)
    terms = termsOf(exchange, caller, lenient)
    waitMs = queueMsOf(exchange, caller)
    // Its signal outlives a client that wants to come back, so it is there before the engine is asked.
    writer = decoded.stream ? streams.open(caller.organisation, wishes, exchange) : undefined
  } catch (error) {
    const refusal = failureOf(error, '', exchange.signal)
    inference.note({ ...origin, asked, streamed: notes.streamed ?? false }, refusal)
    throw refusal
  }
  const { draft, needs, whole, events, leniency } = decoded
  try {
    const running = await inference.start({
      ...origin,
      asked,
      draft,
      bodyBytes,
      terms,
      waitMs,
      signal: writer?.signal ?? exchange.signal,
      ...(needs === undefined ? {} : { needs }),
      began(facts) {
        notes.model = facts.model
        // Nearly always the only one, and then no list that could take more.
        if (notes.runs === undefined) notes.runs = [facts]
        else notes.runs.push(facts)
      },
    })
    return { exchange, running, writer, whole, events, leniency, services }
  } catch (error) {
    writer?.end()
    throw error
  }
}

/**
 * What the key lets pass, what the dialect's documentation does, and what the request asks for. It is noted of the exchange.
 *
 * @throws ApiError for a switch that nobody knows
 */
export function lenientOf(
  exchange: Pick<Exchange, 'header' | 'notes'>,
  { lenient }: KeyAccount,
  dialect: Dialect,
  { lenientHeader }: Pick<AnswerServices, 'lenientHeader'>,
): ReadonlySet<LenientSwitch> {
  const { on, off } = askedLeniency(exchange.header('x-moonbase-lenient'), lenientHeader)
  const any = union(union(lenient, dialect.lenient), on)
  const all = off.size === 0 ? any : new Set([...any].filter((name) => !off.has(name)))
  exchange.notes.lenient = all
  return all
}

/** One of the two where that is all: nearly every request is strict. */
function union(one: ReadonlySet<LenientSwitch>, other: ReadonlySet<LenientSwitch>): ReadonlySet<LenientSwitch> {
  if (other.size === 0) return one
  return one.size === 0 ? other : new Set([...one, ...other])
}

export function termsOf(
  exchange: Pick<Exchange, 'header'>,
  { organisation }: KeyAccount,
  lenient: ReadonlySet<LenientSwitch>,
): Terms {
  // Cloudflare's clients say so which requests belong together.
  const sessionAffinity = exchange.header('x-session-affinity')
  return { lenient, scope: organisation, ...(sessionAffinity === undefined ? {} : { sessionAffinity }) }
}
