/** The headers that say truthfully how an answer came about. */

import type { RunFacts } from '@moonbase/core/inference'
import type { Relaxation } from '@moonbase/protocol'
import type { Exchange } from '../http/exchange.ts'
import type { Inference } from '../inference/inference.ts'
import { concessionHeaders } from './concession-headers.ts'
import { printable } from './printable.ts'

type Headers = Pick<Exchange, 'setHeader'>

/** The headers that the platform's help centre names, where the account has a limit of requests. */
export function sayRoom(exchange: Headers, room: Inference['room']): void {
  if (room === null) return
  exchange.setHeader('X-RateLimit-Limit', String(room.limit))
  exchange.setHeader('X-RateLimit-Remaining', String(room.remaining))
  exchange.setHeader('X-RateLimit-Reset', String(Math.ceil(room.resetMs / 1000)))
}

/** Of a run that has begun. Returns the header that says who answers. */
export function sayAnswer(
  exchange: Headers,
  { engine = '', servedModel = '', approximate }: Pick<RunFacts, 'engine' | 'servedModel' | 'approximate'>,
  decoded: readonly Relaxation[],
  agreed: Inference['leniency'],
): string {
  const servedBy = `${printable(servedModel)}; engine=${printable(engine)}`
  exchange.setHeader('x-moonbase-served-by', servedBy)
  if (approximate === true) exchange.setHeader('x-moonbase-token-count', 'approximate')
  for (const [name, value] of concessionHeaders(decoded, agreed)) exchange.setHeader(name, value)
  return servedBy
}
