/** What the grammar of an answer in JSON has to describe. */

import type { GenerationRequest, JsonSchema } from '@moonbase/core/generation'

type JsonFormat = Exclude<GenerationRequest['responseFormat'], { type: 'text' }>

export function shapeOf(
  format: JsonFormat,
): { readonly type: 'object' } | { readonly type: 'schema'; readonly schema: JsonSchema } {
  return format.type === 'json_object' ? { type: 'object' } : { type: 'schema', schema: format.schema }
}
