/**
 * Declared tools: how many, how they are named, and whether their parameters are MFJS.
 *
 * The hosted platform checked a tool's schema at MFJS's level "strict" and refused it with a 400. What only the full
 * specification forbids, such as `$schema`, it let pass with a warning in the header `msh-schema-warning` (observed).
 */

import { LIMITS, type LenientSwitch, shown } from '@moonbase/protocol'
import { type ApiError, apiError } from '@moonbase/protocol/errors'
import type { JsonSchema, Tool } from '../generation/index.ts'
import type { AppliedLeniency } from './applied-leniency.ts'
import type { SchemaRules } from './schema-rules.ts'

/** The one tool that the platform runs by itself. */
const WEB_SEARCH = '$web_search'

/** Who asks, and what is said of it. */
export interface ToolTerms {
  readonly schemas: SchemaRules
  readonly lenient: ReadonlySet<LenientSwitch>
  readonly leniency: AppliedLeniency
}

/** The tools as the engine shall see them: the same array, unless `relax-schema` had to rewrite a schema. */
export function checkTools(tools: readonly Tool[], thinking: boolean, terms: ToolTerms): readonly Tool[] {
  if (tools.length === 0) return tools
  if (tools.length > LIMITS.tools) {
    // The words of the platform's Messages face.
    throw apiError('invalid_request', {
      details: `a max of ${LIMITS.tools} tools can be supported, but got ${tools.length}`,
    })
  }
  const names = new Set<string>()
  let seen: Tool[] | undefined
  for (const [index, tool] of tools.entries()) {
    if (names.has(tool.name)) throw apiError('duplicate_tool', { name: tool.name })
    names.add(tool.name)
    const checked = checkTool(tool, thinking, terms)
    if (checked !== tool) seen ??= tools.slice(0, index)
    seen?.push(checked)
  }
  return seen ?? tools
}

function checkTool(tool: Tool, thinking: boolean, terms: ToolTerms): Tool {
  if (tool.type === 'builtin') {
    checkBuiltin(tool.name, thinking)
    return tool
  }
  if (!LIMITS.toolName.test(tool.name)) {
    throw apiError('invalid_request', {
      details:
        'function name is invalid, must start with a letter and can contain letters, numbers, underscores, and dashes',
    })
  }
  return checkParameters(tool, terms)
}

function checkBuiltin(name: string, thinking: boolean): void {
  if (name !== WEB_SEARCH) {
    throw apiError('invalid_request', { details: `builtin_function ${shown(name)} is not supported` })
  }
  if (thinking) throw apiError('web_search_with_thinking')
}

type FunctionTool = Tool & { type: 'function' }

function checkParameters(tool: FunctionTool, terms: ToolTerms): Tool {
  const refusal = refusalOf(tool.parameters, tool, terms)
  if (refusal === undefined) return tool
  const { schemas, lenient, leniency } = terms
  if (lenient.has('relax-schema')) {
    const parameters = schemas.relax(tool.parameters, true)
    if (parameters !== undefined && refusalOf(parameters, tool, terms) === undefined) {
      leniency.notes.push({ switch: 'relax-schema', field: `tools.${tool.name}` })
      return { ...tool, parameters }
    }
  }
  throw refusal
}

function refusalOf(
  parameters: JsonSchema,
  { name, strict }: FunctionTool,
  { schemas, leniency }: ToolTerms,
): ApiError | undefined {
  if (parameters['type'] !== 'object') return apiError('tool_parameters_not_object')
  // The full specification first: most schemas keep it, and need no second look.
  const outside = strict ? schemas.problem(parameters, 'ultra') : undefined
  if (outside === undefined) return undefined
  const details = schemas.problem(parameters, 'strict')
  if (details !== undefined) return apiError('tool_parameters_not_mfjs', { details })
  leniency.schemaWarning ??= `tools.function[${name}].parameters is not a valid moonshot flavored json schema, details: <${outside}>`
  return undefined
}
