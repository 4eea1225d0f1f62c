/** Which tool must be called, and whether this model can be made to. A thinking model cannot. */

import { shown } from '@moonbase/protocol'
import { apiError } from '@moonbase/protocol/errors'
import type { Tool, ToolChoice } from '../generation/index.ts'

export function checkToolChoice(choice: ToolChoice, tools: readonly Tool[], thinking: boolean): void {
  if (choice === 'auto' || choice === 'none') return
  const named = choice !== 'required'
  if (thinking) throw apiError('forced_tool_with_thinking', { choice: named ? 'specified' : 'required' })
  if (tools.length === 0) throw apiError('invalid_request', { details: 'tool_choice needs tools' })
  if (named && !tools.some((tool) => tool.name === choice.name)) {
    throw apiError('invalid_request', { details: `tool_choice names ${shown(choice.name)}, which is not in tools` })
  }
}
