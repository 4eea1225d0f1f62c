/** What an operator says that a server is able to do, from its fields on disk. */

import type { CapabilityCorrections } from '@moonbase/core/engines/openai-compatible'

/** What `docs/schemas/moonbase.schema.json` lets through. */
export interface AbilityShape {
  images?: boolean
  video?: boolean
  partial?: boolean
  resume_thoughts?: boolean
  resume_tool_calls?: boolean
  json_object?: boolean
  json_schema?: boolean
  tools?: boolean
  forced_tool?: boolean
}

export function abilitiesFrom({
  resume_thoughts: reasoning,
  resume_tool_calls: toolCalls,
  json_object: jsonObject,
  json_schema: jsonSchema,
  forced_tool: forcedTool,
  ...same
}: AbilityShape): CapabilityCorrections {
  return {
    ...same,
    ...(jsonObject !== undefined && { jsonObject }),
    ...(jsonSchema !== undefined && { jsonSchema }),
    ...(forcedTool !== undefined && { forcedTool }),
    resumes: { ...(reasoning !== undefined && { reasoning }), ...(toolCalls !== undefined && { toolCalls }) },
  }
}
