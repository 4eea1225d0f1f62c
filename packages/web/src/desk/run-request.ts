/** One run of the desk: the client of the server on the one side, the record of the wire and the events of the run on the other. */

import type { ChatRequest } from '@moonbase/protocol'
import { Answer, browser, type Place, runHeaders, type Tap } from '../client/index.ts'
import type { HeaderShown } from '../wire/wire-shown.ts'
import type { Happened } from '../wire/read-chunk.ts'
import { WireRecord } from '../wire/wire-record.ts'

export { runHeaders } from '../client/index.ts'

const CHAT = '/v1/chat/completions'

export interface Wishes {
  readonly detach: boolean
  /** Whether an engine is the stand-in that runs no model. */
  readonly isOffline: (engine: string) => boolean
  /** What happened, and how many milliseconds after the beginning. */
  readonly tell: (happened: Happened, ms: number) => void
}

export interface RunOptions extends Wishes {
  readonly request: ChatRequest
}

export interface ResumeOptions extends Wishes {
  readonly place: Place
  /** Ms since the run began. */
  readonly age: number
}

export interface Running {
  readonly record: WireRecord
  readonly answer: Answer
  readonly done: Promise<void>
}

/** Headers of ours that a reader of the wire wants explained. */
const MEANINGS: Readonly<Record<string, string>> = {
  'x-moonbase-stream-id': 'this answer can be read again at /v1/streams/{id}',
  'x-moonbase-served-by': 'the model and the engine that answered',
  'x-moonbase-lenient': 'values that were replaced, by the switch that let them pass',
  'x-request-id': 'the request in the log',
}

function shownHeaders(headers: Headers): HeaderShown[] {
  return [...headers].map(([name, value]) => {
    const meaning = MEANINGS[name]
    return meaning === undefined ? { name, value } : { name, value, meaning }
  })
}

function tapOf(record: WireRecord): Tap {
  return {
    head: ({ status, headers }) => record.head(status, shownHeaders(headers)),
    whole: (body, ms) => record.whole(body, ms),
    push: (bytes) => record.push(bytes),
    number: (id) => record.number(id),
    note: (block, { described }, n, ms) => record.note(block, described, n, ms),
    again: (after) => record.again(after),
  }
}

export function runRequest({ request, ...wishes }: RunOptions): Running {
  const stream = request.stream === true
  const headers = { 'content-type': 'application/json', ...runHeaders(stream, wishes.detach) }
  const record = new WireRecord({
    method: 'POST',
    address: `${location.origin}${CHAT}`,
    headers: Object.entries(headers).map(([name, value]) => ({ name, value })),
    body: JSON.stringify(request),
  })
  const answer = new Answer({ ...wishes, around: browser, tap: tapOf(record) })
  return begun(record, answer, answer.run(request))
}

/** Goes on with an answer that was under way when its page went. */
export function resumeRun({ place, age, ...wishes }: ResumeOptions): Running {
  const address = `${location.origin}/v1/streams/${place.streamId}?after=${place.after}`
  const record = new WireRecord({ method: 'GET', address, headers: [], body: '' })
  const answer = new Answer({ ...wishes, age, around: browser, tap: tapOf(record) })
  return begun(record, answer, answer.resume(place))
}

function begun(record: WireRecord, answer: Answer, work: Promise<void>): Running {
  const began = performance.now()
  return { record, answer, done: work.finally(() => record.end(performance.now() - began)) }
}
