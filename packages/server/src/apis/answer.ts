/** An answer over HTTP, in whichever dialect: decoded, started, and written. Nothing here is about money. */

import type { Dialect } from '@moonbase/core/dialects'
import { foldReply } from '@moonbase/core/generation'
import type { KeyAccount } from '../accounts/accounts.ts'
import type { Exchange } from '../http/exchange.ts'
import { answerStream } from './answer-stream.ts'
import type { Caller } from './api.ts'
import { headOf } from './reply-head.ts'
import { sayAnswer, sayReceipt, sayRoom } from './answer-headers.ts'
import { type Answer, type AnswerServices, startAnswer } from './start-answer.ts'

/** What an API adds to a dialect that it speaks. */
export interface AnswerForm {
  /** The API's name. */
  readonly api: string
  /** Of whole replies; some clients compare it letter by letter. */
  readonly contentType?: string
}

const JSON_TYPE = 'application/json; charset=utf-8'

/** The route that answers in one dialect, for one API. @throws ApiError every refusal, which is recorded by then */
export function answer(dialect: Dialect, { api, contentType = JSON_TYPE }: AnswerForm, services: AnswerServices) {
  return async (exchange: Exchange, caller: Caller<KeyAccount>): Promise<void> => {
    const started = await startAnswer(dialect, api, exchange, caller, services)
    const { running, writer } = started
    try {
      sayRoom(exchange, running.room)
      await (writer === undefined
        ? answerWhole(started, contentType)
        : answerStream(started, writer, dialect.encodeFailure))
    } catch (error) {
      // Whatever it was that failed: a run is never left open.
      await running[Symbol.asyncDispose]()
      throw error
    } finally {
      writer?.end()
    }
  }
}

async function answerWhole(
  { exchange, running, receipted, whole, leniency, services }: Answer,
  contentType: string,
): Promise<void> {
  const reply = await foldReply(running.events)
  sayAnswer(exchange, running.facts, leniency, running.leniency)
  if (receipted) sayReceipt(exchange, running)
  exchange.send(
    200,
    contentType,
    JSON.stringify(whole(headOf(exchange, running.facts, services.clock.now(), running.facts.usage?.prompt), reply)),
  )
}
