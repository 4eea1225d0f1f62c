/** The head of a reply, from text to what it means: strict, because two readings of one head are how replies get mixed up. */

import { TransportError } from '@moonbase/core/engines/openai-compatible'

export interface ReplyHead {
  readonly status: number
  /** Names in lower case; a header that came twice is joined. */
  readonly headers: Readonly<Record<string, string>>
  /** Bytes of the body, or one of the two below. */
  readonly bodyBytes: number
  /** The connection may serve another request behind this reply. */
  readonly persistent: boolean
  /** For how long the other side keeps an idle connection, where it says so. */
  readonly keepAliveMs: number | undefined
}

/** The body says itself where it ends. */
export const CHUNKED = -1
/** The body ends with the connection. */
export const UNTIL_CLOSE = -2

/** What no head may hold: control characters, and line ends that are not both of their characters. */
const FORBIDDEN = /[^\t\r\n\x20-\x7e\x80-\xff]|\r(?!\n|$)|(?<!\r)\n/
const BEGINNING = 'HTTP/1.'

/** Of a head that is not all here: throws as soon as it can no longer become one. */
export function checkBeginning(text: string): void {
  if (!text.startsWith(BEGINNING) && !BEGINNING.startsWith(text)) throw notHttp('what came does not begin as a reply')
  if (FORBIDDEN.test(text)) throw notHttp('a head with a character or a line end that has no place there')
}

/** @param text the status line and all header lines, each with its line end. @throws TransportError */
export function readReplyHead(text: string): ReplyHead {
  checkBeginning(text)
  const statusEnd = text.indexOf('\r\n')
  const isOld = text.charCodeAt(7) === ZERO
  const status = statusOf(text, statusEnd)
  const headers: Record<string, string> = {}
  let length: number | undefined
  let isChunked = false
  let connection = ''
  let keepAlive = ''
  for (let at = statusEnd + 2, end = 0; at < text.length; at = end + 2) {
    end = text.indexOf('\r\n', at)
    const name = nameOf(text, at, end)
    const value = valueOf(text, at + name.length + 1, end)
    const before = headers[name]
    // A name may be one that every object has.
    const joined = typeof before === 'string' ? `${before}, ${value}` : value
    headers[name] = joined
    switch (name) {
      case 'content-length':
        if (length !== undefined) throw notHttp('a head with two lengths')
        length = lengthOf(value)
        break
      case 'transfer-encoding':
        if (isChunked || value.toLowerCase() !== 'chunked') throw notHttp('a transfer encoding other than chunked')
        isChunked = true
        break
      case 'connection':
        connection = joined
        break
      case 'keep-alive':
        keepAlive = joined
    }
  }
  if (isChunked && (isOld || length !== undefined)) throw notHttp('a head with two ways to say where its body ends')
  const isEmpty = status < 200 || status === 204 || status === 304
  const bodyBytes = isEmpty ? 0 : isChunked ? CHUNKED : (length ?? UNTIL_CLOSE)
  return {
    status,
    headers,
    bodyBytes,
    persistent:
      bodyBytes !== UNTIL_CLOSE &&
      // A body where none may be is one that somebody may have sent all the same.
      !(isEmpty && (isChunked || (length ?? 0) > 0)) &&
      (connection === '' ? !isOld : !CLOSE.test(connection) && (!isOld || KEEP_ALIVE.test(connection))),
    keepAliveMs: keepAlive === '' ? undefined : timeoutOf(keepAlive),
  }
}

const CLOSE = /(?:^|,)[\t ]*close[\t ]*(?:,|$)/i
const KEEP_ALIVE = /(?:^|,)[\t ]*keep-alive[\t ]*(?:,|$)/i
const TIMEOUT = /(?:^|,)[\t ]*timeout[\t ]*=[\t ]*"?(\d{1,9})\b/i

const ZERO = 0x30
const SPACE = 0x20
const TAB = 0x09

/** `HTTP/1.x NNN`, and behind another space whatever words there are. */
function statusOf(text: string, end: number): number {
  const version = text.charCodeAt(7) - ZERO
  const afterVersion = text.charCodeAt(8)
  const [hundreds, tens, ones] = [digitAt(text, 9), digitAt(text, 10), digitAt(text, 11)]
  const isLine = end === 12 || (end > 12 && text.charCodeAt(12) === SPACE)
  const isKnown = (version === 0 || version === 1) && afterVersion === SPACE && hundreds >= 1 && hundreds <= 5
  if (!isLine || !isKnown || tens < 0 || ones < 0) throw notHttp('a status line that is none')
  return hundreds * 100 + tens * 10 + ones
}

function digitAt(text: string, at: number): number {
  const digit = text.charCodeAt(at) - ZERO
  return digit >= 0 && digit <= 9 ? digit : -1
}

/** Of a header line, in lower case. A line that goes on from the one before begins with a space, which no name holds. */
function nameOf(text: string, from: number, end: number): string {
  let at = from
  while (at < end && IS_NAME[text.charCodeAt(at)] === 1) at += 1
  if (at === from || at === end || text[at] !== ':') throw notHttp('a header line without a name')
  return text.slice(from, at).toLowerCase()
}

const IS_NAME = new Uint8Array(256)
for (const character of "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") {
  IS_NAME[character.charCodeAt(0)] = 1
}

function valueOf(text: string, from: number, end: number): string {
  let first = from
  let last = end
  while (first < last && isBlank(text.charCodeAt(first))) first += 1
  while (last > first && isBlank(text.charCodeAt(last - 1))) last -= 1
  return text.slice(first, last)
}

function isBlank(code: number): boolean {
  return code === SPACE || code === TAB
}

function lengthOf(value: string): number {
  if (!/^\d{1,15}$/.test(value)) throw notHttp('a length that is no number')
  return Number(value)
}

function timeoutOf(keepAlive: string): number | undefined {
  const seconds = TIMEOUT.exec(keepAlive)?.[1]
  return seconds === undefined ? undefined : Number(seconds) * 1000
}

/** Says what is wrong and never quotes it: the bytes are a piece of somebody's answer. */
export function notHttp(problem: string): TransportError {
  return new TransportError('malformed', `not HTTP: ${problem}`)
}
