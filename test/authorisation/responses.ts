/** Routes of Responses and of the completions beside them. */

import { responsesApi } from '../../packages/server/src/apis/responses/responses-api.ts'
import { completionsFace } from '../faces/completions.ts'
import { textAt } from '../faces/face.ts'
import { responsesFace as face } from '../faces/responses.ts'
import { call } from '../support/call.ts'
import { type ApiRoutes, ask, known } from './routes.ts'

const BODY = { model: 'kimi-k2.5', input: 'say-it' }
const ONE = 'GET /v1/responses/:id'
const THEIRS = { own: 404, other: 200, suspended: 404 }

export const responsesRoutes: ApiRoutes = {
  face,
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the table is read, and nobody is answered
  known: known(responsesApi({} as Parameters<typeof responsesApi>[0]).routes),
  async make({ url }, { key }) {
    const { json } = await call(`${url}/v1/responses`, { key, body: BODY })
    return { response: textAt(json, 'id') }
  },
  asks: [
    ask('POST /v1/responses', { own: 200, suspended: 429 }, { body: BODY }),
    ask('POST /v1/responses', { own: 200, suspended: 429 }, { body: { ...BODY, stream: true } }),
    ask(
      'POST /v1/responses',
      { own: 400, other: 200, suspended: 400 },
      { body: { ...BODY, previous_response_id: '{other.response}' } },
    ),
    ask(ONE, { own: 200, other: 404 }, { path: '/v1/responses/{own.response}' }),
    ask(ONE, THEIRS, { path: '/v1/responses/{other.response}' }),
    // It was not streamed, which only those hear whose it is.
    ask(ONE, { own: 404, other: 400, suspended: 404 }, { path: '/v1/responses/{other.response}?stream=true' }),
    ask('GET /v1/responses/:id/input_items', THEIRS, { path: '/v1/responses/{other.response}/input_items' }),
    ask(
      'POST /v1/responses/:id/cancel',
      { own: 404, other: 400, suspended: 404 },
      { path: '/v1/responses/{other.response}/cancel', body: {} },
    ),
    ask('DELETE /v1/responses/:id', THEIRS, { path: '/v1/responses/{other.response}' }),
    ask('POST /v1/completions', { own: 200, suspended: 429 }, { body: completionsFace.asking('say-it', false) }),
    { method: 'GET', route: undefined, path: '/v1/embeddings', expected: { own: 404 } },
    { method: 'PUT', route: undefined, path: '/v1/responses', expected: { own: 405 } },
  ],
  refusals: {
    400: /^invalid_request_error: /,
    401: /^invalid_request_error: (?:Incorrect API key provided|Invalid Authentication)$/,
    403: /^invalid_request_error: Your IP is not allowed/,
    404: /^invalid_request_error: .*(?:not found|were never a part of this platform|Not found)/,
    405: /^invalid_request_error: .*does not accept PUT/,
    429: /^insufficient_quota: Your account \S+ is suspended/,
  },
}
