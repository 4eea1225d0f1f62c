/** Routes of Oxen's API, whose history and favourites are a project's. */

import { oxenApi } from '../../packages/server/src/apis/oxen/oxen-api.ts'
import { oxenFace as face } from '../faces/oxen.ts'
import { type ApiRoutes, ask, headerOfAnswer, known } from './routes.ts'

const MODEL = '/api/ai/models/moonshotai-kimi-k2-5'

export const oxenRoutes: ApiRoutes = {
  face,
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the table is read, and nobody is answered
  known: known(oxenApi({} as Parameters<typeof oxenApi>[0]).routes),
  make: async (server, customer) => ({
    stream: await headerOfAnswer(face, server, customer, 'x-moonbase-stream-id'),
    generation: await headerOfAnswer(face, server, customer, 'x-request-id'),
  }),
  asks: [
    ask('POST /api/ai/chat/completions', { own: 200, suspended: 402 }, { body: face.asking('say-it', false) }),
    ask('POST /api/ai/chat/completions', { own: 200, suspended: 402 }, { body: face.asking('say-it', true) }),
    ask('GET /api/ai/models', { own: 200 }),
    ask('GET /api/ai/models/search', { own: 200 }, { path: '/api/ai/models/search?search=kimi' }),
    ask('GET /api/ai/models/featured', { own: 200 }),
    ask('GET /api/ai/models/favorites', { own: 200 }),
    ask('GET /api/ai/models/:id', { own: 200 }, { path: MODEL }),
    ask('POST /api/ai/models/:id/favorite', { own: 200 }, { path: `${MODEL}/favorite` }),
    ask('DELETE /api/ai/models/:id/favorite', { own: 200 }, { path: `${MODEL}/favorite` }),
    ask('GET /api/ai/generations', { own: 200 }),
    ask(
      'GET /api/ai/generations/:id',
      { own: 200, second: 404, other: 404 },
      { path: '/api/ai/generations/{own.generation}' },
    ),
    ask(
      'GET /api/ai/generations/:id',
      { own: 404, other: 200, suspended: 404 },
      { path: '/api/ai/generations/{other.generation}' },
    ),
    ask('GET /api/ai/streams/:id', { own: 200, other: 404 }, { path: '/api/ai/streams/{own.stream}' }),
    { method: 'GET', route: undefined, path: '/api/ai/nowhere', expected: { own: 404 } },
    { method: 'PUT', route: undefined, path: '/api/ai/models', expected: { own: 405 } },
  ],
  refusals: {
    401: /^unauthenticated: (?:Incorrect API key provided|Invalid Authentication)$/,
    402: /^insufficient_credits: Your account \S+ is suspended/,
    403: /^forbidden: Your IP is not allowed/,
    404: /^resource_not_found: Not found the /,
    405: /^invalid_params: .*does not accept PUT/,
  },
}
