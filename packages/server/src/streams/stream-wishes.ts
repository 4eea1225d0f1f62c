/** What a client asks of its stream in headers, and from where it wants to read one again. */

import { apiError } from '@moonbase/protocol'
import type { Exchange } from '../http/exchange.ts'

export interface StreamWishes {
  /** The generation goes on when its client leaves. */
  readonly detach: boolean
  /** Events carry their numbers in `id:` lines. */
  readonly eventIds: boolean
}

const ON_DISCONNECT = 'x-moonbase-on-disconnect'
const EVENT_IDS = 'x-moonbase-event-ids'

/** @throws ApiError for a value that is none of the named ones, or a detached reply that would be no stream */
export function streamWishes(exchange: Pick<Exchange, 'header'>, streamed: boolean): StreamWishes {
  const detach = choice(exchange, ON_DISCONNECT, 'cancel', 'detach')
  const eventIds = choice(exchange, EVENT_IDS, 'off', 'on')
  if (detach && !streamed) {
    throw apiError('invalid_request', { details: `${ON_DISCONNECT}: detach needs a request with stream: true` })
  }
  return { detach, eventIds }
}

/** Whether the second of two words was said. */
function choice(exchange: Pick<Exchange, 'header'>, name: string, otherwise: string, wanted: string): boolean {
  const value = exchange.header(name)
  if (value === undefined || value === otherwise) return false
  if (value === wanted) return true
  throw apiError('invalid_request', { details: `header ${name} must be ${otherwise} or ${wanted}` })
}

/** Fifteen digits are less than the largest safe integer. */
const EVENT_NUMBER = /^\d{1,15}$/

/**
 * The number of the last event that the client has seen; 0 when it says none.
 *
 * `Last-Event-ID` goes before `after`: a browser that reconnects sends it anew each time, and the address as it was.
 *
 * @throws ApiError for anything but a whole number
 */
export function lastSeen(exchange: Pick<Exchange, 'header' | 'query'>): number {
  const header = exchange.header('last-event-id')
  if (header !== undefined && header !== '') return eventNumber('header Last-Event-ID', header)
  const [after, another] = new URLSearchParams(exchange.query).getAll('after')
  if (another !== undefined) throw apiError('invalid_request', { details: 'after must be given once' })
  return after === undefined ? 0 : eventNumber('after', after)
}

function eventNumber(name: string, text: string): number {
  if (EVENT_NUMBER.test(text)) return Number(text)
  throw apiError('invalid_request', { details: `${name} must be the number of an event, 0 or more` })
}
