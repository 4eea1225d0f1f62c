/** Oxen.ai's inference API below `/api/ai`: chat completions, the models with favourites, and the history of what was asked. */

import { oxen, oxenFault } from '@moonbase/core/dialects/oxen'
import { mediaFromUrl } from '@moonbase/core/generation'
import type { Accounts, KeyAccount } from '../../accounts/accounts.ts'
import type { Documents } from '../../documents/documents.ts'
import { sendJson } from '../../http/send-json.ts'
import type { ModelTable } from '@moonbase/core/routing'
import { answer } from '../answer.ts'
import type { Api } from '../api.ts'
import { authenticateKey } from '../authenticate-key.ts'
import { followStream } from '../follow-stream.ts'
import { bearerKey } from '../identify.ts'
import { sayRefusal } from '../refuse.ts'
import type { AnswerServices } from '../start-answer.ts'
import { Favourites } from './favourites.ts'
import { type GenerationParts, listGenerations, showGeneration } from './generations.ts'
import { OxenModels } from './list-models.ts'

export interface OxenServices extends AnswerServices {
  readonly accounts: Pick<Accounts, 'findKey' | 'prices'>
  readonly models: ModelTable
  readonly documents: Documents
  readonly usage: GenerationParts['usage']
}

const NAME = 'oxen'

export function oxenApi(services: OxenServices): Api<KeyAccount> {
  const { accounts, models, documents, usage, streams, clock } = services
  const now = (): number => clock.now()
  const favourites = new Favourites(documents, now)
  const listed = new OxenModels({ models, accounts, favourites, now })
  const history = { usage, now }
  return {
    name: NAME,
    provider: 'oxen',
    prefixes: ['/api/ai'],
    order: 'key-first',
    pages: true,
    authentication: authenticateKey(accounts, bearerKey),
    routes: [
      { method: 'POST', path: '/api/ai/chat/completions', answer: answer(oxen(mediaFromUrl), { api: NAME }, services) },
      { method: 'GET', path: '/api/ai/models', answer: listed.list },
      { method: 'GET', path: '/api/ai/models/search', answer: listed.search },
      { method: 'GET', path: '/api/ai/models/featured', answer: listed.featured },
      { method: 'GET', path: '/api/ai/models/favorites', answer: listed.marked },
      { method: 'GET', path: '/api/ai/models/:id', answer: listed.show },
      { method: 'POST', path: '/api/ai/models/:id/favorite', answer: listed.mark },
      { method: 'DELETE', path: '/api/ai/models/:id/favorite', answer: listed.unmark },
      { method: 'GET', path: '/api/ai/generations', answer: listGenerations(history, NAME) },
      { method: 'GET', path: '/api/ai/generations/:id', answer: showGeneration(history, NAME) },
      { method: 'GET', path: '/api/ai/streams/:id', answer: followStream(streams) },
    ],
    refuse(error, exchange) {
      const { status, body } = oxenFault(error)
      sayRefusal(error, exchange)
      sendJson(exchange, status, body)
    },
  }
}
