/** The route table, and nothing else. */

import { moonshot } from '@moonbase/core/dialects/moonshot'
import { showBalance } from './accounts/show-balance.ts'
import { type ChatServices, answerChat } from './chat/answer-chat.ts'
import type { Route } from './http/router.ts'
import type { Ledger } from './ledger/ledger.ts'
import { estimateTokens } from './chat/estimate-tokens.ts'
import { type StreamStore, followStream } from './streams/index.ts'
import { listModels, showModel } from './models/list-models.ts'

interface RouteServices {
  readonly streams: StreamStore
  readonly ledger: Pick<Ledger, 'note' | 'balance'>
}

export function routes(services: ChatServices & RouteServices): readonly Route[] {
  return [
    { method: 'POST', path: '/v1/chat/completions', answer: answerChat(moonshot, services) },
    { method: 'POST', path: '/v1/tokenizers/estimate-token-count', answer: estimateTokens(moonshot, services) },
    { method: 'GET', path: '/v1/models', answer: listModels(services.models) },
    { method: 'GET', path: '/v1/models/:id', answer: showModel(services.models) },
    { method: 'GET', path: '/v1/users/me/balance', answer: showBalance(services.ledger) },
    { method: 'GET', path: '/v1/streams/:id', answer: followStream(services.streams) },
  ]
}
