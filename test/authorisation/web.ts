/** What the workbench asks beside the API: a key opens it, too, and a request is its project's. Sessions: `test/page-session.test.ts`. */

import { webApi } from '../../packages/server/src/apis/web/web-api.ts'
import { moonshotFace } from '../faces/moonshot.ts'
import { type ApiRoutes, ask, headerOfAnswer, known } from './routes.ts'

const face = { ...moonshotFace, name: 'web' }
const ONE = 'GET /web/v1/requests/:id'
const TIMELINE = 'GET /web/v1/requests/:id/timeline'
const OWN = { own: 200, second: 404, other: 404 }
const OTHERS = { own: 404, other: 200, suspended: 404 }

export const webRoutes: ApiRoutes = {
  face,
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the table is read, and nobody is answered
  known: known(webApi({} as Parameters<typeof webApi>[0]).routes),
  make: async (server, customer) => ({
    request: await headerOfAnswer(moonshotFace, server, customer, 'x-request-id'),
  }),
  asks: [
    ask('GET /web/v1/me', { own: 200 }),
    ask('POST /web/v1/estimate', { own: 200, suspended: 429 }, { body: face.asking('say-it', false) }),
    ask(ONE, OWN, { path: '/web/v1/requests/{own.request}' }),
    ask(ONE, OTHERS, { path: '/web/v1/requests/{other.request}' }),
    ask(TIMELINE, OWN, { path: '/web/v1/requests/{own.request}/timeline' }),
    ask(TIMELINE, OTHERS, { path: '/web/v1/requests/{other.request}/timeline' }),
    { method: 'GET', route: undefined, path: '/web/v1/nowhere', expected: { own: 404 } },
    { method: 'DELETE', route: undefined, path: '/web/v1/me', expected: { own: 405 } },
  ],
  refusals: {
    401: /^incorrect_api_key_error: Incorrect API key provided$|^invalid_authentication_error: Invalid Authentication$/,
    403: /^permission_denied_error: Your IP is not allowed to access this organization$/,
    404: /^resource_not_found_error: Not found the (?:request \S+ or Permission denied|API GET \/web\/v1\/nowhere)$/,
    405: /^invalid_request_error: Invalid request: \/web\/v1\/me does not accept DELETE, use GET$/,
    429: /^exceeded_current_quota_error: Your account \S+<\S+> is suspended, please check your plan and billing details$/,
  },
}
