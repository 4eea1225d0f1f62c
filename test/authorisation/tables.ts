/** The matrix of every API that a client asks with a key. */

import { gatewayRoutes } from './ai-gateway.ts'
import { anthropicRoutes } from './anthropic.ts'
import { moonshotRoutes } from './moonshot.ts'
import { oxenRoutes } from './oxen.ts'
import { responsesRoutes } from './responses.ts'
import type { ApiRoutes } from './routes.ts'
import { webRoutes } from './web.ts'
import { bindingRoutes, workersAiRestRoutes } from './workers-ai.ts'

export const API_ROUTES: readonly ApiRoutes[] = [
  moonshotRoutes,
  oxenRoutes,
  responsesRoutes,
  gatewayRoutes,
  bindingRoutes,
  workersAiRestRoutes,
  anthropicRoutes,
  webRoutes,
]
