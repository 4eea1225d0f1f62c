/** What comes and is no request: bytes that are no HTTP, headers past their limit, a body that never came. */

import { randomUUID } from 'node:crypto'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { type ApiError, apiError, apiErrorWith } from '@moonbase/protocol'

/** What a client reads that is refused. */
export interface RefusalBody {
  readonly contentType: string
  readonly body: string
}

/** Such a thing has no path, and so no API: whose words it is refused in is handed in. */
export type SayRefusal = (error: ApiError) => RefusalBody

/** Says what was wrong and closes the connection. */
export function answerBrokenRequest(
  error: NodeJS.ErrnoException,
  socket: Socket,
  bodyTimeoutMs: number,
  say: SayRefusal,
): void {
  if (!socket.writable || error.code === 'ECONNRESET') {
    socket.destroy()
    return
  }
  refuseOnSocket(refusalOf(error, bodyTimeoutMs), socket, say)
}

/** There are too many, and none of them is idle: this one is told so before it has said anything. */
export function refuseConnection(socket: Socket, say: SayRefusal): void {
  socket.on('error', () => socket.destroy())
  const details = { reason: 'there are too many connections', retryAfterMs: TOO_MANY_RETRY_MS }
  refuseOnSocket(apiErrorWith('server_busy', details), socket, say)
  // Behind the words: whoever does not read them has no descriptor for it.
  socket.destroySoon()
}

const TOO_MANY_RETRY_MS = 1000

/** Says it as the last thing on this connection. */
export function refuseOnSocket(refusal: ApiError, socket: Duplex, say: SayRefusal): void {
  const { contentType, body } = say(refusal)
  const id = randomUUID()
  const { retryAfterMs } = refusal
  socket.end(
    `HTTP/1.1 ${refusal.status} ${STATUS_WORDS[refusal.status] ?? 'Error'}\r\n` +
      `Content-Type: ${contentType}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n` +
      (retryAfterMs === undefined ? '' : `Retry-After: ${Math.ceil(retryAfterMs / 1000)}\r\n`) +
      `Msh-Request-Id: ${id}\r\nx-request-id: ${id}\r\nConnection: close\r\n\r\n${body}`,
  )
}

const STATUS_WORDS: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  405: 'Method Not Allowed',
  408: 'Request Timeout',
  431: 'Request Header Fields Too Large',
  503: 'Service Unavailable',
}

function refusalOf(error: NodeJS.ErrnoException, bodyTimeoutMs: number): ApiError {
  if (error.code === 'ERR_HTTP_REQUEST_TIMEOUT') {
    return apiError('body_timeout', { seconds: Math.round(bodyTimeoutMs / 1000) })
  }
  if (error.code === 'HPE_HEADER_OVERFLOW') return apiError('headers_too_large')
  return apiErrorWith(
    'invalid_request',
    { cause: error },
    { details: 'the bytes received are not a valid HTTP request' },
  )
}
