/**
 * The way of one request: decode, contract, resolve, generate, encode.
 *
 * Whole and streamed replies come from the same supervised stream of events; a whole one is its fold.
 */

import type { Dialect, DecodedRequest, ReplyHead } from '@moonbase/core/dialects'
import { failureOf } from '@moonbase/core/inference'
import { draftRules, fitWindow, resolvedRules } from '@moonbase/core/contract'
import {
  type GenerationEvent,
  Meter,
  type Reply,
  type TokenCounter,
  assertResolved,
  batchesOf,
  foldReply,
} from '@moonbase/core/generation'
import {
  RoutingTrace,
  type ModelTable,
  type RoutingParts,
  type Seam,
  assertAble,
  generate,
} from '@moonbase/core/routing'
import { apiErrorWith } from '@moonbase/protocol'
import { mfjsRules } from '@moonbase/protocol/mfjs'
import type { KeyAccount } from '../accounts/accounts.ts'
import type { AdmittedRequest } from '../admission/admitted-request.ts'
import type { FrontDesk } from '../admission/front-desk.ts'
import { queueMsOf } from '../admission/queue-wish.ts'
import { type ContentKeeper, OpenContent } from '../contents/open-content.ts'
import type { Exchange } from '../http/exchange.ts'
import { readJson } from '../http/request-body.ts'
import type { Caller } from './api.ts'
import { sendJson } from '../http/send-json.ts'
import { type MeasureVideo, resolveMedia } from '../media/resolve-media.ts'
import type { Ledger } from '../ledger/ledger.ts'
import type { StreamStore } from '../streams/stream-store.ts'
import { streamWishes } from '../streams/stream-wishes.ts'
import type { StreamWriter } from '../streams/stream-writer.ts'
import type { RequestMetrics } from '../telemetry/metrics-requests.ts'
import { recordRequest } from '../usage/record-request.ts'
import { counterOf } from '../inference/counter-of.ts'
import { windowOf } from '../inference/window-of.ts'
import { leniencyHeaders, printable } from './answer-headers.ts'
import { fingerprintOf, newReplyId } from './moonshot/reply-id.ts'

export interface ChatServices {
  readonly models: ModelTable
  readonly routing: RoutingParts
  readonly counter: TokenCounter
  readonly measureVideo: MeasureVideo
  readonly streams: StreamStore
  readonly desk: Pick<FrontDesk, 'admit'>
  readonly ledger: Pick<Ledger, 'note'>
  /** Of projects that have it kept: what was asked and answered. */
  readonly contents: ContentKeeper
  /** Told of each stream that begins and ends. */
  readonly openStreams: Pick<RequestMetrics, 'streamOpened' | 'streamClosed'>
  /** Milliseconds since the Unix epoch. */
  readonly now: () => number
}

/** The route that answers chat completions in one dialect. */
export function answerChat(dialect: Dialect, services: ChatServices) {
  return async (exchange: Exchange, caller: Caller<KeyAccount>): Promise<void> => {
    const arrivedAt = services.now()
    const { key } = caller
    const days = key.contentRetentionDays
    const content = days === null ? undefined : new OpenContent(services.contents, exchange.id, arrivedAt, key, days)
    let answer: Answer
    try {
      // What comes back holds nothing of the request: a stream may run for minutes, and a prompt may be megabytes.
      answer = await prepareAnswer(await readJson(exchange), dialect, services, exchange, key, arrivedAt, content)
    } catch (error) {
      const { code, status } = failureOf(error, exchange.notes.model ?? '', exchange.signal)
      const end = { status, error: code, usage: undefined, cost: 0, now: services.now() }
      services.ledger.note(recordRequest(exchange.id, arrivedAt, key, exchange.notes, end))
      content?.end(code)
      throw error
    }
    try {
      await (answer.stream === undefined ? answerWhole(answer) : answerStream(answer, answer.stream, arrivedAt))
      content?.end(exchange.notes.failure?.code ?? null)
    } catch (error) {
      content?.end(failureOf(error, answer.model, exchange.signal).code)
      throw error
    }
  }
}

