/** Tools of a Responses request: functions, namespaces and custom tools are for the model; what a host would have to run is not. */

import { shown } from '@moonbase/protocol'
import { apiError } from '@moonbase/protocol/errors'
import type { Tool, ToolChoice } from '../../generation/index.ts'
import { type Fields, flag, isFields, list, object, oneOf, optional, refuse, text } from './shape.ts'
import { type ToolName, type ToolNames, flatName } from './tool-names.ts'

export interface DecodedTools {
  readonly tools: readonly Tool[]
  readonly names: ToolNames
  /** As they were sent, without those that are left out. */
  readonly shown: readonly Fields[]
  /** What nobody here runs: their types, as fields of a request. */
  readonly leftOut: readonly string[]
}

interface Namespace {
  readonly name: string
  readonly description: string | undefined
}

const NO_ARGUMENTS = { type: 'object', properties: {} }

/** What a custom tool is to a model that knows functions only. */
export const CUSTOM_INPUT = 'input'

export function decodeTools(value: unknown): DecodedTools {
  const reader = new ToolReader()
  const shownTools: Fields[] = []
  const leftOut: string[] = []
  for (const [index, one] of (value === undefined ? [] : list(value, 'tools')).entries()) {
    const at = `tools[${index}]`
    const tool = object(one, at)
    const type = text(tool['type'], `${at}.type`)
    if (reader.read(tool, type, at, undefined)) shownTools.push(tool)
    else leftOut.push(`tools.${type}`)
  }
  return { tools: reader.tools, names: reader.names, shown: shownTools, leftOut }
}

class ToolReader {
  readonly tools: Tool[] = []
  readonly names = new Map<string, ToolName>()

  /** False for a tool that its host would run. */
  read(tool: Fields, type: string, at: string, namespace: Namespace | undefined): boolean {
    switch (type) {
      case 'function':
        this.#add(tool, at, namespace, false)
        return true
      case 'custom':
        this.#add(tool, at, namespace, true)
        return true
      case 'namespace':
        if (namespace !== undefined) throw refuse(at, 'is a namespace inside another one')
        this.#namespace(tool, at)
        return true
      default:
        return false
    }
  }

  #namespace(tool: Fields, at: string): void {
    const namespace = {
      name: text(tool['name'], `${at}.name`),
      description: optional(tool, 'description', text, `${at}.description`),
    }
    for (const [index, one] of list(tool['tools'], `${at}.tools`).entries()) {
      const place = `${at}.tools[${index}]`
      const inner = object(one, place)
      const type = text(inner['type'], `${place}.type`)
      if (!this.read(inner, type, place, namespace))
        throw refuse(`${place}.type`, `is ${shown(type)}, which no namespace holds`)
    }
  }

  #add(tool: Fields, at: string, namespace: Namespace | undefined, custom: boolean): void {
    const name = text(tool['name'], `${at}.name`)
    const flat = flatName(name, namespace?.name)
    if (this.names.has(flat)) throw apiError('duplicate_tool', { name: flat })
    this.names.set(flat, { name, custom, ...(namespace === undefined ? {} : { namespace: namespace.name }) })
    const description = [
      namespace?.description,
      optional(tool, 'description', text, `${at}.description`),
      custom ? formatOf(tool, at) : undefined,
    ].filter(Boolean)
    this.tools.push({
      type: 'function',
      name: flat,
      ...(description.length === 0 ? {} : { description: description.join('\n\n') }),
      parameters: custom ? customParameters() : parametersOf(tool, at),
      // Left unsaid OpenAI tries, and goes without where it cannot: a schema is then no reason to refuse.
      strict: !custom && optional(tool, 'strict', flag, `${at}.strict`) === true,
    })
  }
}

function parametersOf(tool: Fields, at: string): Fields {
  return optional(tool, 'parameters', object, `${at}.parameters`) ?? NO_ARGUMENTS
}

function customParameters(): Fields {
  return { type: 'object', properties: { [CUSTOM_INPUT]: { type: 'string' } }, required: [CUSTOM_INPUT] }
}

/** A grammar is told in words: no engine here is held to one. */
function formatOf(tool: Fields, at: string): string | undefined {
  const format = optional(tool, 'format', object, `${at}.format`)
  if (format?.['type'] !== 'grammar') return undefined
  const { syntax, definition } = format
  return `The input must follow this ${text(syntax, `${at}.format.syntax`)} grammar:\n${text(definition, `${at}.format.definition`)}`
}

const CHOICES = oneOf('auto', 'none', 'required')
const MODES = oneOf('auto', 'required')

/** The choice, and the tools that it leaves. */
export function decodeToolChoice(
  value: unknown,
  decoded: DecodedTools,
): { readonly choice: ToolChoice; readonly tools: readonly Tool[] } {
  const { tools } = decoded
  if (value === undefined) return { choice: 'auto', tools }
  if (!isFields(value)) return { choice: CHOICES(value, 'tool_choice'), tools }
  switch (value['type']) {
    case 'function':
    case 'custom':
      return { choice: { name: chosenName(value, 'tool_choice', decoded) }, tools }
    case 'allowed_tools': {
      const at = 'tool_choice.tools'
      const allowed = new Set(
        list(value['tools'], at).flatMap((one, index) => {
          const tool = object(one, `${at}[${index}]`)
          // What is left out is not called, allowed or not.
          return isOurs(tool) ? allowedNames(tool, `${at}[${index}]`, decoded) : []
        }),
      )
      const choice = MODES(value['mode'] ?? 'auto', 'tool_choice.mode')
      return { choice, tools: tools.filter((tool) => allowed.has(tool.name)) }
    }
    default:
      throw refuse('tool_choice', `asks for ${shown(value['type'])}, which this server does not run`)
  }
}

function isOurs({ type }: Fields): boolean {
  return type === 'function' || type === 'custom' || type === 'namespace'
}

function allowedNames(tool: Fields, at: string, decoded: DecodedTools): readonly string[] {
  if (tool['type'] !== 'namespace') return [chosenName(tool, at, decoded)]
  const space = text(tool['name'], `${at}.name`)
  return [...decoded.names].flatMap(([flat, { namespace }]) => (namespace === space ? [flat] : []))
}

/** A name alone finds a tool of a namespace, too, where there is one of it. */
function chosenName(choice: Fields, at: string, { names }: DecodedTools): string {
  const name = text(choice['name'], `${at}.name`)
  const flat = flatName(name, optional(choice, 'namespace', text, `${at}.namespace`))
  if (names.has(flat)) return flat
  const found = [...names].filter(([, tool]) => tool.name === name)
  const [only] = found
  return found.length === 1 && only !== undefined ? only[0] : flat
}
