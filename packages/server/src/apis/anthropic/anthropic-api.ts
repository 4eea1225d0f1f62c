/** Anthropic's Messages API, below `/anthropic` as the hosted platform had it, and at the provider's own paths. */

import { randomBytes } from 'node:crypto'
import { anthropic } from '@moonbase/core/dialects/anthropic'
import { mediaFromUrl } from '@moonbase/core/generation'
import type { ModelTable } from '@moonbase/core/routing'
import type { Accounts, KeyAccount } from '../../accounts/accounts.ts'
import { admissionError } from '../../admission/limit-errors.ts'
import type { Documents } from '../../documents/documents.ts'
import { openServerSecret } from '../../documents/server-secret.ts'
import type { Exchange } from '../../http/exchange.ts'
import { answer } from '../answer.ts'
import type { Api, Caller, Route } from '../api.ts'
import { authenticateKeyOrSession } from '../authenticate-key.ts'
import type { CountServices } from '../count-prompt.ts'
import { followStream } from '../follow-stream.ts'
import type { AnswerServices } from '../start-answer.ts'
import { countTokens } from './count-tokens.ts'
import { listMessageModels, showMessageModel } from './list-message-models.ts'
import { messageCredential } from './message-credential.ts'
import { openThinkingSeal } from './open-thinking-seal.ts'
import { refuseMessage, sayRequest } from './refuse-message.ts'

export interface AnthropicServices extends AnswerServices, CountServices {
  readonly accounts: Pick<Accounts, 'findKey' | 'keyOf'>
  readonly models: ModelTable
  readonly documents: Documents
}

const NAME = 'anthropic'

type Answering = (exchange: Exchange, caller: Caller<KeyAccount>) => Promise<void> | void

export function anthropicApi(services: AnthropicServices): Api<KeyAccount> {
  const { accounts, models, streams } = services
  const answering = opened(services)
  const routes: readonly Route<KeyAccount>[] = [
    {
      method: 'POST',
      path: '/v1/messages',
      answer: async (exchange, caller) => (await answering(caller)).message(exchange, caller),
    },
    {
      method: 'POST',
      path: '/v1/messages/count_tokens',
      answer: async (exchange, caller) => (await answering(caller)).count(exchange, caller),
    },
    { method: 'GET', path: '/v1/models', answer: listMessageModels(models) },
    { method: 'GET', path: '/v1/models/:id', answer: showMessageModel(models) },
    { method: 'GET', path: '/v1/messages/streams/:id', answer: followStream(streams) },
  ]
  return {
    name: NAME,
    provider: 'moonshot_ai',
    prefixes: ['/anthropic', '/v1/messages'],
    // The models are another API's too: clients of this one say which version of it they speak. So do they where they ask
    // for what is not here, and are told that in this form, and not that a key in a header of this one is none.
    claimsUnnamed: (exchange) => exchange.header('anthropic-version') !== undefined,
    order: 'key-first',
    pages: true,
    authentication: authenticateKeyOrSession(accounts, messageCredential),
    routes: routes.flatMap((route) => {
      const { method, path } = route
      const said: Route<KeyAccount>['answer'] = (exchange, caller) => {
        sayRequest(exchange)
        return route.answer(exchange, caller)
      }
      return [
        { method, path, answer: said },
        { method, path: `/anthropic${path}`, answer: said },
      ]
    }),
    refuse: refuseMessage,
  }
}

interface Open {
  readonly message: Answering
  readonly count: Answering
}

/** Organisations whose seals are at hand; the next request of another opens its own. */
const MOST_OPEN = 1_000

/**
 * What needs the secret, for each organisation its own: nothing of one is opened for another. The secret is asked for with the
 * first request, and again with the next one where the documents could not be reached.
 */
function opened(services: AnthropicServices): (caller: Caller<KeyAccount>) => Promise<Open> {
  const { documents, clock } = services
  const open = new Map<string, Open>()
  let secret: Promise<Uint8Array> | undefined
  const openFor = async (organisation: string): Promise<Open> => {
    secret ??= openServerSecret(documents, 'thinking', randomBytes, clock.now())
    const parts = { seal: openThinkingSeal(await secret, organisation), readMedia: mediaFromUrl }
    const made = {
      message: answer(anthropic(parts), { api: NAME }, services),
      count: countTokens(anthropic({ ...parts, counting: true }), services),
    }
    if (open.size >= MOST_OPEN) open.clear()
    open.set(organisation, made)
    return made
  }
  return async ({ key }) => {
    const known = open.get(key.organisation)
    if (known !== undefined) return known
    try {
      return await openFor(key.organisation)
    } catch (error) {
      secret = undefined
      throw admissionError(error, key)
    }
  }
}
