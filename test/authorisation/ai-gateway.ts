/** Routes of AI Gateway: what is asked through gateways, and gateways and their logs as objects. */

import { aiGatewayApi } from '../../packages/server/src/apis/ai-gateway/ai-gateway-api.ts'
import { gatewayFace as face, universalFace } from '../faces/ai-gateway.ts'
import { ACCOUNT, GATEWAY, gatewayClient, header } from '../support/gateway-client.ts'
import { type ApiRoutes, type Ask, ask, known } from './routes.ts'

const REST = '/client/v4/accounts/:account/ai-gateway/gateways'
const AT = REST.replace(':account', ACCOUNT)
const BINDING = '/ai-gateway/gateways/:gateway'
/** What another organisation has: the others see no trace of it. */
const THEIRS = { own: 404, other: 200, suspended: 404 }

/** The three places where a gateway is asked. */
const ASKED = ['/v1/:account/:gateway', '/ai-gateway/v1/:account/:gateway', `${REST.slice(0, -9)}/inference/:gateway`]

const through: readonly Ask[] = ASKED.flatMap((route) => {
  const path = route.replace(':account', ACCOUNT).replace(':gateway', 'default')
  const body = face.asking('say-it', false)
  const streamed = face.asking('say-it', true)
  return [
    ask(`POST ${route}`, { own: 200, suspended: 429 }, { path, body: universalFace.asking('say-it', false) }),
    // A socket is not built, which is said to those who have a key.
    ask(`GET ${route}`, { own: 400 }, { path }),
    ask(`POST ${route}/:provider/*`, { own: 200, suspended: 429 }, { path: `${path}/openai/chat/completions`, body }),
    ask(
      `POST ${route}/:provider/*`,
      { own: 200, suspended: 429 },
      { path: `${path}/openai/chat/completions`, body: streamed },
    ),
    // A gateway of another organisation.
    ask(`POST ${route}/:provider/*`, THEIRS, {
      path: `${path.replace('default', '{other.gateway}')}/openai/chat/completions`,
      body,
    }),
  ]
})

const log = `${AT}/{other.gateway}/logs/{other.log}`

export const gatewayRoutes: ApiRoutes = {
  face,
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the table is read, and nobody is answered
  known: known(aiGatewayApi({ through: {} } as Parameters<typeof aiGatewayApi>[0]).routes),
  async make({ url }, { key, keyId }) {
    const client = gatewayClient(url, key)
    const gateway = `of-${keyId}`
    await client.make(gateway)
    const reply = await client.chat(gateway, face.asking('say-it', false))
    return { gateway, log: header(reply, 'log-id') ?? '' }
  },
  asks: [
    ...through,
    ask(`GET ${REST}`, { own: 200 }, { path: AT }),
    ask(`POST ${REST}`, { own: 200 }, { path: AT, body: { id: 'made-{n}', ...GATEWAY } }),
    ask(`GET ${REST}/:gateway`, { own: 200, other: 404 }, { path: `${AT}/{own.gateway}` }),
    ask(`GET ${REST}/:gateway`, THEIRS, { path: `${AT}/{other.gateway}` }),
    ask(`PUT ${REST}/:gateway`, THEIRS, { path: `${AT}/{other.gateway}`, body: GATEWAY }),
    ask(`GET ${REST}/:gateway/url/:provider`, { own: 200 }, { path: `${AT}/any/url/openai` }),
    // Who has nothing there is shown nothing.
    ask(`GET ${REST}/:gateway/logs`, { own: 200 }, { path: `${AT}/{other.gateway}/logs` }),
    ask(`GET ${REST}/:gateway/logs/:id`, THEIRS, { path: log }),
    ask(`PATCH ${REST}/:gateway/logs/:id`, THEIRS, { path: log, body: { score: 1 } }),
    ask(`GET ${REST}/:gateway/logs/:id/request`, { own: 404 }, { path: `${log}/request` }),
    ask(`GET ${REST}/:gateway/logs/:id/response`, { own: 404 }, { path: `${log}/response` }),
    ask(`GET ${BINDING}/url/:provider`, { own: 200 }, { path: '/ai-gateway/gateways/any/url/openai' }),
    ask(`GET ${BINDING}/logs/:id`, THEIRS, { path: '/ai-gateway/gateways/{other.gateway}/logs/{other.log}' }),
    ask(`PATCH ${BINDING}/logs/:id`, THEIRS, {
      path: '/ai-gateway/gateways/{other.gateway}/logs/{other.log}',
      body: { score: 1 },
    }),
    ask(
      'POST /ai-gateway/universal/run/:gateway',
      { own: 200, suspended: 429 },
      { path: '/ai-gateway/universal/run/default', body: universalFace.asking('say-it', false) },
    ),
    ask(`DELETE ${REST}/:gateway/logs`, { own: 200 }, { path: `${AT}/{other.gateway}/logs` }),
    ask(`DELETE ${REST}/:gateway`, THEIRS, { path: `${AT}/{other.gateway}` }),
    { method: 'GET', route: undefined, path: `${AT}/a/nowhere`, expected: { own: 404 } },
    { method: 'DELETE', route: undefined, path: AT, expected: { own: 405 } },
  ],
  refusals: {
    400: /^8001: /,
    401: /^2009: Unauthorized$|^10000: Authentication error$|^2009: Incorrect API key provided$|^2009: Invalid Authentication$/,
    403: /: Your IP is not allowed/,
    404: /^7003: /,
    405: /^7001: /,
    // The binding has no other form than its own.
    429: /^(?:exceeded_current_quota_error|429): Your account \S+ is suspended/,
  },
}
