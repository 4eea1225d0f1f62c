/** `POST /v1/tokenizers/estimate-token-count`: what a chat request's prompt costs, by the code that bills it. */

import type { Dialect } from '@moonbase/core/dialects'
import type { KeyAccount } from '../../accounts/accounts.ts'
import type { Exchange } from '../../http/exchange.ts'
import { sendJson } from '../../http/send-json.ts'
import type { Caller } from '../api.ts'
import { type CountServices, countPrompt } from '../count-prompt.ts'

/**
 * Takes the body of a chat request, tools and media included; what is not part of the prompt plays no role. The reply
 * holds both forms that the platform gave: `{"data": {"total_tokens": …}}` of its documentation, and the envelope of
 * `code`, `scode` and `status` around it that it was seen to send.
 */
export function estimateTokens(dialect: Dialect, services: CountServices) {
  return async (exchange: Exchange, caller: Caller<KeyAccount>): Promise<void> => {
    const tokens = await countPrompt(dialect, exchange, caller, services)
    sendJson(exchange, 200, { code: 0, data: { total_tokens: tokens }, scode: '0x0', status: true })
  }
}
