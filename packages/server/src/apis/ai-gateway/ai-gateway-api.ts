/**
 * Cloudflare's AI Gateway: what is asked through a gateway, and gateways and their logs as objects.
 *
 * Its host's paths begin with `/v1`, as those of Kimi's platform do: they are known by an account's id of 32 hexadecimal digits,
 * which no path of that platform has, or by the host; where neither is there, `/ai-gateway` stands in front.
 */

import { apiError } from '@moonbase/protocol'
import type { Accounts, KeyAccount } from '../../accounts/accounts.ts'
import type { GatewayServices } from '../../gateways/open-gateways.ts'
import type { Exchange } from '../../http/exchange.ts'
import { bearerToken } from '../../keys/bearer-token.ts'
import type { Api, Route } from '../api.ts'
import { authenticateKey } from '../authenticate-key.ts'
import { type AnswerRoute, gatedAnswer } from '../gated-answer.ts'
import { bearerKey } from '../identify.ts'
import { sayRefusal } from '../refuse.ts'
import type { AnswerServices } from '../start-answer.ts'
import { bindingRefusal, gatewayRefusal, isOwnRefusal, restRefusal, sendPlain } from './envelopes.ts'
import {
  GATEWAY_PREFIX,
  changeGateway,
  createGateway,
  listGateways,
  removeGateway,
  showGateway,
  showUrl,
} from './gateway-routes.ts'
import { listLogs, patchLog, removeLogs, showBody, showLog } from './log-routes.ts'
import { type RefusalForms, askProvider, askUniversal, refuseSocket } from './provider-routes.ts'
import { type FindEndpoint, openaiRefusal, providerTable } from './provider-table.ts'

export interface AiGatewayServices extends AnswerServices {
  readonly accounts: Pick<Accounts, 'findKey'>
  readonly through: GatewayServices
  /** Endpoints of providers that have a face of their own here. */
  readonly endpoints: FindEndpoint
  /** Where this server is, as far as it knows. */
  readonly ownUrl: () => string
}

const NAME = 'ai-gateway'
const ACCOUNT = '/client/v4/accounts/:account/ai-gateway'
/** Where a gateway is asked: the host's own paths, ours, and those of Cloudflare's dashboard. */
const ASKED = ['/v1/:account/:gateway', `${GATEWAY_PREFIX}/:account/:gateway`, `${ACCOUNT}/inference/:gateway`] as const
const HOST = 'gateway.ai.cloudflare.com'

export function aiGatewayApi(services: AiGatewayServices): Api<KeyAccount> {
  const { accounts } = services
  const providers = providerTable(NAME, services, services.endpoints)
  const gated = gatedAnswer(services)
  const asked = { ...services, gated }
  const forms: RefusalForms = new WeakMap()
  return {
    name: NAME,
    provider: 'cloudflare',
    prefixes: [GATEWAY_PREFIX],
    claims: isGateways,
    order: 'key-first',
    pages: false,
    authentication: authenticateKey(accounts, gatewayKey),
    routes: [
      ...ASKED.flatMap((path): Route<KeyAccount>[] => [
        { method: 'POST', path, answer: askUniversal(providers, forms, asked) },
        { method: 'GET', path, answer: refuseSocket },
        { method: 'POST', path: `${path}/:provider/*`, answer: askProvider(providers, forms, asked) },
      ]),
      ...restRoutes(services),
      ...bindingRoutes(services, askUniversal(providers, forms, asked, true)),
    ],
    refuse(error, exchange) {
      sayRefusal(error, exchange)
      const { path } = exchange
      const isManaged = REST.test(path) || BINDING.test(path)
      if (isManaged) sendPlain(exchange, error.status, REST.test(path) ? restRefusal(error) : bindingRefusal(error))
      else if (isOwnRefusal(error)) sendPlain(exchange, error.status, gatewayRefusal(error))
      else {
        const { status, body } = (forms.get(exchange) ?? openaiRefusal)(error)
        sendPlain(exchange, status, body)
      }
    },
  }
}

function restRoutes({ through, ownUrl }: AiGatewayServices): Route<KeyAccount>[] {
  const all = `${ACCOUNT}/gateways`
  const one = `${all}/:gateway`
  return [
    { method: 'GET', path: all, answer: listGateways(through) },
    { method: 'POST', path: all, answer: createGateway(through) },
    { method: 'GET', path: one, answer: showGateway(through) },
    { method: 'PUT', path: one, answer: changeGateway(through) },
    { method: 'DELETE', path: one, answer: removeGateway(through) },
    { method: 'GET', path: `${one}/url/:provider`, answer: showUrl(through, 'text', ownUrl) },
    { method: 'GET', path: `${one}/logs`, answer: listLogs(through) },
    { method: 'DELETE', path: `${one}/logs`, answer: removeLogs(through) },
    { method: 'GET', path: `${one}/logs/:id`, answer: showLog(through, 'text') },
    { method: 'PATCH', path: `${one}/logs/:id`, answer: patchLog(through, 'text') },
    { method: 'GET', path: `${one}/logs/:id/request`, answer: showBody(through, 'request') },
    { method: 'GET', path: `${one}/logs/:id/response`, answer: showBody(through, 'response') },
  ]
}

/** What the binding's class for a gateway asks; every caller of it is authenticated. */
function bindingRoutes({ through, ownUrl }: AiGatewayServices, universal: AnswerRoute): Route<KeyAccount>[] {
  const one = '/ai-gateway/gateways/:gateway'
  return [
    { method: 'GET', path: `${one}/url/:provider`, answer: showUrl(through, 'object', ownUrl) },
    { method: 'GET', path: `${one}/logs/:id`, answer: showLog(through, 'object') },
    { method: 'PATCH', path: `${one}/logs/:id`, answer: patchLog(through, 'object') },
    { method: 'POST', path: '/ai-gateway/universal/run/:gateway', answer: universal },
  ]
}

const REST = /^\/client\/v4\/accounts\/[^/]+\/ai-gateway\/gateways(?:\/|$)/
const BINDING = /^\/ai-gateway\/(?:gateways\/[^/]+\/(?:url|logs)\/|universal\/run\/)/
const OWN = [/^\/v1\/[\da-f]{32}\//, /^\/client\/v4\/accounts\/[^/]+\/ai-gateway\//, BINDING]

function isGateways(exchange: Pick<Exchange, 'path' | 'header'>): boolean {
  return exchange.header('host') === HOST || OWN.some((path) => path.test(exchange.path))
}

/** Of `cf-aig-authorization` where that is there: then `Authorization` is a provider's key, of which there is none here. */
function gatewayKey(exchange: Pick<Exchange, 'header'>): string | undefined {
  const own = exchange.header('cf-aig-authorization')
  if (own === undefined) return bearerKey(exchange)
  const key = bearerToken(own)
  if (key === undefined) throw apiError('invalid_authentication')
  return key
}
