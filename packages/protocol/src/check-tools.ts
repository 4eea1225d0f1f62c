/** The shape of `tools` and `tool_choice`. What is inside `parameters` is MFJS's to judge. */

import { isFields, isOneOf, refuse, shown } from './shape.ts'

export function checkTools(value: unknown): void {
  if (!Array.isArray(value)) throw refuse('tools must be an array')
  for (const [index, tool] of value.entries()) checkTool(tool, `tools[${index}]`)
}

function checkTool(tool: unknown, at: string): void {
  if (!isFields(tool)) throw refuse(`${at} must be an object`)
  const { type, function: described } = tool
  if (!isOneOf(type, ['function', 'builtin_function'])) {
    throw refuse(`${at}.type must be "function" or "builtin_function", but got ${shown(type)}`)
  }
  if (!isFields(described)) throw refuse(`${at}.function is required`)
  if (typeof described['name'] !== 'string') throw refuse(`${at}.function.name is required`)
  const { description, strict } = described
  if (description !== undefined && description !== null && typeof description !== 'string') {
    throw refuse(`${at}.function.description must be a string`)
  }
  if (strict !== undefined && strict !== null && typeof strict !== 'boolean') {
    throw refuse(`${at}.function.strict must be a boolean`)
  }
}

export function checkToolChoice(value: unknown): void {
  if (isOneOf(value, ['auto', 'none', 'required'])) return
  if (!isFields(value)) {
    throw refuse(`tool_choice must be "auto", "none", "required" or an object, but got ${shown(value)}`)
  }
  if (value['type'] !== 'function') throw refuse(`tool_choice.type must be "function", but got ${shown(value['type'])}`)
  const described = value['function']
  if (!isFields(described) || typeof described['name'] !== 'string' || described['name'] === '') {
    throw refuse('tool_choice.function.name is required')
  }
}
