/** `POST /v1/tokenizers/estimate-token-count`: what a chat request's prompt costs, by the code that bills it. */

import type { Dialect } from '@moonbase/core/dialects'
import type { KeyAccount } from '../../accounts/accounts.ts'
import type { EstimateLimit } from '../../admission/estimate-limit.ts'
import type { Exchange } from '../../http/exchange.ts'
import { sendJson } from '../../http/send-json.ts'
import { type AnswerServices, lenientOf, termsOf } from '../start-answer.ts'
import type { Caller } from '../api.ts'
import { wireRequest } from '../wire-request.ts'

export interface EstimateServices extends Pick<AnswerServices, 'inference' | 'clock' | 'parsing' | 'lenientHeader'> {
  readonly estimates: Pick<EstimateLimit, 'take'>
}

/**
 * Takes the body of a chat request, tools and media included; what is not part of the prompt plays no role. The reply
 * holds both forms that the platform gave: `{"data": {"total_tokens": …}}` of its documentation, and the envelope of
 * `code`, `scode` and `status` around it that it was seen to send.
 */
export function estimateTokens(dialect: Dialect, services: EstimateServices) {
  const { inference, clock, parsing, estimates } = services
  return async (exchange: Exchange, { key: caller, parameters }: Caller<KeyAccount>): Promise<void> => {
    const arrivedAt = clock.now()
    estimates.take(caller.organisation)
    const lenient = lenientOf(exchange, caller, dialect, services)
    const wire = await wireRequest(exchange, caller.organisation, parameters, parsing)
    const { draft } = dialect.decode(wire, lenient)
    const { tokens, exact } = await inference.count({
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
    if (!exact) exchange.setHeader('x-moonbase-token-count', 'approximate')
    sendJson(exchange, 200, { code: 0, data: { total_tokens: tokens }, scode: '0x0', status: true })
  }
}
