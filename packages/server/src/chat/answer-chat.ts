/**
 * The way of one request: decode, contract, route, generate, encode.
 *
 * Whole and streamed replies come from the same supervised stream of events; a whole one is its fold.
 */

import type { Dialect, DecodedRequest, ReplyHead } from '@moonbase/core/dialects'
import { type AgreedRequest, applyContract } from '@moonbase/core/contract'
import { type TokenCounter, Meter, foldReply } from '@moonbase/core/generation'
import { type ModelRoute, type ModelTable, generate } from '@moonbase/core/routing'
import { apiErrorWith } from '@moonbase/protocol'
import type { Exchange } from '../http/exchange.ts'
import { readJson } from '../http/request-body.ts'
import type { Caller } from '../http/router.ts'
import { sendJson, toApiError } from '../http/send-json.ts'
import { lenientHeader } from './lenient-header.ts'
import { fingerprintOf, newReplyId } from './reply-id.ts'

export interface ChatServices {
  readonly models: ModelTable
  readonly counter: TokenCounter
  /** Milliseconds since the Unix epoch. */
  readonly now: () => number
}

/** The route that answers chat completions in one dialect. */
export function answerChat(dialect: Dialect, services: ChatServices) {
  return async (exchange: Exchange, caller: Caller): Promise<void> => {
    const { notes } = exchange
    const body = await readJson(exchange)
    const decoded = dialect.decode(body, caller.key.lenient)
    notes.model = decoded.draft.model
    notes.streamed = decoded.stream
    const route = services.models.find(decoded.draft.model)
    const agreed = applyContract(decoded.draft, {
      model: route.model,
      lenient: caller.key.lenient,
      counter: services.counter,
    })
    const meter = new Meter(services.counter, agreed.promptTokens)
    try {
      const answer = { exchange, decoded, route, agreed, meter, services }
      await (decoded.stream ? answerStream(answer) : answerWhole(answer))
    } finally {
      // Success, failure and a client that left all pass here: what was generated is known in any case.
      notes.usage = meter.usage()
    }
  }
}

interface Answer {
  readonly exchange: Exchange
  readonly decoded: DecodedRequest
  readonly route: ModelRoute
  readonly agreed: AgreedRequest
  readonly meter: Meter
  readonly services: ChatServices
}

async function answerWhole(answer: Answer): Promise<void> {
  const { exchange, decoded, route, agreed, meter } = answer
  const reply = await foldReply(generate(route, agreed.request, meter, exchange.signal))
  describeAnswer(answer, reply, route.engine.usage === 'approximate' || !meter.reported)
  sendJson(exchange, 200, decoded.encodeReply(headOf(answer, reply), reply))
}

async function answerStream(answer: Answer): Promise<void> {
  const { exchange, decoded, route, agreed, meter } = answer
  const events = generate(route, agreed.request, meter, exchange.signal)[Symbol.asyncIterator]()
  try {
    // Until the first event nothing is promised: a failure before it has a status of its own.
    let next = await events.next()
    if (next.done || next.value.type !== 'start') throw apiErrorWith('internal', { reason: 'a stream without start' })
    describeAnswer(answer, next.value, route.engine.usage === 'approximate')
    const encoder = decoded.streamEncoder(headOf(answer, next.value))
    const sink = exchange.openEvents()
    try {
      for (; !next.done; next = await events.next()) {
        const text = encoder.push(next.value)
        if (text === '') continue
        const drained = sink.write(text)
        if (drained !== undefined) await drained
      }
      void sink.write(encoder.end())
    } catch (error) {
      // The status is out; the failure is said in the stream, and no [DONE] follows it.
      const failure = toApiError(error, agreed.request.model, exchange)
      exchange.notes.failure = failure
      void sink.write(encoder.fail(failure))
    } finally {
      sink.end()
    }
  } finally {
    await events.return?.()
  }
}

/** The headers that say truthfully how this answer came about. */
function describeAnswer(
  { exchange, decoded, agreed }: Answer,
  start: { engine: string; model: string },
  approximate: boolean,
): void {
  exchange.notes.engine = start.engine
  exchange.notes.servedModel = start.model
  exchange.setHeader('x-moonbase-served-by', `${printable(start.model)}; engine=${printable(start.engine)}`)
  // A stream's headers leave before its usage is known, so here the engine's word counts; a whole reply knows better.
  if (approximate) exchange.setHeader('x-moonbase-token-count', 'approximate')
  const { relaxations, schemaWarning } = agreed.concessions
  const relaxed = lenientHeader([...decoded.relaxations, ...relaxations])
  if (relaxed !== undefined) exchange.setHeader('x-moonbase-lenient', relaxed)
  if (schemaWarning !== undefined) exchange.setHeader('msh-schema-warning', printable(schemaWarning))
}

/** Words of an upstream or a client end up in a header: only what a header may hold. */
function printable(text: string): string {
  return text.slice(0, MAXIMUM_HEADER_CHARACTERS).replace(/[^\x20-\x7e]/g, '?')
}

const MAXIMUM_HEADER_CHARACTERS = 512

function headOf({ agreed, services }: Answer, start: { engine: string; model: string }): ReplyHead {
  const created = Math.floor(services.now() / 1000)
  return {
    id: newReplyId(created),
    created,
    model: agreed.request.model,
    fingerprint: fingerprintOf(start.engine, start.model),
  }
}
