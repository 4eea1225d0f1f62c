/** Every face of the server: what is proved for one is proved for all. A new one is a row here. */

import { gatewayFace, universalFace } from './ai-gateway.ts'
import { anthropicFace } from './anthropic.ts'
import { completionsFace } from './completions.ts'
import type { Face } from './face.ts'
import { moonshotFace } from './moonshot.ts'
import { oxenFace } from './oxen.ts'
import { responsesFace } from './responses.ts'
import { bindingFace, workersAiChatFace, workersAiRestFace } from './workers-ai.ts'

export const FACES: readonly Face[] = [
  moonshotFace,
  oxenFace,
  responsesFace,
  completionsFace,
  gatewayFace,
  universalFace,
  bindingFace,
  workersAiRestFace,
  workersAiChatFace,
  anthropicFace,
]