interface Answer {
  readonly exchange: Exchange
  /** Where a streamed reply is written to. */
  readonly stream: StreamWriter | undefined
  readonly admitted: AdmittedRequest
  /** The model that the client asked for. */
  readonly model: string
  /** The supervised events; nothing runs before the first is asked for. */
  readonly events: AsyncIterable<GenerationEvent>
  readonly meter: Meter
  readonly content: OpenContent | undefined
  readonly encodeReply: DecodedRequest['encodeReply']
  readonly streamEncoder: DecodedRequest['streamEncoder']
  /** Headers that tell what was let pass of the request, by name. */
  readonly leniency: readonly (readonly [name: string, value: string])[]
  readonly journey: RoutingTrace
  /** The prompt is large, and kept until it is counted. */
  readonly heavy: boolean
  /** Counts what the engine does not. */
  readonly counter: TokenCounter
  readonly openStreams: ChatServices['openStreams']
  readonly now: () => number
}

async function prepareAnswer(
  body: unknown,
  dialect: Dialect,
  services: ChatServices,
  exchange: Exchange,
  key: KeyAccount,
  arrivedAt: number,
  content: OpenContent | undefined,
): Promise<Answer> {
  content?.ask(body)
  const { lenient, organisation } = key
  const { draft, stream, leniency, encodeReply, streamEncoder } = dialect.decode(body, lenient)
  exchange.notes.streamed = stream
  const wishes = streamWishes(exchange, stream)
  const route = services.models.find(draft.model)
  exchange.notes.model = route.model.id
  const agreed = draftRules(draft, { model: route.model, lenient, schemas: mfjsRules })
  // Before anything is opened and measured for an engine that could not read it.
  assertAble(route, agreed.request)
  const counter = counterOf(route, services.counter)
  const messages = await resolveMedia(agreed.request.messages, services.measureVideo, exchange.signal)
  assertResolved(messages)
  const { request, promptTokens, promptTokensAtMost, heavy } = await fitWindow(
    { ...resolvedRules(messages, route.model, agreed.request), affinityScope: organisation, ...affinityOf(exchange) },
    windowOf(route),
    counter,
  )
  const meter = new Meter(counter, promptTokens)
  const journey = new RoutingTrace()
  exchange.notes.journey = journey
  const { id, notes, signal } = exchange
  const admitted = await services.desk.admit({
    id,
    key,
    notes,
    arrivedAt,
    route,
    promptTokens,
    promptTokensAtMost,
    maxCompletionTokens: request.maxCompletionTokens,
    waitMs: queueMsOf(exchange, key),
    signal,
  })
  sayRoom(exchange, admitted.requests)
  let writer: StreamWriter | undefined
  try {
    // From here on nothing fails before answerStream, which ends it in any case.
    writer = stream ? services.streams.open(organisation, wishes, signal) : undefined
  } catch (error) {
    await admitted.settle(undefined, failureOf(error, route.model.id, exchange.signal))
    throw error
  }
  return {
    exchange,
    stream: writer,
    admitted,
    model: route.model.id,
    events: generate(route, request, meter, journey, writer?.signal ?? exchange.signal, services.routing),
    journey,
    meter,
    heavy,
    content,
    encodeReply,
    streamEncoder: content === undefined ? streamEncoder : content.streamed(streamEncoder, meter.transcript),
    leniency: leniencyHeaders(leniency, agreed.leniency),
    counter,
    openStreams: services.openStreams,
    now: services.now,
  }
}

async function answerWhole(answer: Answer): Promise<void> {
  const { exchange, admitted, meter } = answer
  let reply: Reply
  try {
    reply = await foldReply(answer.events)
  } catch (error) {
    // What nobody got is free.
    await admitted.settle(undefined, failureOf(error, answer.model, exchange.signal))
    throw error
  } finally {
    exchange.notes.usage = meter.usage()
  }
  const { usage } = exchange.notes
  // Here it is known whose count the usage is.
  describeAnswer(answer, reply, isApproximate(answer))
  await admitted.settle(usage, undefined)
  answer.content?.reply(reply)
  sendJson(exchange, 200, answer.encodeReply(headOf(answer, reply), reply))
}

