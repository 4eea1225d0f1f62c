/** `POST /v1/tokenizers/estimate-token-count`: what a chat request's prompt costs, by the code that bills it. */

import { promptOf } from '@moonbase/core/contract'
import type { Dialect } from '@moonbase/core/dialects'
import { assertResolved } from '@moonbase/core/generation'
import { mfjsRules } from '@moonbase/protocol/mfjs'
import type { Exchange } from '../../http/exchange.ts'
import { readJson } from '../../http/request-body.ts'
import type { KeyAccount } from '../../accounts/accounts.ts'
import type { Caller } from '../api.ts'
import { sendJson } from '../../http/send-json.ts'
import { resolveMedia } from '../../media/resolve-media.ts'
import type { ChatServices } from '../answer.ts'
import { counterOf } from '../../inference/counter-of.ts'

/**
 * Takes the body of a chat request, tools and media included; what is not part of the prompt plays no role. The reply
 * holds both forms that the platform gave: `{"data": {"total_tokens": …}}` of its documentation, and the envelope of
 * `code`, `scode` and `status` around it that it was seen to send.
 */
export function estimateTokens(dialect: Dialect, services: ChatServices) {
  return async (exchange: Exchange, { key: { lenient } }: Caller<KeyAccount>): Promise<void> => {
    const { draft } = dialect.decode(await readJson(exchange), lenient)
    const route = services.models.find(draft.model)
    const { model } = route
    exchange.notes.model = model.id
    const prompt = promptOf(draft, { model, lenient, schemas: mfjsRules })
    const messages = await resolveMedia(prompt.messages, services.measureVideo, exchange.signal)
    assertResolved(messages)
    const counter = counterOf(route, services.counter)
    const tokens = await counter.countPromptAside({ ...prompt, messages })
    if (!counter.exact) exchange.setHeader('x-moonbase-token-count', 'approximate')
    sendJson(exchange, 200, { code: 0, data: { total_tokens: tokens }, scode: '0x0', status: true })
  }
}
