/** Routes of the platform's own API, and what of the server everybody may see. */

import { moonshotApi } from '../../packages/server/src/apis/moonshot/moonshot-api.ts'
import { moonshotFace as face } from '../faces/moonshot.ts'
import { type ApiRoutes, ask, headerOfAnswer, known } from './routes.ts'

const NOBODYS = 'stream-0123456789abcdef0123456789abcdef'
const FOLLOW = 'GET /v1/streams/:id'
const STOP = 'DELETE /v1/streams/:id'
const ESTIMATE = { model: 'kimi-k2.5', messages: [{ role: 'user', content: 'say-it' }] }

export const moonshotRoutes: ApiRoutes = {
  face,
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the table is read, and nobody is answered
  known: known(moonshotApi({} as Parameters<typeof moonshotApi>[0]).routes),
  make: async (server, customer) => ({ stream: await headerOfAnswer(face, server, customer, 'x-moonbase-stream-id') }),
  asks: [
    ask('POST /v1/chat/completions', { own: 200, suspended: 429 }, { body: face.asking('say-it', false) }),
    ask('POST /v1/chat/completions', { own: 200, suspended: 429 }, { body: face.asking('say-it', true) }),
    ask('POST /v1/tokenizers/estimate-token-count', { own: 200, suspended: 429 }, { body: ESTIMATE }),
    ask('GET /v1/models', { own: 200 }),
    ask('GET /v1/models/:id', { own: 200 }, { path: '/v1/models/kimi-k2.5' }),
    ask('GET /v1/users/me/balance', { own: 200 }),
    ask(FOLLOW, { own: 200, other: 404 }, { path: '/v1/streams/{own.stream}' }),
    ask(FOLLOW, { own: 404, other: 200, suspended: 404 }, { path: '/v1/streams/{other.stream}' }),
    ask(FOLLOW, { own: 404 }, { path: `/v1/streams/${NOBODYS}` }),
    // It has ended: nothing changes, and nobody else learns of it.
    ask(STOP, { own: 204, other: 404 }, { path: '/v1/streams/{own.stream}' }),
    ask(STOP, { own: 404, other: 204, suspended: 404 }, { path: '/v1/streams/{other.stream}' }),
    // A key is asked for first.
    { method: 'GET', route: undefined, path: '/v1/nowhere', expected: { own: 404 } },
    { method: 'DELETE', route: undefined, path: '/v1/models', expected: { own: 405 } },
  ],
  refusals: {
    401: /^incorrect_api_key_error: Incorrect API key provided$|^invalid_authentication_error: Invalid Authentication$/,
    403: /^permission_denied_error: Your IP is not allowed to access this organization$/,
    404: /^resource_not_found_error: Not found the (?:stream \S+ or Permission denied|API GET \/v1\/nowhere)$/,
    405: /^invalid_request_error: Invalid request: \/v1\/models does not accept DELETE, use GET$/,
    429: /^exceeded_current_quota_error: Your account \S+<\S+> is suspended, please check your plan and billing details$/,
  },
}
