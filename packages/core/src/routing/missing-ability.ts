/** What a request needs that an engine lacks, in words for a client. */

import { apiError } from '@moonbase/protocol/errors'
import {
  type Capabilities,
  type DraftMessage,
  type GenerationRequest,
  mediumOf,
  partialOf,
} from '../generation/index.ts'
import type { ModelRoute } from './model-table.ts'

interface Asked extends Pick<GenerationRequest, 'tools' | 'toolChoice' | 'responseFormat'> {
  /** With what is still elsewhere: its medium is known. */
  readonly messages: readonly DraftMessage[]
}

/** Throws an `ApiError` that names the ability when no engine of the route can do what is asked. */
export function assertAble({ model, targets }: ModelRoute, request: Asked): void {
  let ability: string | undefined
  for (const { can } of targets) {
    const missing = missingAbility(request, can)
    if (missing === undefined) return
    ability ??= missing
  }
  if (ability !== undefined) throw apiError('engine_lacks', { model: model.id, ability })
}

export function missingAbility(request: Asked, can: Capabilities): string | undefined {
  if (!can.tools && request.tools.length > 0) return 'tools'
  if (!can.forcedTool && request.toolChoice !== 'auto' && request.toolChoice !== 'none') return 'a forced tool_choice'
  if (!can.jsonObject && request.responseFormat.type === 'json_object') return 'response_format json_object'
  if (!can.jsonSchema && request.responseFormat.type === 'json_schema') return 'response_format json_schema'
  const partial = partialOf(request)
  if (partial !== undefined) {
    if (partial.toolCalls.length > 0)
      return can.resumes.toolCalls ? missingMedia(request, can) : 'going on in a tool call'
    const inThought = partial.content.length === 0 && (partial.reasoning ?? '') !== ''
    if (inThought && !can.resumes.reasoning) return 'going on in a thought'
    if (!inThought && !can.partial) return 'partial mode'
  }
  return missingMedia(request, can)
}

function missingMedia(request: Asked, can: Capabilities): string | undefined {
  if (can.images && can.video) return undefined
  for (const message of request.messages) {
    if (typeof message.content === 'string') continue
    for (const part of message.content) {
      const medium = mediumOf(part)
      if (medium === 'image' && !can.images) return 'image input'
      if (medium === 'video' && !can.video) return 'video input'
    }
  }
  return undefined
}
