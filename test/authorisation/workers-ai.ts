/** Routes of Workers AI: those of the binding, which Miniflare asks too with the key in its path, and those of REST. */

import { bindingApi } from '../../packages/server/src/apis/cloudflare/binding-api.ts'
import { restApi } from '../../packages/server/src/apis/cloudflare/rest-api.ts'
import { bindingFace as face, workersAiChatFace, workersAiRestFace as restFace } from '../faces/workers-ai.ts'
import { ACCOUNT, gatewayClient } from '../support/gateway-client.ts'
import { type ApiRoutes, ask, headerOfAnswer, known } from './routes.ts'

const REST = '/client/v4/accounts/:account/ai'
const AT = REST.replace(':account', ACCOUNT)
const RESUME = 'GET /ai-gateway/gateways/:gateway/run/:run/resume'
const ASKED = { own: 200, suspended: 403 }
/** What another organisation has: the others see no trace of it. */
const THEIRS = { own: 404, other: 200, suspended: 404 }

const inputs = restFace.asking('say-it', false)
const streamed = restFace.asking('say-it', true)
const FILES = { files: [{ name: 'a.txt', mimeType: 'text/plain', data: Buffer.from('Hi').toString('base64') }] }
const FORM =
  '--b\r\ncontent-disposition: form-data; name="files"; filename="a.txt"\r\ncontent-type: text/plain\r\n\r\nHi\r\n--b--\r\n'

const through = (gateway: string) => ({ inputs, options: { gateway: { id: gateway } } })

const refusals: ApiRoutes['refusals'] = {
  400: /^8001: /,
  401: /^10000: Authentication error$/,
  403: /^10000: Your IP is not allowed|^3023: Your account \S+ is suspended/,
  // A gateway, a path; and a run, as its clients know that it is gone.
  404: /^7003: |^: Request not found$/,
  405: /^7001: PUT not supported for requested URI\.$/,
  415: /^8001: /,
}

export const bindingRoutes: ApiRoutes = {
  face,
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the table is read, and nobody is answered
  known: known(bindingApi({} as Parameters<typeof bindingApi>[0]).routes),
  async make(server, customer) {
    const gateway = `of-${customer.keyId}`
    await gatewayClient(server.url, customer.key).make(gateway)
    return { gateway, run: await headerOfAnswer(face, server, customer, 'cf-aig-run-id') }
  },
  asks: [
    ask('POST /run', ASKED, { body: face.asking('say-it', false) }),
    ask('POST /run', ASKED, { path: '/run?version=3', body: face.asking('say-it', true) }),
    ask('POST /ai-gateway/run', ASKED, { body: through('default') }),
    ask('POST /ai-gateway/run', { own: 200, other: 404 }, { body: through('{own.gateway}') }),
    ask('POST /ai-gateway/run', THEIRS, { body: through('{other.gateway}') }),
    // A socket is not built, which is said to those who have a key.
    ask('GET /run', { own: 400 }),
    ask('GET /ai-gateway/run', { own: 400 }),
    ask(RESUME, { own: 200, other: 404 }, { path: '/ai-gateway/gateways/default/run/{own.run}/resume?from=0' }),
    ask(RESUME, THEIRS, { path: '/ai-gateway/gateways/default/run/{other.run}/resume?from=1' }),
    ask('GET /ai-api/models/search', { own: 200 }),
    ask('POST /to-everything/markdown/transformer', { own: 200 }, { body: FILES }),
    ask('GET /to-everything/markdown/supported', { own: 200 }),
    { method: 'GET', route: undefined, path: '/ai-api/nowhere', expected: { own: 404 } },
    { method: 'PUT', route: undefined, path: '/run', expected: { own: 405 } },
  ],
  refusals,
}

export const workersAiRestRoutes: ApiRoutes = {
  face: restFace,
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the table is read, and nobody is answered
  known: known(restApi({} as Parameters<typeof restApi>[0]).routes),
  make: () => Promise.resolve({}),
  asks: [
    ask(`POST ${REST}/run/*`, ASKED, { path: restFace.path, body: inputs }),
    ask(`POST ${REST}/run/*`, ASKED, { path: restFace.path, body: streamed }),
    ask(`POST ${REST}/run`, ASKED, { path: `${AT}/run`, body: { model: 'moonshotai/kimi-k2.5', input: inputs } }),
    ask(`POST ${REST}/v1/chat/completions`, ASKED, {
      path: workersAiChatFace.path,
      body: workersAiChatFace.asking('say-it', false),
    }),
    ask(`GET ${REST}/v1/models`, { own: 405 }, { path: `${AT}/v1/models` }),
    ask(`GET ${REST}/models/search`, { own: 200 }, { path: `${AT}/models/search` }),
    ask(`GET ${REST}/models/schema`, { own: 200 }, { path: `${AT}/models/schema?model=moonshotai/kimi-k2.5` }),
    ask(
      `POST ${REST}/tomarkdown`,
      { own: 200 },
      {
        path: `${AT}/tomarkdown`,
        body: FORM,
        contentType: 'multipart/form-data; boundary=b',
      },
    ),
    ask(`POST ${REST}/tomarkdown`, { own: 415 }, { path: `${AT}/tomarkdown`, body: FILES }),
    ask(`GET ${REST}/tomarkdown/supported`, { own: 200 }, { path: `${AT}/tomarkdown/supported` }),
    { method: 'GET', route: undefined, path: `${AT}/nowhere`, expected: { own: 404 } },
    { method: 'PUT', route: undefined, path: `${AT}/tomarkdown`, expected: { own: 405 } },
  ],
  refusals: { ...refusals, 405: /^7001: (?:GET|PUT) not supported for requested URI\.$/ },
}
