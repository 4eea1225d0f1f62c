/** For tests without a port: an exchange that remembers what was said of its reply. */

import type { ApiError } from '@moonbase/protocol'
import type { BodySink, Exchange, ReplyHeader } from '../../http/exchange.ts'

interface RecordedReply {
  status: number | undefined
  contentType: string | undefined
  readonly headers: Record<string, string>
  text: string
  /** Of a body that came bit by bit. */
  readonly pieces: string[]
  /** Whether a body that came bit by bit was ended. */
  ended: boolean
}

export interface RecordedExchange extends Exchange {
  readonly reply: RecordedReply
}

export function recordedExchange(id: string, headers: Readonly<Record<string, string>> = {}): RecordedExchange {
  const abort = new AbortController()
  const reply: RecordedReply = {
    status: undefined,
    contentType: undefined,
    headers: {},
    text: '',
    pieces: [],
    ended: false,
  }
  const say = (piece: string | Uint8Array): void => {
    reply.text += typeof piece === 'string' ? piece : Buffer.from(piece).toString()
  }
  const begin = (status: number, contentType: string): void => {
    if (reply.status !== undefined) throw new Error('a reply is begun once')
    Object.assign(reply, { status, contentType })
  }
  return {
    reply,
    id,
    method: 'POST',
    path: '/',
    query: '',
    address: '127.0.0.1',
    notes: { api: 'test' },
    signal: abort.signal,
    abort: (reason: ApiError) => abort.abort(reason),
    header: (name) => headers[name],
    readBody: () => Promise.reject(new Error('nobody asks for a body here')),
    body() {
      throw new Error('nobody asks for a body here')
    },
    setHeader(name, value) {
      if (name in reply.headers) throw new Error(`the header ${name} is set twice`)
      reply.headers[name] = value
    },
    send(status, contentType, body) {
      begin(status, contentType)
      say(body)
      reply.ended = true
    },
    open(status: number, contentType: string, more: readonly ReplyHeader[] = []): BodySink {
      begin(status, contentType)
      for (const [name, value] of more) reply.headers[name] = value
      return {
        write(piece) {
          say(piece)
          reply.pieces.push(typeof piece === 'string' ? piece : Buffer.from(piece).toString())
          return undefined
        },
        end: () => void (reply.ended = true),
      }
    },
  }
}
