/** OpenAI's Responses, its completions of old, and the refusal of what else its clients may ask for. */

import { completions } from '@moonbase/core/dialects/completions'
import { RESPONSES_FORM } from '@moonbase/core/dialects/responses'
import type { Accounts, KeyAccount } from '../../accounts/accounts.ts'
import { sendJson } from '../../http/send-json.ts'
import { answer } from '../answer.ts'
import type { Api } from '../api.ts'
import { authenticateKeyOrSession } from '../authenticate-key.ts'
import { bearerKey } from '../identify.ts'
import { sayRefusal } from '../refuse.ts'
import { ABSENT_PATHS, absentOr } from './absent-apis.ts'
import { type CreateServices, createResponse } from './create-response.ts'
import { cancelResponse, deleteResponse, listInputItems, showResponse } from './show-response.ts'

export interface ResponsesServices extends CreateServices {
  readonly accounts: Pick<Accounts, 'findKey' | 'keyOf'>
}

const NAME = 'responses'

export function responsesApi(services: ResponsesServices): Api<KeyAccount> {
  const { accounts } = services
  return {
    name: NAME,
    provider: 'moonshot_ai',
    prefixes: ['/v1/responses', '/v1/completions', ...ABSENT_PATHS],
    order: 'key-first',
    pages: true,
    authentication: authenticateKeyOrSession(accounts, bearerKey),
    routes: [
      { method: 'POST', path: '/v1/responses', answer: createResponse(NAME, services) },
      { method: 'GET', path: '/v1/responses/:id', answer: showResponse(services) },
      { method: 'DELETE', path: '/v1/responses/:id', answer: deleteResponse(services) },
      { method: 'POST', path: '/v1/responses/:id/cancel', answer: cancelResponse(services) },
      { method: 'GET', path: '/v1/responses/:id/input_items', answer: listInputItems(services) },
      { method: 'POST', path: '/v1/completions', answer: answer(completions, { api: NAME }, services) },
    ],
    refuse(error, exchange) {
      const told = absentOr(error, exchange.method, exchange.path)
      sayRefusal(told, exchange)
      sendJson(exchange, told.status, RESPONSES_FORM.encodeError(told, exchange.id))
    },
  }
}
