/**
 * The declaration of tools that the model reads: a TypeScript-like namespace, or JSON where a schema cannot be said so.
 * Byte-equal to `tokenization_kimi.py` with `tool_declaration_ts.py` of the K2.5 checkpoint, on which prompts are billed.
 */

import type { PromptTool } from '../prompt.ts'
import { compactJson } from './python-text.ts'
import { readParameters, UnsupportedSchemaError } from './read-schema.ts'
import { writeDescription, writeFields, writeShape } from './write-shape.ts'

type FunctionTool = Extract<PromptTool, { type: 'function' }>

/**
 * Characters of a declaration in TypeScript, past which it falls back to JSON: indentation can make it many times as
 * long as its schemas, and the window of the model holds none of this length.
 */
const MAXIMUM_LENGTH = 16_777_216

/**
 * The text between `tool_declare` and `<|im_end|>`; empty without tools.
 *
 * Built-in tools are none of the types that the TypeScript form knows, and are left out of it. When there are only such,
 * that form is empty, and the template then takes the JSON of the tools: the model reads
 * `[{"function":{"name":"$web_search"},"type":"builtin_function"}]`. So it does here. A platform that runs a built-in tool
 * itself and wants the model to know it beside others declares it as a function.
 */
export function declareTools(tools: readonly PromptTool[]): string {
  if (tools.length === 0) return ''
  const known = DECLARED.get(tools)?.deref()
  if (known !== undefined) return known.text
  const text = declareAsTypeScript(tools.filter((tool) => tool.type === 'function')) ?? declareAsJson(tools)
  DECLARED.set(tools, new WeakRef({ text }))
  return text
}

/**
 * Tools are values that nobody changes: a prompt's bound and its count declare them once. A stream keeps its tools for minutes,
 * and must not keep this text, which is as long as they are.
 */
const DECLARED = new WeakMap<readonly PromptTool[], WeakRef<{ readonly text: string }>>()

/** `undefined` when there is nothing to say in this form, or one schema cannot be said in it. */
function declareAsTypeScript(tools: readonly FunctionTool[]): string | undefined {
  if (tools.length === 0) return undefined
  let text = '# Tools\n\n## functions\nnamespace functions {\n'
  for (const tool of tools) {
    const declared = declareFunction(tool)
    if (declared === undefined || text.length + declared.length > MAXIMUM_LENGTH) return undefined
    text += `${declared}\n`
  }
  return `${text}}\n`
}

function declareFunction({ name, description, parameters }: FunctionTool): string | undefined {
  try {
    const { root, refersToRoot, definitions } = readParameters(parameters)
    const lines: string[] = []
    if (refersToRoot) {
      const fields = writeFields(root.fields)
      lines.push(`interface parameters {${fields === '' ? '' : `\n${fields}\n`}}`)
    }
    for (const definition of definitions) {
      if (definition.shape.description !== '') lines.push(writeDescription(definition.shape.description))
      lines.push(`interface ${definition.name} ${writeShape(definition.shape)}`)
    }
    if (description !== undefined && description !== '') lines.push(writeDescription(description))
    lines.push(`type ${name} = (_: ${refersToRoot ? 'parameters' : writeShape(root)}) => any;`)
    return lines.join('\n')
  } catch (error) {
    if (error instanceof UnsupportedSchemaError) return undefined
    throw error
  }
}

/** The tools as the client wrote them, keys sorted throughout, without spaces. */
function declareAsJson(tools: readonly PromptTool[]): string {
  return compactJson(
    tools.map((tool) => {
      if (tool.type === 'builtin') return { type: 'builtin_function', function: { name: tool.name } }
      const { name, description, parameters } = tool
      const described = description === undefined ? {} : { description }
      return { type: 'function', function: { name, ...described, parameters } }
    }),
  )
}
