/**
 * From `unknown` to a `ChatRequest`: the shape of the body, field by field, with an error that names the field.
 *
 * Only shapes are looked at here. What a model allows (its fixed values, thinking and tools, the order of messages) is
 * the contract's, which sees requests of every dialect.
 */

import { checkMessages } from './check-messages.ts'
import type { ChatRequest } from './chat-request.ts'
import type { LenientSwitch } from './leniency.ts'
import { LIMITS } from './limits.ts'
import { type Fields, isFields, isOneOf, refuse, shown } from './shape.ts'
import { checkTools, checkToolChoice } from './check-tools.ts'

export interface ParsedChatRequest {
  readonly request: ChatRequest
  /** Top-level names that neither Moonshot nor OpenAI defines, and names inside `thinking` that K2.5 does not know. */
  readonly unknownFields: readonly string[]
  /** Fields that OpenAI defines and Moonshot never documented. Hints, all of them: they travel along to the engine. */
  readonly carried: Readonly<Record<string, unknown>>
}

/**
 * Throws an `ApiError` (400) that names the first field with a wrong shape.
 *
 * @param lenient of its switches `developer-as-system` and `partial-at-top` are about shapes; what they let pass is in the
 * request as it was sent, for who decodes it
 */
export function parseChatRequest(body: unknown, lenient: ReadonlySet<LenientSwitch>): ParsedChatRequest {
  const unknownFields: string[] = []
  const carried: Record<string, unknown> = {}
  checkFields(body, carried, { unknownFields, lenient })
  return { request: body, unknownFields, carried }
}

/** What the checks of one body share. */
interface Checking {
  readonly unknownFields: string[]
  readonly lenient: ReadonlySet<LenientSwitch>
}

function checkFields(body: unknown, carried: Record<string, unknown>, checking: Checking): asserts body is ChatRequest {
  if (!isFields(body)) throw refuse('the body must be a JSON object')
  for (const name in body) {
    const check = FIELDS.get(name)
    const value = body[name]
    if (check === undefined) {
      checking.unknownFields.push(name)
    } else if (value !== null && value !== undefined) {
      check(value, name, checking)
      if (CARRIED.has(name)) carried[name] = value
    }
  }
  if (typeof body['model'] !== 'string' || body['model'] === '') throw refuse('model is required')
  if (body['messages'] === undefined || body['messages'] === null) throw refuse('messages is required')
  checkPartialAtTop(body, checking)
}

/** Guides set it there. It can only be about the last message; dropped in silence, the answer would begin anew. */
function checkPartialAtTop({ partial, messages }: Fields, { lenient }: Checking): void {
  if (!partial) return
  const last: unknown = Array.isArray(messages) ? messages.at(-1) : undefined
  const isMeant = partial === true && isFields(last) && last['role'] === 'assistant' && last['partial'] !== false
  if (isMeant && lenient.has('partial-at-top')) return
  throw refuse('partial belongs in the last message, not beside messages', isMeant ? 'partial-at-top' : undefined)
}

/** Throws when the value, which is never `null` or `undefined`, does not have the field's shape. */
type Check = (value: unknown, name: string, checking: Checking) => void

/** One that looks at nothing else. */
type ValueCheck = (value: unknown, name: string) => void

const text: ValueCheck = (value, name) => {
  if (typeof value !== 'string') throw refuse(`${name} must be a string`)
}
const flag: ValueCheck = (value, name) => {
  if (typeof value !== 'boolean') throw refuse(`${name} must be a boolean`)
}
const number: Check = (value, name) => {
  if (typeof value !== 'number') throw refuse(`${name} must be a number`)
}
const integer: Check = (value, name) => {
  if (!Number.isInteger(value)) throw refuse(`${name} must be an integer`)
}
const positiveInteger: Check = (value, name) => {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 1)
    throw refuse(`${name} must be a positive integer`)
}
const shallowObject: Check = (value, name) => {
  if (!isFields(value)) throw refuse(`${name} must be an object`)
  const entries = Object.values(value)
  if (entries.length > LIMITS.carriedEntries) throw refuse(`${name} has more than ${LIMITS.carriedEntries} entries`)
  if (entries.some((entry) => typeof entry === 'object' && entry !== null)) {
    throw refuse(`${name} must hold strings, numbers and booleans only`)
  }
}
/** The field would change what a reply looks like, and no engine's reply can be trusted to carry it. */
const onlyOff: Check = (value, name) => {
  if (value !== false && value !== 0) throw refuse(`${name} is not supported by this model`)
}
/** It is looked at with the messages, which it is about. */
const partial: Check = () => undefined
const superseded =
  (replacement: string): Check =>
  (_, name) => {
    throw refuse(`${name} is not supported, use ${replacement}`)
  }

