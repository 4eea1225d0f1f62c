/** Routes of Messages, at both of its bases. */

import { anthropicApi } from '../../packages/server/src/apis/anthropic/anthropic-api.ts'
import { anthropicFace as face } from '../faces/anthropic.ts'
import { type ApiRoutes, type Ask, ask, headerOfAnswer, known } from './routes.ts'

const COUNTED = { model: 'kimi-k2.5', messages: [{ role: 'user', content: 'say-it' }] }
const FOLLOW = 'GET /v1/messages/streams/:id'

const ASKS: readonly Ask[] = [
  ask('POST /v1/messages', { own: 200, suspended: 429 }, { body: face.asking('say-it', false) }),
  ask('POST /v1/messages', { own: 200, suspended: 429 }, { body: face.asking('say-it', true) }),
  ask('POST /v1/messages/count_tokens', { own: 200, suspended: 429 }, { body: COUNTED }),
  ask('GET /v1/models', { own: 200 }),
  ask('GET /v1/models/:id', { own: 200 }, { path: '/v1/models/kimi-k2.5' }),
  ask(FOLLOW, { own: 200, other: 404 }, { path: '/v1/messages/streams/{own.stream}' }),
  ask(FOLLOW, { own: 404, other: 200, suspended: 404 }, { path: '/v1/messages/streams/{other.stream}' }),
  { method: 'GET', route: undefined, path: '/v1/messages/batches', expected: { own: 404 } },
  { method: 'PUT', route: undefined, path: '/v1/messages', expected: { own: 405 } },
]

export const anthropicRoutes: ApiRoutes = {
  face,
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the table is read, and nobody is answered
  known: known(anthropicApi({} as Parameters<typeof anthropicApi>[0]).routes),
  make: async (server, customer) => ({ stream: await headerOfAnswer(face, server, customer, 'x-moonbase-stream-id') }),
  asks: ASKS.flatMap((one) => [
    one,
    { ...one, path: `/anthropic${one.path}`, route: one.route?.replace(' ', ' /anthropic') },
  ]),
  refusals: {
    401: /^authentication_error: /,
    403: /^permission_error: Your IP is not allowed/,
    404: /^not_found_error: /,
    405: /^invalid_request_error: .*does not accept PUT/,
    429: /^billing_error: Your account \S+ is suspended/,
  },
}
