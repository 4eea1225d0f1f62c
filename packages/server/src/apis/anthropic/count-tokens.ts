/** `POST /v1/messages/count_tokens`: what a request's prompt costs, by the code that bills it. */

import type { Dialect } from '@moonbase/core/dialects'
import type { KeyAccount } from '../../accounts/accounts.ts'
import type { Exchange } from '../../http/exchange.ts'
import { sendJson } from '../../http/send-json.ts'
import type { Caller } from '../api.ts'
import { type CountServices, countPrompt } from '../count-prompt.ts'

export function countTokens(dialect: Dialect, services: CountServices) {
  return async (exchange: Exchange, caller: Caller<KeyAccount>): Promise<void> =>
    sendJson(exchange, 200, { input_tokens: await countPrompt(dialect, exchange, caller, services) })
}
