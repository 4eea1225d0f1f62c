/** Declared tools: how many, how they are named, and whether their parameters are MFJS. */

import {
  LIMITS,
  type LenientSwitch,
  type Relaxation,
  apiError,
  describeProblem,
  relaxMfjs,
  shown,
  validateMfjs,
} from '@moonbase/protocol'
import type { JsonSchema, Tool } from '../generation/index.ts'

/** The one tool that the platform runs by itself. */
const WEB_SEARCH = '$web_search'

/** The tools as the engine shall see them: the same ones, with schemas rewritten where `relax-schema` had to. */
export function checkTools(
  tools: readonly Tool[],
  thinking: boolean,
  lenient: ReadonlySet<LenientSwitch>,
  relaxations: Relaxation[],
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
    const parameters = checkParameters(tool.name, tool.parameters, tool.strict, lenient, relaxations)
    return parameters === tool.parameters ? tool : { ...tool, parameters }
  })
}

function checkBuiltin(name: string, thinking: boolean): void {
  if (name !== WEB_SEARCH) {
    throw apiError('invalid_request', { details: `builtin_function ${shown(name)} is not supported` })
  }
  if (thinking) throw apiError('web_search_with_thinking')
}

function checkParameters(
  tool: string,
  parameters: JsonSchema,
  strict: boolean,
  lenient: ReadonlySet<LenientSwitch>,
  relaxations: Relaxation[],
): JsonSchema {
  const problem = problemOf(parameters, strict)
  if (problem === undefined) return parameters
  if (lenient.has('relax-schema')) {
    // A missing schema is the commonest slip of all: a tool without parameters.
    const root = 'type' in parameters ? parameters : { type: 'object', properties: {}, ...parameters }
    const relaxed = relaxMfjs(root).schema as JsonSchema
    if (problemOf(relaxed, strict) === undefined) {
      relaxations.push({ switch: 'relax-schema', field: `tools.${tool}` })
      return relaxed
    }
  }
  throw problem
}

function problemOf(parameters: JsonSchema, strict: boolean): Error | undefined {
  if (parameters['type'] !== 'object') return apiError('tool_parameters_not_object')
  const problem = strict ? validateMfjs(parameters) : undefined
  return problem && apiError('tool_parameters_not_mfjs', { details: describeProblem(problem) })
}
