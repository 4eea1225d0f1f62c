/**
 * Declared tools: how many, how they are named, and whether their parameters are MFJS.
 *
 * The hosted platform checked a tool's schema at MFJS's level "strict" and refused it with a 400. What only the full
 * specification forbids, such as `$schema`, it let pass with a warning in the header `msh-schema-warning` (observed).
 */

import {
  type ApiError,
  LIMITS,
  type LenientSwitch,
  apiError,
  describeProblem,
  isFields,
  relaxMfjs,
  shown,
  validateMfjs,
} from '@moonbase/protocol'
import type { JsonSchema, Tool } from '../generation/index.ts'
import type { AppliedLeniency } from './applied-leniency.ts'

/** The one tool that the platform runs by itself. */
const WEB_SEARCH = '$web_search'

/** The tools as the engine shall see them: the same ones, with schemas rewritten where `relax-schema` had to. */
export function checkTools(
  tools: readonly Tool[],
  thinking: boolean,
  lenient: ReadonlySet<LenientSwitch>,
  leniency: AppliedLeniency,
): readonly Tool[] {
  if (tools.length === 0) return tools
  if (tools.length > LIMITS.tools) {
    throw apiError('invalid_request', { details: `at most ${LIMITS.tools} tools are allowed, but got ${tools.length}` })
  }
  const names = new Set<string>()
  return tools.map((tool) => {
    if (names.has(tool.name)) throw apiError('duplicate_tool', { name: tool.name })
    names.add(tool.name)
    if (tool.type === 'builtin') {
      checkBuiltin(tool.name, thinking)
      return tool
    }
    if (!LIMITS.toolName.test(tool.name)) {
      throw apiError('invalid_request', {
        details: `function name ${shown(tool.name)} is invalid, it must start with a letter or _ and hold only letters, digits, _ and -, at most 64`,
      })
    }
    return checkParameters(tool, lenient, leniency)
  })
}

function checkBuiltin(name: string, thinking: boolean): void {
  if (name !== WEB_SEARCH) {
    throw apiError('invalid_request', { details: `builtin_function ${shown(name)} is not supported` })
  }
  if (thinking) throw apiError('web_search_with_thinking')
}

type FunctionTool = Tool & { type: 'function' }

function checkParameters(tool: FunctionTool, lenient: ReadonlySet<LenientSwitch>, leniency: AppliedLeniency): Tool {
  const refusal = refusalOf(tool.parameters, tool, leniency)
  if (refusal === undefined) return tool
  if (lenient.has('relax-schema')) {
    const relaxed = relaxMfjs(tool.parameters, { objectRoot: true })
    const parameters = isFields(relaxed.schema) ? relaxed.schema : {}
    if (relaxed.problem === undefined && refusalOf(parameters, tool, leniency) === undefined) {
      leniency.notes.push({ switch: 'relax-schema', field: `tools.${tool.name}` })
      return { ...tool, parameters }
    }
  }
  throw refusal
}

function refusalOf(
  parameters: JsonSchema,
  { name, strict }: FunctionTool,
  leniency: AppliedLeniency,
): ApiError | undefined {
  if (parameters['type'] !== 'object') return apiError('tool_parameters_not_object')
  // The full specification first: most schemas keep it, and need no second look.
  const outside = strict ? validateMfjs(parameters, { level: 'ultra' }) : undefined
  if (outside === undefined) return undefined
  const problem = validateMfjs(parameters)
  if (problem !== undefined) return apiError('tool_parameters_not_mfjs', { details: describeProblem(problem) })
  leniency.schemaWarning ??= `tools.function[${name}].parameters is not a valid moonshot flavored json schema, details: <${describeProblem(outside)}>`
  return undefined
}
