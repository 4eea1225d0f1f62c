/** The settings of a request as a form sees them: read out of the request, and written back into it. What the form does not know stays. */

import type { ChatRequest, ChatTool } from '@moonbase/protocol'

/** The inspector sees all of a request but its messages, and leaves those alone. */
export type RequestSettings = ChatRequest

export type AnswerAs = 'text' | 'json' | 'schema'

export interface SettingsForm {
  readonly model: string
  readonly thinking: boolean
  /** Tokens; undefined where the request names none and the server's own holds. */
  readonly longest: number | undefined
  readonly answerAs: AnswerAs
  /** The schema of the answer, where there is one. */
  readonly schema: unknown
  readonly stops: readonly string[]
  readonly streams: boolean
  readonly tools: readonly ToolForm[]
  /** Names of fields that the form does not show. */
  readonly others: readonly string[]
}

export interface ToolForm {
  readonly name: string
  readonly says: string
  readonly parameters: unknown
  /** Built in at the host: it has a name alone. */
  readonly builtIn: boolean
}

const SHOWN = new Set([
  'model',
  'messages',
  'thinking',
  'max_tokens',
  'max_completion_tokens',
  'response_format',
  'stop',
  'stream',
  'stream_options',
  'tools',
])

function toolForm(tool: ChatTool): ToolForm {
  if (tool.type === 'builtin_function')
    return { name: tool.function.name, says: '', parameters: undefined, builtIn: true }
  const { name, description, parameters } = tool.function
  return { name, says: description ?? '', parameters, builtIn: false }
}

function toolOf({ name, says, parameters, builtIn }: ToolForm): ChatTool {
  if (builtIn) return { type: 'builtin_function', function: { name } }
  return {
    type: 'function',
    function: {
      name,
      ...(says === '' ? {} : { description: says }),
      ...(parameters === undefined ? {} : { parameters }),
    },
  }
}

function answerAs({ response_format: format }: RequestSettings): AnswerAs {
  if (format?.type === 'json_object') return 'json'
  return format?.type === 'json_schema' ? 'schema' : 'text'
}

export function readSettings(request: RequestSettings): SettingsForm {
  const { response_format: format, stop } = request
  const off = request.thinking?.type === 'disabled' || request.chat_template_kwargs?.thinking === false
  return {
    model: request.model,
    thinking: !off,
    longest: request.max_completion_tokens ?? request.max_tokens ?? undefined,
    answerAs: answerAs(request),
    schema: format?.type === 'json_schema' ? format.json_schema.schema : undefined,
    stops: typeof stop === 'string' ? [stop] : (stop ?? []),
    streams: request.stream !== false,
    tools: (request.tools ?? []).map(toolForm),
    others: Object.keys(request).filter(
      (name) => !SHOWN.has(name) && request[name] !== undefined && request[name] !== null,
    ),
  }
}

/** Takes fields out where `undefined` stands for them. */
function without(request: RequestSettings, names: readonly string[]): RequestSettings {
  const { model, messages } = request
  return { ...Object.fromEntries(Object.entries(request).filter(([name]) => !names.includes(name))), model, messages }
}

const FIRST_SCHEMA = {
  type: 'object',
  properties: { answer: { type: 'string' } },
  required: ['answer'],
} as const

export const change = {
  model: (request: RequestSettings, model: string): RequestSettings => ({ ...request, model }),
  thinking: (request: RequestSettings, on: boolean): RequestSettings => {
    const rest = without(request, ['thinking', 'chat_template_kwargs', 'reasoning_effort'])
    return on ? rest : { ...rest, thinking: { type: 'disabled' } }
  },
  longest: (request: RequestSettings, tokens: number | undefined): RequestSettings => {
    const name = typeof request.max_tokens === 'number' ? 'max_tokens' : 'max_completion_tokens'
    const rest = without(request, ['max_tokens', 'max_completion_tokens'])
    return tokens === undefined ? rest : { ...rest, [name]: tokens }
  },
  answerAs: (request: RequestSettings, kind: AnswerAs): RequestSettings => {
    const rest = without(request, ['response_format'])
    if (kind === 'text') return rest
    if (kind === 'json') return { ...rest, response_format: { type: 'json_object' } }
    const before = request.response_format
    if (before?.type === 'json_schema') return request
    return { ...rest, response_format: { type: 'json_schema', json_schema: { name: 'answer', schema: FIRST_SCHEMA } } }
  },
  schema: (request: RequestSettings, schema: Readonly<Record<string, unknown>>): RequestSettings => {
    const before = request.response_format
    const name = before?.type === 'json_schema' ? before.json_schema : { name: 'answer' }
    return { ...request, response_format: { type: 'json_schema', json_schema: { ...name, schema } } }
  },
  stops: (request: RequestSettings, stops: readonly string[]): RequestSettings => {
    const rest = without(request, ['stop'])
    return stops.length === 0 ? rest : { ...rest, stop: [...stops] }
  },
  streams: (request: RequestSettings, on: boolean): RequestSettings => ({ ...request, stream: on }),
  tools: (request: RequestSettings, tools: readonly ToolForm[]): RequestSettings => {
    const rest = without(request, ['tools'])
    return tools.length === 0 ? rest : { ...rest, tools: tools.map(toolOf) }
  },
  /** A value of the request by the name that a refusal gave it. */
  value: (request: RequestSettings, name: string, value: unknown): RequestSettings =>
    value === undefined ? without(request, [name]) : { ...request, [name]: value },
} as const
