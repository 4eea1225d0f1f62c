/** A reply of server-sent events. */

import type { BodySink, Exchange, ReplyHeader } from './exchange.ts'

export const EVENT_STREAM = 'text/event-stream; charset=utf-8'
/** Proxies in front must neither keep events nor hold them back. */
const EVENT_HEADERS: readonly ReplyHeader[] = [
  ['Cache-Control', 'no-cache'],
  ['X-Accel-Buffering', 'no'],
]

/** Sends status 200 and opens the body. To be called when all other headers are set. */
export function openEvents(exchange: Pick<Exchange, 'open'>): BodySink {
  return exchange.open(200, EVENT_STREAM, EVENT_HEADERS)
}
