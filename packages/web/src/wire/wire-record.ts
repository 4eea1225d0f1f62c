/** Bytes of a reply as they came, cut into lines and events: each has its time, its size and its text. Old ones are dropped from the view. */

import { type SseEvent, SseParser } from '@moonbase/protocol'
import type { HeaderShown, WireEventShown, WireKind, WireShown } from './wire-shown.ts'

/** Bytes of text that are kept for one answer. */
const KEPT_BYTES = 16 * 1024 * 1024

/** What one block of the stream is: an event with its data, or a comment. */
export type WireBlock =
  | { readonly kind: 'event'; readonly data: string; readonly id: number | null }
  | { readonly kind: 'comment'; readonly text: string }

function blockOf({ data, id }: SseEvent): WireBlock {
  const number = Number(id ?? Number.NaN)
  return { kind: 'event', data, id: Number.isInteger(number) ? number : null }
}

export interface Described {
  readonly kind: WireKind
  readonly says: string
}

export interface Sent {
  readonly method: string
  readonly address: string
  readonly headers: readonly HeaderShown[]
  readonly body: string
}

export class WireRecord {
  readonly #sent: Sent
  readonly #at = new Date().toISOString()
  /** Of the bytes in hand, with how many of their events came before. */
  #comments: { readonly text: string; readonly before: number }[] = []
  #parser = this.#newParser()
  #status: number | null = null
  #headers: readonly HeaderShown[] = []
  #body = ''
  #events: WireEventShown[] = []
  #bytes = 0
  #keptBytes = 0
  #dropped = 0
  #next = 0
  #number = 0
  #ms = 0
  #alive = true
  #shown: WireShown | null = null

  constructor(sent: Sent) {
    this.#sent = sent
  }

  head(status: number, headers: readonly HeaderShown[]): void {
    this.#status = status
    this.#headers = headers
    this.#shown = null
  }

  whole(body: string, ms: number): void {
    this.#body = body
    this.#bytes = new TextEncoder().encode(body).length
    this.#ms = ms
    this.#shown = null
  }

  /** The blocks that these bytes completed. @throws SseLimitError for an event that is longer than any answer */
  push(chunk: Uint8Array): WireBlock[] {
    this.#bytes += chunk.length
    this.#comments = []
    const blocks = this.#parser.push(chunk).map(blockOf)
    for (const { text, before } of this.#comments.toReversed()) {
      blocks.splice(before, 0, { kind: 'comment', text: text.trim() })
    }
    return blocks
  }

  #newParser(): SseParser {
    return new SseParser({ onComment: (text, before) => void this.#comments.push({ text, before }) })
  }

  /** Counts an event of the stream; comments have no number. */
  number(id: number | null): number {
    this.#number = id ?? this.#number + 1
    return this.#number
  }

  /** Another connection: half an event of the one before is not gone on with, and events are numbered behind `after`. */
  again(after: number): void {
    this.#parser = this.#newParser()
    this.#number = after
  }

  note(block: WireBlock, { kind, says }: Described, n: number | null, ms: number): void {
    const raw = block.kind === 'comment' ? `: ${block.text}` : `${n === null ? '' : `id: ${n}\n`}data: ${block.data}`
    const bytes = raw.length
    this.#events.push({ key: this.#next, n, ms, kind, says, raw, bytes })
    this.#next += 1
    this.#keptBytes += bytes
    this.#ms = ms
    this.#shown = null
    if (this.#keptBytes <= KEPT_BYTES) return
    // A quarter at a time: one by one would copy the list for each event.
    const gone = this.#events.splice(0, Math.ceil(this.#events.length / 4))
    const bytesGone = gone.reduce((sum, event) => sum + event.bytes, 0)
    this.#keptBytes -= bytesGone
    this.#dropped += bytesGone
  }

  end(ms: number): void {
    this.#alive = false
    this.#ms = Math.max(this.#ms, ms)
    this.#shown = null
  }

  /** The same object until something has come. */
  shown(): WireShown {
    this.#shown ??= {
      method: this.#sent.method,
      address: this.#sent.address,
      requestHeaders: this.#sent.headers,
      requestBody: this.#sent.body,
      status: this.#status,
      responseHeaders: this.#headers,
      responseBody: this.#body,
      events: [...this.#events],
      bytes: this.#bytes,
      dropped: this.#dropped,
      ms: this.#ms,
      alive: this.#alive,
    }
    return this.#shown
  }

  /** The exchange as an HTTP archive 1.2; keys and cookies were never in it. */
  har(): string {
    const { method, address, requestHeaders, requestBody, status, responseHeaders, responseBody, events, ms } =
      this.shown()
    const text = responseBody === '' ? events.map(({ raw }) => `${raw}\n\n`).join('') : responseBody
    const entry = {
      startedDateTime: this.#at,
      time: ms,
      request: {
        method,
        url: address,
        httpVersion: 'HTTP/1.1',
        headers: requestHeaders,
        queryString: [],
        cookies: [],
        headersSize: -1,
        bodySize: requestBody.length,
        postData: { mimeType: 'application/json', text: requestBody },
      },
      response: {
        status: status ?? 0,
        statusText: '',
        httpVersion: 'HTTP/1.1',
        headers: responseHeaders.map(({ name, value }) => ({ name, value })),
        cookies: [],
        content: { size: text.length, mimeType: responseBody === '' ? 'text/event-stream' : 'application/json', text },
        redirectURL: '',
        headersSize: -1,
        bodySize: -1,
      },
      cache: {},
      timings: { send: 0, wait: events[0]?.ms ?? ms, receive: ms - (events[0]?.ms ?? ms) },
    }
    return JSON.stringify(
      { log: { version: '1.2', creator: { name: 'moonbase', version: '' }, entries: [entry] } },
      null,
      2,
    )
  }
}
