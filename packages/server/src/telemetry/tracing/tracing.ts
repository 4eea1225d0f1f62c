/** What the server tells a collector of each request, under OpenTelemetry's names. */

import type { ApiError } from '@moonbase/protocol'
import type { Exchange } from '../../http/exchange.ts'

export interface Tracing {
  /**
   * Tells of a request that has ended: a span and a few measures. Never fails, and waits for nothing.
   *
   * @param refusal what the client got instead of an answer
   * @param beganAt in milliseconds since the Unix epoch
   * @returns the id of its trace, for its line in the log
   */
  ended(exchange: EndedExchange, refusal: ApiError | undefined, beganAt: number, elapsedMs: number): string | undefined
  readonly figures: TracingFigures
  /** For the person who starts the server: where it all goes. */
  readonly startLine: string
  /** Sends what waits, and gives up after a while. */
  close(): Promise<void>
}

export type EndedExchange = Pick<Exchange, 'id' | 'method' | 'notes' | 'header'>

/** For metrics; counted since the start. */
export interface TracingFigures {
  readonly sentSpans: number
  /** Because too many waited, or because the collector did not take them. */
  readonly droppedSpans: number
  /** How often the collector did not take what it was sent, spans or measures. */
  readonly failures: number
}

export interface EndedRequest {
  readonly exchange: EndedExchange
  readonly refusal: ApiError | undefined
  readonly beganAt: number
  readonly elapsedMs: number
}