async function answerStream(answer: Answer, stream: StreamWriter, arrivedAt: number): Promise<void> {
  const { exchange, admitted, meter } = answer
  const batches = batchesOf(answer.events)[Symbol.asyncIterator]()
  try {
    // Until the first event nothing is promised: a failure before it has a status of its own.
    let next = await batches.next()
    const start = next.done === true ? undefined : next.value[0]
    if (start?.type !== 'start') throw apiErrorWith('internal', { reason: 'a stream without start' })
    exchange.notes.firstTokenMs = answer.now() - arrivedAt
    // The headers leave before the usage is known, so the engine's word counts.
    const servedBy = describeAnswer(answer, start, answer.journey.engine?.usage === 'approximate')
    // A stream may run for minutes, and most engines count by themselves.
    if (answer.heavy) meter.releasePrompt()
    const encoder = answer.streamEncoder(headOf(answer, start))
    stream.begin(exchange, servedBy)
    admitted.begin(meter, answer.counter)
    answer.openStreams.streamOpened()
    answer.journey.onSeam = (seam) => stream.comment(seamComment(seam))
    let last: string
    try {
      for (; next.done !== true; next = await batches.next()) {
        let text = ''
        for (const event of next.value) text += encoder.push(event)
        if (text === '') continue
        const drained = stream.write(text)
        if (drained !== undefined) await drained
      }
      last = encoder.end()
    } catch (error) {
      // The status is out; the failure is said in the stream, and no [DONE] follows it.
      const failure = failureOf(error, answer.model, stream.signal)
      exchange.notes.failure = failure
      last = encoder.fail(failure)
    } finally {
      answer.openStreams.streamClosed()
    }
    // Success, failure and a client that left all pass here: what was given out is paid for, before the last byte of it.
    const usage = meter.usage()
    exchange.notes.usage = usage
    try {
      await admitted.settle(usage, exchange.notes.failure)
    } catch (error) {
      exchange.notes.failure ??= failureOf(error, answer.model, stream.signal)
      last = encoder.fail(exchange.notes.failure)
    }
    stream.end(last)
  } catch (error) {
    exchange.notes.usage ??= meter.usage()
    // Nothing was given out, and what nobody got is free.
    await admitted.settle(undefined, failureOf(error, answer.model, exchange.signal))
    throw error
  } finally {
    stream.end()
    await batches.return?.()
  }
}

/** Whether the figures of a finished answer are estimates, of its engine or of ours. */
function isApproximate({ meter, journey, counter }: Answer): boolean {
  // Behind a seam a part of the count is ours.
  const isOurs = !meter.reported || meter.fillsIn || journey.seams.length > 0
  return journey.engine?.usage === 'approximate' || (isOurs && !counter.exact)
}

/** The headers that the platform's help centre names, where the account has a limit of requests. */
function sayRoom(exchange: Exchange, room: AdmittedRequest['requests']): void {
  if (room === null) return
  exchange.setHeader('X-RateLimit-Limit', String(room.limit))
  exchange.setHeader('X-RateLimit-Remaining', String(room.remaining))
  exchange.setHeader('X-RateLimit-Reset', String(Math.ceil(room.resetMs / 1000)))
}

/** Cloudflare's clients say so which requests belong together. */
function affinityOf(exchange: Exchange): { readonly sessionAffinity?: string } {
  const sessionAffinity = exchange.header('x-session-affinity')
  return sessionAffinity === undefined ? {} : { sessionAffinity }
}

/** Sets the headers that say truthfully how this answer came about, and returns the one that says who answered. */
function describeAnswer(
  { exchange, leniency }: Answer,
  start: { readonly engine: string; readonly model: string },
  approximate: boolean,
): string {
  exchange.notes.engine = start.engine
  exchange.notes.servedModel = start.model
  const servedBy = `${printable(start.model)}; engine=${printable(start.engine)}`
  exchange.setHeader('x-moonbase-served-by', servedBy)
  if (approximate) exchange.setHeader('x-moonbase-token-count', 'approximate')
  for (const [name, value] of leniency) exchange.setHeader(name, value)
  return servedBy
}

/** Invisible in the text, and there for whoever looks at the stream: a comment of SSE. */
function seamComment({ from, to, reason }: Seam): string {
  return `seam from=${printable(from)} to=${printable(to)} reason=${reason}`
}

function headOf(
  { exchange, model, now }: Answer,
  start: { readonly engine: string; readonly model: string },
): ReplyHead {
  const created = Math.floor(now() / 1000)
  return { id: newReplyId(created, exchange.id), created, model, fingerprint: fingerprintOf(start.engine, start.model) }
}
