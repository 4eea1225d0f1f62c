/** What a request's prompt costs, in whichever dialect, by the code that bills it. */

import type { Dialect } from '@moonbase/core/dialects'
import type { KeyAccount } from '../accounts/accounts.ts'
import type { EstimateLimit } from '../admission/estimate-limit.ts'
import type { Exchange } from '../http/exchange.ts'
import type { CountedDraft } from '../inference/inference.ts'
import type { Caller } from './api.ts'
import { type AnswerServices, lenientOf, termsOf } from './start-answer.ts'
import { wireRequest } from './wire-request.ts'

export interface CountServices extends Pick<AnswerServices, 'inference' | 'clock' | 'parsing' | 'lenientHeader'> {
  readonly estimates: Pick<EstimateLimit, 'take'>
}

/** Tokens. Says in a header that they are approximate. @throws ApiError */
export async function countPrompt(
  dialect: Dialect,
  exchange: Exchange,
  caller: Caller<KeyAccount>,
  services: CountServices,
): Promise<number> {
  const { tokens } = await countRequest(dialect, exchange, caller, services)
  return tokens
}

/** The same, with all that is known of the request before it runs. @throws ApiError */
export async function countRequest(
  dialect: Dialect,
  exchange: Exchange,
  { key: caller, parameters }: Caller<KeyAccount>,
  services: CountServices,
): Promise<CountedDraft> {
  const { inference, clock, parsing, estimates } = services
  const arrivedAt = clock.now()
  estimates.take(caller.organisation)
  const lenient = lenientOf(exchange, caller, dialect, services)
  const wire = await wireRequest(exchange, caller.organisation, parameters, parsing)
  const { draft } = dialect.decode(wire, lenient)
  const counted = await inference.count({
    caller,
    draft,
    bodyBytes: wire.bytes?.length,
    terms: termsOf(exchange, caller, lenient),
    arrivedAt,
    signal: exchange.signal,
    began: ({ model }) => {
      exchange.notes.model = model
    },
  })
  if (!counted.exact) exchange.setHeader('x-moonbase-token-count', 'approximate')
  return counted
}
