/** A streamed answer: each batch is written as it comes, and what closes it comes when it is paid for. */

import { type GenerationEvent, batchesOf } from '@moonbase/core/generation'
import { failureOf } from '@moonbase/core/inference'
import type { Seam } from '@moonbase/core/routing'
import { apiErrorWith, encodeSseComment } from '@moonbase/protocol'
import { openEvents } from '../http/open-events.ts'
import type { Inference } from '../inference/inference.ts'
import type { SayFailure } from '../streams/kept-stream.ts'
import type { StreamWriter } from '../streams/stream-writer.ts'
import { headOf } from './reply-head.ts'
import { printable, sayAnswer } from './answer-headers.ts'
import { receiptText } from './receipt.ts'
import type { Answer, AnswerServices } from './start-answer.ts'

/** What a person waits for; a thought goes before it. */
const ANSWERS: ReadonlySet<GenerationEvent['type']> = new Set(['text', 'tool-call'])

/** @throws what the run fails with before its first event: until then nothing is promised, and a failure has a status of its own */
export async function answerStream(answer: Answer, writer: StreamWriter, sayFailure: SayFailure): Promise<void> {
  const { exchange, running, receipted, events, leniency, services } = answer
  const { facts } = running
  const batches = batchesOf(running.events)[Symbol.asyncIterator]()
  let next = await batches.next()
  if (next.done === true) throw apiErrorWith('internal', { reason: 'a stream without events' })
  const promptTokens = running.counted === undefined ? undefined : await promptTokensOf(running, services)
  const servedBy = sayAnswer(exchange, facts, leniency, running.leniency)
  const encoder = events(headOf(exchange, facts, services.clock.now(), promptTokens))
  if (writer.id !== undefined) exchange.setHeader('x-moonbase-stream-id', writer.id)
  writer.begin(openEvents(exchange), servedBy, sayFailure)
  services.openStreams.streamOpened()
  const pinged =
    encoder.idle === undefined ? undefined : services.pings.watch(() => writer.idle(encoder.idle?.() ?? ''))
  facts.trace.onSeam = (seam) => writer.comment(seamComment(seam))
  let last: string
  let thought = false
  try {
    for (; next.done !== true; next = await batches.next()) {
      let text = ''
      for (const event of next.value) {
        text += encoder.push(event)
        if (event.type === 'reasoning') thought = true
        else if (thought && facts.firstAnswerMs === undefined && ANSWERS.has(event.type)) {
          facts.firstAnswerMs = services.clock.now() - facts.arrivedAt
        }
      }
      if (text === '') continue
      pinged?.heard()
      const drained = writer.write(text)
      if (drained !== undefined) await drained
    }
    last = encoder.end()
  } catch (error) {
    // The status is out; the failure is said in the stream, and nothing that says "complete" follows it.
    const failure = failureOf(error, facts.model, writer.signal)
    exchange.notes.failure = failure
    last = encoder.fail(failure)
    // Where it was the encoder or the writer that failed the run is still open, and is settled before the last byte.
    await running.events.throw?.(failure).catch(() => failure)
  } finally {
    pinged?.end()
    services.openStreams.streamClosed()
  }
  const { receipt } = running
  writer.end(receipted && receipt !== undefined ? withReceipt(last, receiptText(receipt)) : last)
}

const BLANK_LINE = '\n\n'

/** Before the last event, which says that it is complete, and behind which nobody reads. By then it is paid for. */
function withReceipt(events: string, receipt: string): string {
  const end = events.endsWith(BLANK_LINE) ? events.length - BLANK_LINE.length : events.length
  const at = events.lastIndexOf(BLANK_LINE, end - 1)
  const last = at === -1 ? 0 : at + BLANK_LINE.length
  return events.slice(0, last) + encodeSseComment(`receipt ${receipt}`) + events.slice(last)
}

/** The first token does not wait longer for the count of the prompt. */
const MOST_WAIT_MS = 20

/** Made once: one for each answer would be made with its stack. */
const WAITED = new Error('it is waited for no longer')

/** Our count where it is there, else a guess: the end of the stream tells the truth. */
async function promptTokensOf({ counted, promptTokensGuess }: Inference, { clock }: AnswerServices): Promise<number> {
  const wait = new AbortController()
  const late = clock.sleep(MOST_WAIT_MS, wait.signal).catch(() => undefined)
  const tokens = await Promise.race([counted, late])
  wait.abort(WAITED)
  return tokens ?? promptTokensGuess
}

/** Invisible in the text, and there for whoever looks at the stream: a comment of SSE. */
function seamComment({ from, to, reason }: Seam): string {
  return `seam from=${printable(from)} to=${printable(to)} reason=${reason}`
}
