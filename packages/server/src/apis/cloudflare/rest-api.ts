/** Cloudflare's REST API for Workers AI, below an account: the key says whose request it is, and any account id is taken. */

import {
  HOSTED_SCHEMA,
  PROXIED_SCHEMA,
  chatRun,
  namedModel,
  namedRun,
  pathRun,
} from '@moonbase/core/dialects/workers-ai'
import type { ModelTable } from '@moonbase/core/routing'
import { apiError } from '@moonbase/protocol'
import type { Accounts, KeyAccount } from '../../accounts/accounts.ts'
import type { Exchange } from '../../http/exchange.ts'
import type { Api, Route } from '../api.ts'
import { bearerKey } from '../identify.ts'
import { authenticateKey } from '../authenticate-key.ts'
import { type BindingServices, type RunRoute, countedRun } from './binding-routes.ts'
import { restMarkdown, supportedFormats } from './convert-documents.ts'
import { takesCurl } from './curl-body.ts'
import { gatedRun, gatewayOfHeader } from './gated-run.ts'
import { refuseChat, refuseRest, sendPlain } from './refusals.ts'
import { searchModels } from './search-models.ts'

export interface RestServices extends BindingServices {
  readonly accounts: Pick<Accounts, 'findKey'>
  readonly models: ModelTable
}

const NAME = 'workers-ai-rest'
const ACCOUNT = '/client/v4/accounts/:account/ai'

export function restApi(services: RestServices): Api<KeyAccount> {
  const { models, accounts } = services
  const way = { api: NAME, gateway: gatewayOfHeader }
  const byPath = gatedRun({ ...way, read: pathRun, form: 'enveloped' }, services)
  const byName = gatedRun({ ...way, read: namedRun, form: 'enveloped' }, services)
  const chat = gatedRun({ ...way, read: chatRun, form: 'chat' }, services)
  const routes: Route<KeyAccount>[] = [
    { method: 'POST', path: `${ACCOUNT}/run/*`, answer: restRun(byPath) },
    { method: 'POST', path: `${ACCOUNT}/run`, answer: restRun(byName) },
    { method: 'POST', path: `${ACCOUNT}/v1/chat/completions`, answer: restRun(chat) },
    { method: 'GET', path: `${ACCOUNT}/v1/models`, answer: refuseMethod },
    {
      method: 'GET',
      path: `${ACCOUNT}/models/search`,
      answer: (exchange) => sendResult(exchange, searchModels(models, exchange.query)),
    },
    {
      method: 'GET',
      path: `${ACCOUNT}/models/schema`,
      answer: (exchange) => sendResult(exchange, schemaOf(models, exchange.query)),
    },
    { method: 'POST', path: `${ACCOUNT}/tomarkdown`, answer: restMarkdown(services, sendResult) },
    {
      method: 'GET',
      path: `${ACCOUNT}/tomarkdown/supported`,
      answer: (exchange) => sendResult(exchange, supportedFormats()),
    },
  ]
  return {
    name: NAME,
    provider: 'cloudflare',
    prefixes: ['/client/v4'],
    order: 'key-first',
    pages: true,
    authentication: authenticateKey(accounts, bearerKey),
    routes,
    refuse(error, exchange) {
      if (CHAT.test(exchange.path)) refuseChat(error, exchange)
      else refuseRest(error, exchange, MODEL.exec(exchange.path)?.[1])
    },
  }
}

function restRun(route: RunRoute): RunRoute {
  return countedRun(takesCurl(route))
}

/** OpenAI's clients call here, and look for an error where OpenAI has it. */
const CHAT = /^\/client\/v4\/accounts\/[^/]+\/ai\/v1\//
const MODEL = /^\/client\/v4\/accounts\/[^/]+\/ai\/run\/(.+)$/

function sendResult(exchange: Pick<Exchange, 'send'>, result: unknown): void {
  sendPlain(exchange, 200, { result, success: true, errors: [], messages: [] })
}

/** There is no such list on the platform: OpenAI's clients get this where they look for one. */
function refuseMethod({ method, path }: Exchange): never {
  throw apiError('method_not_allowed', { method, path, allowed: 'models/search' })
}

/** What was published for a model that is served here. @throws ApiError */
function schemaOf(models: ModelTable, query: string): unknown {
  const asked = new URLSearchParams(query).get('model')
  if (asked === null || asked === '') throw apiError('invalid_request', { details: 'model is required' })
  const { id, hosted } = namedModel(asked)
  models.find(id)
  return hosted ? HOSTED_SCHEMA : PROXIED_SCHEMA
}
