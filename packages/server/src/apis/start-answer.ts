/** The first half of an answer over HTTP: from the bytes of a request, in whichever dialect, to a run that may be read. */

import type { DecodedRequest, Dialect, WireRequest } from '@moonbase/core/dialects'
import type { Clock, RequestDraft } from '@moonbase/core/generation'
import { type Terms, failureOf } from '@moonbase/core/inference'
import type { LenientSwitch } from '@moonbase/protocol'
import type { KeyAccount } from '../accounts/accounts.ts'
import { queueMsOf } from '../admission/queue-wish.ts'
import type { Exchange } from '../http/exchange.ts'
import type { ParsingThread } from '../http/parsing-thread.ts'
import type { Inference, InferenceRequest, InferenceService, RequestOrigin } from '../inference/inference.ts'
import type { IdlePings } from '../streams/idle-pings.ts'
import type { StreamStore } from '../streams/stream-store.ts'
import { type StreamWishes, streamWishes } from '../streams/stream-wishes.ts'
import type { StreamWriter } from '../streams/stream-writer.ts'
import type { RequestMetrics } from '../telemetry/metrics-requests.ts'
import type { AnswerPart, Caller } from './api.ts'
import { askedLeniency } from './asked-leniency.ts'
import { wantsReceipt } from './receipt.ts'
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
  /** Whether it is to say what it cost. */
  readonly receipted: boolean
  readonly services: AnswerServices
}

/** What reads a request. Every dialect does; an API may have something to find first, such as what the request refers to. */
export interface RequestReader<Decoded extends DecodedRequest> extends Pick<Dialect, 'lenient'> {
  /** @throws ApiError */
  decode(wire: WireRequest, lenient: ReadonlySet<LenientSwitch>): Decoded | Promise<Decoded>
}

/** What an API adds to a request that is read. */
export interface AnswerPlan extends Pick<InferenceRequest, 'withEnd'> {
  /** In the place of the one that was read. */
  readonly draft?: RequestDraft
  /** `detach`: the answer goes on when its client leaves, whatever he said of that. `alone`: it has none. */
  readonly client?: 'detach' | 'alone'
}

/** What is known of a request when it is read. */
export type ReadRequest = Pick<InferenceRequest, 'caller' | 'draft' | 'bodyBytes' | 'terms' | 'signal' | 'arrivedAt'>

const NO_PLAN: AnswerPlan = {}

/** Decodes and starts. What cannot be read is recorded all the same. @throws ApiError */
export async function startAnswer<Decoded extends DecodedRequest>(
  reader: RequestReader<Decoded>,
  api: string,
  exchange: Exchange,
  { key: caller, parameters, part }: Caller<KeyAccount>,
  services: AnswerServices,
  plan?: (decoded: Decoded, read: ReadRequest) => AnswerPlan | Promise<AnswerPlan>,
): Promise<Answer> {
  const { inference, streams, clock } = services
  const { id, notes } = exchange
  const own: RequestOrigin = { id, parent: null, caller, api, class: 'interactive', arrivedAt: clock.now() }
  const origin = part === undefined ? own : partOrigin(own, part)
  let asked: unknown
  let bodyBytes: number | undefined
  let decoded: DecodedRequest
  let terms: Terms
  let waitMs: number
  let writer: StreamWriter | undefined
  let planned = NO_PLAN
  let receipted = false
  try {
    const wire = part?.wire ?? (await wireRequest(exchange, caller.organisation, parameters, services.parsing))
    bodyBytes = wire.bytes?.length
    if (caller.contentRetentionDays !== null) asked = wire.body()
    const lenient = lenientOf(exchange, caller, reader, services)
    const reading = reader.decode(wire, lenient)
    const read = reading instanceof Promise ? await reading : reading
    decoded = read
    notes.streamed = decoded.stream
    const wishes = streamWishes(exchange, decoded.stream)
    receipted = wantsReceipt(exchange)
    terms = termsOf(exchange, caller, lenient)
    waitMs = queueMsOf(exchange, caller)
    if (plan !== undefined) {
      const { draft } = decoded
      const { signal } = exchange
      planned = await plan(read, { caller, draft, bodyBytes, terms, signal, arrivedAt: origin.arrivedAt })
    }
    // Its signal outlives a client that wants to come back, so it is there before the engine is asked.
    if (planned.client !== undefined) writer = writerWithout(planned.client, streams, caller, wishes, exchange)
    else if (decoded.stream) writer = streams.open(caller.organisation, wishes, exchange)
  } catch (error) {
    const refusal = failureOf(error, '', exchange.signal)
    inference.note({ ...origin, asked, streamed: notes.streamed ?? false }, refusal)
    throw refusal
  }
  const { needs, whole, events, leniency } = decoded
  const { draft = decoded.draft, withEnd } = planned
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
      ...(withEnd === undefined ? {} : { withEnd }),
      began(facts) {
        notes.model = facts.model
        // Nearly always the only one, and then no list that could take more.
        if (notes.runs === undefined) notes.runs = [facts]
        else notes.runs.push(facts)
      },
    })
    part?.started?.(running)
    return { exchange, running, writer, receipted, whole, events, leniency, services }
  } catch (error) {
    writer?.end()
    throw error
  }
}

/** Of an answer that goes on without a client. */
function writerWithout(
  client: 'detach' | 'alone',
  streams: StreamStore,
  { organisation }: KeyAccount,
  wishes: StreamWishes,
  exchange: Exchange,
): StreamWriter {
  return streams.open(organisation, { ...wishes, detach: true }, client === 'alone' ? undefined : exchange)
}

function partOrigin(own: RequestOrigin, { parent, labels }: AnswerPart): RequestOrigin {
  return labels === undefined ? { ...own, parent } : { ...own, parent, labels }
}

/**
 * What the key lets pass, what the dialect's documentation does, and what the request asks for. It is noted of the exchange.
 *
 * @throws ApiError for a switch that nobody knows
 */
export function lenientOf(
  exchange: Pick<Exchange, 'header' | 'notes'>,
  { lenient }: KeyAccount,
  dialect: Pick<Dialect, 'lenient'>,
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
