/** Which engine serves which model: the first step of routing. */

import { type Model, apiError } from '@moonbase/protocol'
import {
  type Capabilities,
  type Engine,
  type GenerationEvent,
  type GenerationRequest,
  type Meter,
  partialOf,
  supervise,
} from '../generation/index.ts'

export interface ModelRoute {
  readonly model: Model
  readonly engine: Engine
}

/** The models of one server, each with the engine that serves it. */
export class ModelTable {
  readonly #routes: ReadonlyMap<string, ModelRoute>

  constructor(routes: readonly ModelRoute[]) {
    this.#routes = new Map(routes.map((route) => [route.model.id, route]))
  }

  /** The served models, in the order of the configuration. */
  list(): readonly Model[] {
    return [...this.#routes.values()].map((route) => route.model)
  }

  /** Throws the platform's 404 for a model that nobody serves here. */
  find(model: string): ModelRoute {
    const route = this.#routes.get(model)
    if (route === undefined) throw apiError('model_not_found', { model: model.slice(0, SHOWN_MODEL_CHARACTERS) })
    return route
  }
}

const SHOWN_MODEL_CHARACTERS = 128

/** The supervised stream of one generation. Throws an `ApiError` at once when the engine cannot do what is asked. */
export function generate(
  { engine, model }: ModelRoute,
  request: GenerationRequest,
  meter: Meter,
  signal: AbortSignal,
): AsyncIterable<GenerationEvent> {
  const ability = missingAbility(request, engine.can)
  if (ability !== undefined) throw apiError('engine_lacks', { model: model.id, ability })
  return supervise(engine.generate(request, signal), {
    engine: engine.name,
    choices: request.sampling.n,
    meter,
    signal,
  })
}

function missingAbility(request: GenerationRequest, can: Capabilities): string | undefined {
  if (!can.tools && request.tools.length > 0) return 'tools'
  if (!can.forcedTool && request.toolChoice !== 'auto' && request.toolChoice !== 'none') return 'a forced tool_choice'
  if (!can.jsonObject && request.responseFormat.type === 'json_object') return 'response_format json_object'
  if (!can.jsonSchema && request.responseFormat.type === 'json_schema') return 'response_format json_schema'
  if (!can.partial && partialOf(request) !== undefined) return 'partial mode'
  if (can.images && can.video) return undefined
  for (const message of request.messages) {
    if (typeof message.content === 'string') continue
    for (const part of message.content) {
      if (part.type === 'image' && !can.images) return 'image input'
      if (part.type === 'video' && !can.video) return 'video input'
    }
  }
  return undefined
}
