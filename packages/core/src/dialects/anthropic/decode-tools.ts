/** The tools of a request, and which of them the model may or must call. */

import type { LeniencyNote } from '@moonbase/protocol'
import type { JsonSchema, Tool, ToolChoice } from '../../generation/index.ts'
import type { ToolChanges } from './tool-changes.ts'
import type { ToolNames } from './tool-names.ts'
import { type Fields, fieldsOf, listOf, optionalFlag, optionalText, textOf, wrong } from './wire-checks.ts'

export interface DecodedTools {
  readonly tools: readonly Tool[]
  readonly choice: ToolChoice
  /** At most one call is given out. */
  readonly single: boolean
  /** Tools that only the provider of this wire runs: the model is not told of them, and the reply names them. */
  readonly notes: readonly LeniencyNote[]
}

/** What a tool is called, for whoever reads names before anything else. */
export function declaredNames(body: Fields): readonly string[] {
  return declared(body).flatMap(({ name }) => (typeof name === 'string' ? [name] : []))
}

/**
 * A tool that is deferred is offered when the conversation refers to it; all are where the search that would find them is the
 * provider's own and so does not run here.
 */
export function decodeTools(body: Fields, names: ToolNames, changes: ToolChanges): DecodedTools {
  const notes: LeniencyNote[] = []
  const tools: Tool[] = []
  const { choice, single, named } = decodeChoice(body['tool_choice'], names)
  const all = [...declared(body), ...changes.defined]
  const searchIsElsewhere = all.some(({ type }) => typeof type === 'string' && type.startsWith('tool_search_tool'))
  for (const [index, tool] of all.entries()) {
    const { type } = tool
    if (type !== undefined && type !== null && type !== 'custom') {
      const name = optionalText(tool['name'], `tools.${index}.name`) ?? textOf(type, `tools.${index}.type`)
      if (name === named)
        throw wrong(
          'tool_choice.name',
          `only the provider of this API runs its tool of type '${textOf(type, `tools.${index}.type`).slice(0, 64)}'`,
        )
      notes.push({ switch: 'ignore-unknown-fields', field: `tools.${name}` })
      continue
    }
    const at = `tools.${index}.custom`
    const name = nameOf(tool, at)
    const added = changes.isAdded(name)
    const deferred = tool['defer_loading'] === true && name !== named && !searchIsElsewhere
    if (added === false || (deferred && added !== true)) continue
    tools.push(decodeTool(tool, names.toModel(name), at))
  }
  return { tools, choice, single, notes }
}

function declared(body: Fields): readonly Fields[] {
  const { tools } = body
  if (tools === undefined || tools === null) return []
  return listOf(tools, 'tools').map((tool, index) => fieldsOf(tool, `tools.${index}`))
}

/** Longer ones, and other characters, are refused by the provider of this wire too. */
const NAME = /^[a-zA-Z0-9_-]{1,128}$/

function nameOf(tool: Fields, at: string): string {
  const name = textOf(tool['name'], `${at}.name`)
  if (NAME.test(name)) return name
  throw wrong(`${at}.name`, `String should match pattern '${NAME.source}'`)
}

function decodeTool(tool: Fields, name: string, at: string): Tool {
  const description = optionalText(tool['description'], `${at}.description`)
  return {
    type: 'function',
    name,
    parameters: schemaOf(tool['input_schema'], `${at}.input_schema`),
    // The model's own API checks a schema unless it is told not to.
    strict: optionalFlag(tool['strict'], `${at}.strict`) ?? true,
    ...(description ? { description } : {}),
  }
}

/** Left out it means no arguments; a root without a type is an object, as nothing else can be. */
function schemaOf(schema: unknown, at: string): JsonSchema {
  if (schema === undefined || schema === null) return NO_ARGUMENTS
  const fields = fieldsOf(schema, at)
  if (Object.keys(fields).length === 0) return NO_ARGUMENTS
  return fields['type'] === undefined ? { type: 'object', ...fields } : fields
}

const NO_ARGUMENTS: JsonSchema = { type: 'object', properties: {} }

interface DecodedChoice extends Pick<DecodedTools, 'choice' | 'single'> {
  /** The tool that must be called, by the wire's name. */
  readonly named?: string
}

function decodeChoice(value: unknown, names: ToolNames): DecodedChoice {
  if (value === undefined || value === null) return { choice: 'auto', single: false }
  const fields = fieldsOf(value, 'tool_choice')
  const single = optionalFlag(fields['disable_parallel_tool_use'], 'tool_choice.disable_parallel_tool_use') ?? false
  switch (fields['type']) {
    case 'auto':
      return { choice: 'auto', single }
    case 'none':
      return { choice: 'none', single }
    case 'any':
      return { choice: 'required', single }
    case 'tool': {
      const named = textOf(fields['name'], 'tool_choice.name')
      return { choice: { name: names.toModel(named) }, single, named }
    }
    default:
      throw wrong('tool_choice.type', "Input should be 'auto', 'any', 'tool' or 'none'")
  }
}