const messages: Check = (value, _, { lenient }) => {
  checkMessages(value, lenient.has('developer-as-system'))
}

const stop: Check = (value) => {
  if (typeof value === 'string') return
  if (!Array.isArray(value)) throw refuse('stop must be a string or an array of strings')
  for (const [index, item] of value.entries()) {
    if (typeof item !== 'string') throw refuse(`stop[${index}] must be a string`)
  }
}

const streamOptions: Check = (value) => {
  if (!isFields(value)) throw refuse('stream_options must be an object')
  const include = value['include_usage']
  if (include !== undefined && include !== null) flag(include, 'stream_options.include_usage')
}

const thinking: Check = (value, _, { unknownFields }) => {
  if (!isFields(value)) throw refuse('thinking must be an object such as {"type":"enabled"}')
  if (!isOneOf(value['type'], ['enabled', 'disabled'])) {
    throw refuse(`thinking.type must be "enabled" or "disabled", but got ${shown(value['type'])}`)
  }
  for (const name in value) if (name !== 'type') unknownFields.push(`thinking.${name}`)
}

const templateSwitches: Check = (value) => {
  if (!isFields(value)) throw refuse('chat_template_kwargs must be an object')
  for (const name of ['thinking', 'enable_thinking']) {
    const chosen = value[name]
    if (chosen !== undefined && chosen !== null) flag(chosen, `chat_template_kwargs.${name}`)
  }
}

export const REASONING_EFFORTS = ['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max']
const reasoningEffort: Check = (value) => {
  if (!isOneOf(value, REASONING_EFFORTS)) {
    throw refuse(`reasoning_effort must be one of ${REASONING_EFFORTS.join(', ')}, but got ${shown(value)}`)
  }
}

const responseFormat: Check = (value) => {
  if (!isFields(value)) throw refuse('response_format must be an object')
  const { type, json_schema: described } = value
  if (!isOneOf(type, ['text', 'json_object', 'json_schema'])) {
    throw refuse(`response_format.type must be "text", "json_object" or "json_schema", but got ${shown(type)}`)
  }
  if (type !== 'json_schema') return
  const at = 'response_format.json_schema'
  if (!isFields(described)) throw refuse(`${at} is required when response_format.type is "json_schema"`)
  if (typeof described['name'] !== 'string' || described['name'] === '') {
    throw refuse(`missing required parameter: ${at}.name`)
  }
  if (!isFields(described['schema'])) throw refuse(`${at}.schema is required and must be an object`)
  optional(described, 'strict', flag, at)
  optional(described, 'description', text, at)
}

function optional(fields: Fields, name: string, check: ValueCheck, at: string): void {
  const value = fields[name]
  if (value !== undefined && value !== null) check(value, `${at}.${name}`)
}

/** Accepted for the sake of OpenAI's clients, which send some of them unasked. */
const CARRIED_CHECKS: readonly (readonly [string, Check])[] = [
  ['seed', integer],
  ['user', text],
  ['store', flag],
  ['metadata', shallowObject],
  ['logit_bias', shallowObject],
  ['service_tier', text],
  ['parallel_tool_calls', flag],
  ['verbosity', text],
]
const CARRIED: ReadonlySet<string> = new Set(CARRIED_CHECKS.map(([name]) => name))

const FIELDS: ReadonlyMap<string, Check> = new Map<string, Check>([
  ['model', text],
  ['messages', messages],
  ['max_tokens', positiveInteger],
  ['max_completion_tokens', positiveInteger],
  ['temperature', number],
  ['top_p', number],
  ['n', integer],
  ['presence_penalty', number],
  ['frequency_penalty', number],
  ['stop', stop],
  ['stream', flag],
  ['stream_options', streamOptions],
  ['response_format', responseFormat],
  ['tools', checkTools],
  ['tool_choice', checkToolChoice],
  ['prompt_cache_key', text],
  ['safety_identifier', text],
  ['thinking', thinking],
  ['chat_template_kwargs', templateSwitches],
  ['reasoning_effort', reasoningEffort],
  ['partial', partial],
  ['logprobs', onlyOff],
  ['top_logprobs', onlyOff],
  ['functions', superseded('tools')],
  ['function_call', superseded('tool_choice')],
  ...CARRIED_CHECKS,
])

/** Every top-level name that is known, also those that are always refused. */
export const CHAT_FIELDS: readonly string[] = [...FIELDS.keys()]
