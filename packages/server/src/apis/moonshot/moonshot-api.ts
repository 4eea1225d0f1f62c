/** Moonshot's own API, as the hosted platform spoke it: everything that no other API has, so that unknown paths are its refusals. */

import { moonshot } from '@moonbase/core/dialects/moonshot'
import { mediaFromUrl } from '@moonbase/core/generation'
import type { ModelTable } from '@moonbase/core/routing'
import type { Accounts, KeyAccount } from '../../accounts/accounts.ts'
import type { Ledger } from '../../ledger/ledger.ts'
import type { Api } from '../api.ts'
import { authenticateKeyOrSession } from '../authenticate-key.ts'
import { answer } from '../answer.ts'
import type { CountServices } from '../count-prompt.ts'
import { bearerKey } from '../identify.ts'
import { refuse } from '../refuse.ts'
import type { AnswerServices } from '../start-answer.ts'
import { estimateTokens } from './estimate-tokens.ts'
import { followStream } from '../follow-stream.ts'
import { stopStream } from '../stop-stream.ts'
import { listModels, showModel } from './list-models.ts'
import { showBalance } from './show-balance.ts'

export interface MoonshotServices extends AnswerServices, CountServices {
  readonly accounts: Pick<Accounts, 'findKey' | 'keyOf'>
  readonly models: ModelTable
  readonly ledger: Pick<Ledger, 'balance'>
}

const NAME = 'moonshot'

export function moonshotApi(services: MoonshotServices): Api<KeyAccount> {
  const { accounts, models, ledger, streams } = services
  const dialect = moonshot(mediaFromUrl)
  return {
    name: NAME,
    provider: 'moonshot_ai',
    // `/` is what nobody has. The others are its own, whatever headers a client of another API may add.
    prefixes: ['/', '/v1/chat', '/v1/tokenizers', '/v1/users', '/v1/streams'],
    // As the hosted platform did: an unknown path without a key is a 401.
    order: 'key-first',
    pages: true,
    authentication: authenticateKeyOrSession(accounts, bearerKey),
    routes: [
      { method: 'POST', path: '/v1/chat/completions', answer: answer(dialect, { api: NAME }, services) },
      { method: 'POST', path: '/v1/tokenizers/estimate-token-count', answer: estimateTokens(dialect, services) },
      { method: 'GET', path: '/v1/models', answer: listModels(models) },
      { method: 'GET', path: '/v1/models/:id', answer: showModel(models) },
      { method: 'GET', path: '/v1/users/me/balance', answer: showBalance(ledger) },
      { method: 'GET', path: '/v1/streams/:id', answer: followStream(streams) },
      { method: 'DELETE', path: '/v1/streams/:id', answer: stopStream(streams) },
    ],
    refuse,
  }
}
