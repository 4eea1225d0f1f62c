/** A request of chat completions as the body of the Messages API, and what gets no place in it. */

import { type ChatRequest, findModel } from '@moonbase/protocol'
import { isThinking, whatDiffers } from '../what-differs.ts'
import type { NoteTaker } from './note-taker.ts'
import { writeConversation } from './write-conversation.ts'
import { writeToolChoice, writeTools } from './write-tools.ts'

/** Where the model is not known: K2.5's own, because this API has no request without a budget. */
const DEFAULT_MAX_TOKENS = 32_768

export interface MessagesBody {
  readonly max_tokens: number
  readonly [field: string]: unknown
}

/**
 * Fields in the order in which they are to stand.
 *
 * @param said the fields to be said, with or without the bytes of its media
 */
export function writeBody(
  request: ChatRequest,
  said: ChatRequest,
  everything: boolean,
  notes: NoteTaker,
): MessagesBody {
  const differs = whatDiffers(request, false)
  const { system, messages } = writeConversation(said.messages, notes)
  const tools = writeTools(said, notes)
  const choice = writeToolChoice(said, notes)
  const thinking = writeThinking(request, everything, notes)
  const format = writeFormat(said, notes)
  noteOthers(differs, notes)
  return {
    model: request.model,
    max_tokens: budgetOf(request),
    ...(thinking === undefined ? {} : { thinking }),
    ...(system === undefined ? {} : { system }),
    messages,
    ...(tools.length === 0 ? {} : { tools }),
    ...(choice === undefined ? {} : { tool_choice: choice }),
    ...writeSampling(said, notes),
    ...(said.stop === undefined || said.stop === null ? {} : { stop_sequences: [said.stop].flat() }),
    ...(format === undefined ? {} : { output_config: { format } }),
    ...(said.safety_identifier ? { metadata: { user_id: said.safety_identifier } } : {}),
    ...(typeof said.stream === 'boolean' ? { stream: said.stream } : {}),
  }
}

function budgetOf({ model, max_completion_tokens: budget, max_tokens: older }: ChatRequest): number {
  return budget ?? older ?? findModel(model)?.defaultMaxTokens ?? DEFAULT_MAX_TOKENS
}

/** Nobody thinks here who is not asked to. `adaptive` leaves the length to the model, and needs no budget that K2.5 does not have. */
function writeThinking(request: ChatRequest, everything: boolean, notes: NoteTaker): object | undefined {
  for (const name of Object.keys(request.thinking ?? {})) if (name !== 'type') notes.leftOut(`thinking.${name}`)
  const ability = findModel(request.model)?.thinking ?? 'switch'
  if (ability !== 'switch') {
    // It cannot be said otherwise: whoever does is refused, here as there.
    return request.thinking?.type === 'disabled' && ability === 'always' ? { type: 'disabled' } : undefined
  }
  if (isThinking(request)) return { type: 'adaptive' }
  return everything ? { type: 'disabled' } : undefined
}

function writeFormat({ response_format: format }: ChatRequest, notes: NoteTaker): object | undefined {
  if (format?.type === 'json_object') notes.leftOut('response_format', NO_JSON_MODE)
  if (format?.type !== 'json_schema') return undefined
  const { name, description, strict, schema } = format.json_schema
  const at = 'response_format.json_schema'
  if (name !== SCHEMA_NAME) notes.instead(`${at}.name`, NO_SCHEMA_NAME)
  if (description) notes.leftOut(`${at}.description`)
  if (strict === false) notes.leftOut(`${at}.strict`, ALWAYS_STRICT)
  return { type: 'json_schema', schema }
}

/** What the server calls every schema of this API. */
const SCHEMA_NAME = 'output'

/** On its own Messages API the platform gave these models six tenths of what was asked for, and so does the server. */
const COOLED = /^kimi-k2-(?:0711|0905|turbo)/
const COOLING = 0.6

function writeSampling({ model, temperature, top_p: topP }: ChatRequest, notes: NoteTaker): object {
  const isCooled = typeof temperature === 'number' && COOLED.test(model)
  if (isCooled) notes.instead('temperature', TAKES_SIX_TENTHS)
  return {
    ...(typeof temperature === 'number' ? { temperature: isCooled ? temperature / COOLING : temperature } : {}),
    ...(typeof topP === 'number' ? { top_p: topP } : {}),
  }
}

/** Fields that are written above, or are its own way of saying it. */
const WRITTEN: ReadonlySet<string> = new Set([
  'model',
  'messages',
  'tools',
  'tool_choice',
  'parallel_tool_calls',
  'thinking',
  'reasoning_effort',
  'max_completion_tokens',
  'max_tokens',
  'temperature',
  'top_p',
  'stop',
  'response_format',
  'safety_identifier',
  'stream',
])
const SWITCHES: ReadonlySet<string> = new Set(['thinking', 'enable_thinking'])

function noteOthers({ stream_options: usage, chat_template_kwargs: kwargs, ...fields }: ChatRequest, notes: NoteTaker) {
  if (usage !== undefined) notes.instead('stream_options', ALWAYS_USAGE)
  for (const name of Object.keys(kwargs ?? {})) if (!SWITCHES.has(name)) notes.leftOut(`chat_template_kwargs.${name}`)
  for (const name of Object.keys(fields)) if (!WRITTEN.has(name)) notes.leftOut(name)
}

const NO_JSON_MODE = {
  en: 'The Messages API has no JSON mode: the answer is text unless the prompt asks for JSON, or a schema does.',
  zh: 'Messages API 没有 JSON 模式：除非提示词要求或给出 schema，回答就是普通文本。',
} as const
const NO_SCHEMA_NAME = {
  en: `A schema has no name in the Messages API: the model is told “${SCHEMA_NAME}”.`,
  zh: `Messages API 的 schema 没有名字：模型看到的是“${SCHEMA_NAME}”。`,
} as const
const ALWAYS_STRICT = {
  en: 'The Messages API holds every answer to its schema.',
  zh: 'Messages API 总是要求回答符合 schema。',
} as const
const TAKES_SIX_TENTHS = {
  en: 'Of this model’s temperature the Messages API takes six tenths: more is asked for, so that it comes out the same.',
  zh: '对这个模型，Messages API 只取温度的十分之六：这里写大一些，结果才相同。',
} as const
const ALWAYS_USAGE = {
  en: 'A stream of the Messages API tells its usage in any case.',
  zh: 'Messages API 的流总是带有用量。',
} as const
