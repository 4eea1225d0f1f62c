/** One run: the request goes out, what comes back is recorded as bytes and told as events. It ends by itself, by its signal, or by a failure that is told. */

import type { ChatCompletion, ChatRequest } from '@moonbase/protocol'
import type { HeaderShown } from '../parts/api/wire-shown.ts'
import { errorOf, isErrorBody, ownError, readBlock, readReceipt, readWhole, type Happened } from './read-chunk.ts'
import { WireRecord } from './wire-record.ts'

const CHAT = '/v1/chat/completions'

export interface RunOptions {
  readonly request: ChatRequest
  readonly detach: boolean
  readonly signal: AbortSignal
  /** Names of engines that run no model. */
  readonly standIns: ReadonlySet<string>
  /** What happened, and how many milliseconds after the beginning. */
  readonly tell: (happened: Happened, ms: number) => void
}

/** Headers of ours that a reader of the wire wants explained. */
const MEANINGS: Readonly<Record<string, string>> = {
  'x-moonbase-stream-id': 'this answer can be read again at /v1/streams/{id}',
  'x-moonbase-served-by': 'another model answered in its place',
  'x-moonbase-lenient': 'values that were replaced, by the switch that let them pass',
  'x-request-id': 'the request in the log',
}

function shownHeaders(headers: Headers): HeaderShown[] {
  return [...headers].map(([name, value]) => {
    const meaning = MEANINGS[name]
    return meaning === undefined ? { name, value } : { name, value, meaning }
  })
}

/** Headers that every run of the page has. */
export function runHeaders(stream: boolean, detach: boolean): Readonly<Record<string, string>> {
  return {
    ...(stream && detach ? { 'x-moonbase-on-disconnect': 'detach' } : {}),
    ...(stream ? { 'x-moonbase-event-ids': 'on' } : {}),
    'x-moonbase-receipt': 'on',
  }
}

function lenientNotes(value: string | null) {
  if (value === null) return []
  return value.split(/,\s*(?![^"]*"(?:[^"]*"[^"]*")*[^"]*$)/).map((part) => {
    const [name = '', fields = ''] = part.split(';fields=')
    return { name: name.trim(), fields: fields.replaceAll('"', '').split(' ').filter(Boolean) }
  })
}

/** `moonbase-offline; engine=offline`, a model and its engine; null where the model that was asked for answered. */
function servedByIn(value: string | null, asked: string, standIns: ReadonlySet<string>) {
  if (value === null) return null
  const [model = '', ...parameters] = value.split(';').map((part) => part.trim())
  const engine = parameters.find((part) => part.startsWith('engine='))?.slice('engine='.length) ?? ''
  // An engine that runs no model is told of by its own chip, not as another model.
  return standIns.has(engine) ? { model: asked, engine, offline: true } : { model, engine }
}

function headOf({ status, headers }: Response, asked: string, standIns: ReadonlySet<string>): Happened {
  const servedBy = servedByIn(headers.get('x-moonbase-served-by'), asked, standIns)
  const streamId = headers.get('x-moonbase-stream-id')
  return {
    type: 'head',
    status,
    requestId: headers.get('x-request-id') ?? headers.get('msh-request-id') ?? '',
    ...(streamId === null ? {} : { streamId }),
    ...(servedBy === null ? {} : { servedBy }),
    lenient: lenientNotes(headers.get('x-moonbase-lenient')),
    countsApproximate: headers.get('x-moonbase-token-count') === 'approximate',
  }
}

function retryAt(headers: Headers): number | undefined {
  const seconds = Number(headers.get('retry-after') ?? Number.NaN)
  return Number.isFinite(seconds) ? Date.now() + seconds * 1000 : undefined
}

/** What is told of a reply that is no 200. */
async function refused(reply: Response, record: WireRecord, ms: number): Promise<Happened> {
  const text = await reply.text()
  record.whole(text, ms)
  let body: unknown = null
  try {
    body = JSON.parse(text)
  } catch {
    // A page of something in between: its status is what is known.
  }
  const at = retryAt(reply.headers)
  const requestId = reply.headers.get('x-request-id') ?? undefined
  return {
    type: 'fail',
    error: errorOf(isErrorBody(body) ? body : null, {
      status: reply.status,
      ...(at === undefined ? {} : { retryAt: at }),
      ...(requestId === undefined ? {} : { requestId }),
    }),
  }
}

export interface Running {
  readonly record: WireRecord
  readonly done: Promise<void>
}

export function runRequest({ request, detach, signal, standIns, tell }: RunOptions): Running {
  const stream = request.stream === true
  const headers = { 'content-type': 'application/json', ...runHeaders(stream, detach) }
  const body = JSON.stringify(request)
  const record = new WireRecord({
    method: 'POST',
    address: `${location.origin}${CHAT}`,
    headers: Object.entries(headers).map(([name, value]) => ({ name, value })),
    body,
  })
  const began = performance.now()
  const now = (): number => performance.now() - began

  const run = async (): Promise<void> => {
    const reply = await fetch(CHAT, { method: 'POST', body, headers: { ...headers, 'x-moonbase-web': '1' }, signal })
    record.head(reply.status, shownHeaders(reply.headers))
    tell(headOf(reply, request.model, standIns), now())
    if (!reply.ok) {
      tell(await refused(reply, record, now()), now())
      return
    }
    if (!stream || reply.body === null) {
      const text = await reply.text()
      record.whole(text, now())
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a reply, by the server's own encoder
      for (const happened of readWhole(JSON.parse(text) as ChatCompletion)) tell(happened, now())
      const receipt = readReceipt(reply.headers.get('x-moonbase-receipt'))
      if (receipt !== null) tell({ type: 'receipt', receipt }, now())
      tell({ type: 'end', cut: ownError('cut', ['again']) }, now())
      return
    }
    const reader = reply.body.getReader()
    for (let read = await reader.read(); !read.done; read = await reader.read())
      for (const block of record.push(read.value)) {
        const n = block.kind === 'event' ? record.number(block.id) : 0
        const ms = now()
        const { happened, described } = readBlock(block, n)
        record.note(block, described, block.kind === 'event' ? n : null, ms)
        for (const one of happened) tell(one, ms)
      }
    tell({ type: 'end', cut: ownError('cut', ['go-on', 'again']) }, now())
  }

  const done = run()
    .catch(() => {
      if (signal.aborted) return
      tell({ type: 'fail', error: ownError('network', ['again']) }, now())
    })
    .finally(() => record.end(now()))
  return { record, done }
}
