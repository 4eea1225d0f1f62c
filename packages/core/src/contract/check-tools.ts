/**
 * Declared tools: how many, how they are named, and whether their parameters are MFJS.
 *
 * The hosted platform checked a tool's schema at MFJS's level "strict" and refused it with a 400. What only the full
 * specification forbids, such as `$schema`, it let pass with a warning in the header `msh-schema-warning` (observed).
 */

import { LIMITS, type LenientSwitch, shown } from '@moonbase/protocol'
import { type ApiError, apiError, apiErrorWith } from '@moonbase/protocol/errors'
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

/** The tools as the engine shall see them: the same array, unless `relax-schema` or `repair-tools` had to mend one. */
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
  const { lenient, leniency } = terms
  const repairs = lenient.has('repair-tools')
  if (!repairs && !lenient.has('relax-schema')) throw refusal
  const right = repairs && !mayDescribeObject(tool.parameters) ? NO_ARGUMENTS : relaxed(tool, terms)
  if (right === undefined && !repairs) throw refusal
  // What nobody can rewrite goes on as it is, and it is the check that is dropped.
  const mended = right ?? { ...tool.parameters, type: 'object' }
  const strict = right !== undefined && tool.strict
  const field = `tools.${tool.name}`
  leniency.notes.push({
    switch: repairs ? 'repair-tools' : 'relax-schema',
    field: strict === tool.strict ? field : `${field}.strict`,
  })
  return { ...tool, parameters: mended, strict }
}

/** `{}` and the schema of a text are no description of arguments, which are an object's. */
function mayDescribeObject({ type, ...rest }: JsonSchema): boolean {
  return (type ?? null) === null ? Object.keys(rest).length > 0 : [type].flat().includes('object')
}

const NO_ARGUMENTS: JsonSchema = { type: 'object', properties: {} }

function relaxed(tool: FunctionTool, terms: ToolTerms): JsonSchema | undefined {
  const parameters = terms.schemas.relax(tool.parameters, true)
  return parameters !== undefined && refusalOf(parameters, tool, terms) === undefined ? parameters : undefined
}

function refusalOf(
  parameters: JsonSchema,
  { name, strict }: FunctionTool,
  { schemas, lenient, leniency }: ToolTerms,
): ApiError | undefined {
  // What rewriting cannot help is passed on by the other one.
  const passing = { switch: lenient.has('relax-schema') ? 'repair-tools' : 'relax-schema' } as const
  if (parameters['type'] !== 'object') return apiErrorWith('tool_parameters_not_object', passing)
  // The full specification first: most schemas keep it, and need no second look.
  const outside = strict ? schemas.problem(parameters, 'ultra') : undefined
  if (outside === undefined) return undefined
  const details = schemas.problem(parameters, 'strict')
  if (details !== undefined) return apiErrorWith('tool_parameters_not_mfjs', passing, { details })
  leniency.schemaWarning ??= `tools.function[${name}].parameters is not a valid moonshot flavored json schema, details: <${outside}>`
  return undefined
}
