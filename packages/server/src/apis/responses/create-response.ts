/** `POST /v1/responses`: an answer whole, streamed, or in the background, kept where it is to be. */

import { RESPONSES_FORM } from '@moonbase/core/dialects/responses'
import { batchesOf } from '@moonbase/core/generation'
import type { ModelTable } from '@moonbase/core/routing'
import { ApiError } from '@moonbase/protocol'
import type { KeyAccount } from '../../accounts/accounts.ts'
import type { Exchange } from '../../http/exchange.ts'
import { openEvents } from '../../http/open-events.ts'
import { sendJson } from '../../http/send-json.ts'
import type { BackgroundResponse, BackgroundResponses } from '../../responses/background-responses.ts'
import type { ResponseStore } from '../../responses/response-store.ts'
import { leniencyHeaders, sayAnswer, sayReceipt, sayRoom } from '../answer-headers.ts'
import { answerStream } from '../answer-stream.ts'
import type { Caller } from '../api.ts'
import { type Answer, type AnswerPlan, type AnswerServices, startAnswer } from '../start-answer.ts'
import { type ReadServices, responseReader } from './read-response.ts'
import { ResponseCreation } from './response-creation.ts'
import { truncatedDraft } from './truncated-draft.ts'

export interface CreateServices extends AnswerServices, Omit<ReadServices, 'clock' | 'store'> {
  readonly store: ResponseStore
  readonly background: BackgroundResponses
  readonly models: ModelTable
}

export function createResponse(api: string, services: CreateServices) {
  return async (exchange: Exchange, caller: Caller<KeyAccount>): Promise<void> => {
    const owner = caller.key.organisation
    let creation: ResponseCreation | undefined
    let background: BackgroundResponse | undefined
    const reader = responseReader(services, caller.key, exchange.id)
    let started: Answer
    try {
      started = await startAnswer(reader, api, exchange, caller, services, async (read, asked) => {
        const made = new ResponseCreation(read)
        creation = made
        const draft = await truncatedDraft(read.asked.truncate, asked, exchange, services)
        if (read.asked.background) background = prepared(made, owner, services)
        return { draft, ...(await planOf(made, background, owner, exchange, services)) }
      })
    } catch (error) {
      if (creation?.encoder === undefined || !isFullWindow(error)) throw error
      // Agents of this wire look for it in the stream, and nowhere else.
      exchange.notes.failure = error
      const sink = openEvents(exchange)
      void sink.write(creation.encoder.fail(error))
      sink.end()
      return
    }
    if (creation === undefined) throw new Error('a request was started that nobody has read')
    const { running, writer } = started
    try {
      sayRoom(exchange, running.room)
      if (background !== undefined) await goOnAlone(background, creation, started, services)
      else await (writer === undefined ? answerWhole(creation, started) : answerStreamed(creation, started))
    } catch (error) {
      // Whatever it was that failed: a run is never left open.
      await running[Symbol.asyncDispose]()
      writer?.end()
      throw error
    }
  }
}

function isFullWindow(error: unknown): error is ApiError {
  return error instanceof ApiError && error.code === 'window_exceeded'
}

/** What is kept, and when; and whether the client may leave. @throws LedgerError where the store is away */
async function planOf(
  creation: ResponseCreation,
  background: BackgroundResponse | undefined,
  owner: string,
  exchange: Exchange,
  { store }: CreateServices,
): Promise<AnswerPlan> {
  const { asked } = creation
  if (!asked.store) {
    if (asked.unkept) exchange.setHeader('x-moonbase-stored', 'no; reason="the input is too large to be kept"')
    return {}
  }
  await store.makeRoom(owner)
  if (background === undefined) return { withEnd: (end) => creation.writesAt(end, owner, store) }
  return {
    client: creation.encoder === undefined ? 'alone' : 'detach',
    withEnd: (end) => background.atEnd(end),
  }
}

function prepared(
  creation: ResponseCreation,
  owner: string,
  { background }: Pick<CreateServices, 'background'>,
): BackgroundResponse {
  const { id, input } = creation
  return background.prepare({ owner, id, input, stored: creation.stored(), form: creation.form() })
}

async function answerStreamed({ encoder }: ResponseCreation, answer: Answer): Promise<void> {
  const { writer } = answer
  if (encoder === undefined || writer === undefined) throw new Error('a stream has an encoder and a writer')
  try {
    await answerStream({ ...answer, events: () => encoder }, writer, RESPONSES_FORM.encodeFailure)
  } finally {
    writer.end()
  }
}

async function answerWhole(creation: ResponseCreation, answer: Answer): Promise<void> {
  const { exchange, running, leniency, receipted } = answer
  const { response } = creation
  for await (const batch of batchesOf(running.events)) for (const event of batch) response.push(event)
  response.complete()
  sayAnswer(exchange, running.facts, leniency, running.leniency)
  if (receipted) sayReceipt(exchange, running)
  sendJson(exchange, 200, response.toObject())
}

/** Its client has the id with the first bytes, and comes back for the rest. @throws what keeping it throws */
async function goOnAlone(
  background: BackgroundResponse,
  { encoder, response }: ResponseCreation,
  { exchange, running, writer, leniency }: Answer,
  services: CreateServices,
): Promise<void> {
  if (writer === undefined) throw new Error('what runs in the background has a writer')
  const stream = encoder === undefined ? null : (writer.id ?? null)
  const beginning = encoder?.open() ?? ''
  const begin = (): (() => void) => {
    for (const [name, value] of leniencyHeaders(leniency, running.leniency)) exchange.setHeader(name, value)
    if (encoder !== undefined && stream !== null) exchange.setHeader('x-moonbase-stream-id', stream)
    writer.begin(encoder === undefined ? undefined : openEvents(exchange), '', RESPONSES_FORM.encodeFailure)
    if (encoder === undefined) return () => undefined
    void writer.write(beginning)
    services.openStreams.streamOpened()
    const pinged = services.pings.watch(() => writer.idle(encoder.idle()))
    return () => {
      pinged.end()
      services.openStreams.streamClosed()
    }
  }
  await services.background.run(background, running, writer, stream, begin)
  if (encoder === undefined) sendJson(exchange, 200, response.toObject('queued'))
}
