/**
 * The body of a chat request as a JSON Schema, for forms and editors: what one model takes, in the order of a form, and of each
 * value that it fixes the words by which any other is refused. The rules are the contract's; a test lays one beside the other.
 */

import { wordsOf } from './errors.ts'
import { LIMITS } from './limits.ts'
import { type MessageLimits, messagesSchema } from './message-schema.ts'
import type { Model, SamplingRule, SamplingRules } from './models.ts'
import { REASONING_EFFORTS } from './parse-chat-request.ts'

/** The keywords of JSON Schema 2020-12 that are used, and two of our own. */
export interface FieldSchema {
  readonly type?: 'object' | 'array' | 'string' | 'integer' | 'number' | 'boolean'
  readonly title?: string
  readonly description?: string
  readonly default?: boolean | number | string | FixedValue
  readonly const?: boolean | number | string
  readonly enum?: readonly string[]
  readonly anyOf?: readonly FieldSchema[]
  readonly minimum?: number
  readonly maximum?: number
  readonly minLength?: number
  readonly maxLength?: number
  readonly pattern?: string
  readonly items?: FieldSchema
  readonly minItems?: number
  readonly maxItems?: number
  readonly properties?: Readonly<Record<string, FieldSchema>>
  readonly required?: readonly string[]
  readonly additionalProperties?: boolean
  /** The model takes no other value: the words of the 400 that names one. */
  readonly 'x-fixed'?: string
  /** UTF-8 bytes, where characters are not what is counted. */
  readonly 'x-max-bytes'?: number
}

/** A value that is an object, such as `{"type":"enabled"}`. */
type FixedValue = Readonly<Record<string, string>>

export interface ChatRequestSchema extends FieldSchema {
  readonly type: 'object'
  readonly properties: Readonly<Record<string, FieldSchema>>
  readonly required: readonly string[]
}

/** @param thinking whether the request has the model think, where the model leaves that open: its fixed values follow it */
export function chatRequestSchema(model: Model, thinking: boolean): ChatRequestSchema {
  const thinks = model.thinking === 'switch' ? thinking : model.thinking === 'always'
  return {
    type: 'object',
    properties: {
      model: { type: 'string', title: 'Model', default: model.id, minLength: 1 },
      messages: messagesSchema(partsOf(model)),
      thinking: thinkingSchema(model),
      ...lengthSchemas(model),
      response_format: RESPONSE_FORMAT,
      stop: STOP,
      tools: toolsSchema(thinks),
      tool_choice: toolChoiceSchema(thinks),
      ...samplingSchemas(thinks ? model.sampling.thinking : model.sampling.instant),
      stream: { type: 'boolean', title: 'Stream', description: 'Send it as it is written.', default: false },
      stream_options: {
        type: 'object',
        title: 'Stream options',
        properties: { include_usage: { type: 'boolean', description: 'One more chunk, with the usage alone.' } },
      },
      ...OTHERS,
      reasoning_effort: effortSchema(model),
    },
    required: ['model', 'messages'],
    additionalProperties: false,
  }
}

function partsOf({ images, video }: Model): MessageLimits {
  return { parts: [...(images ? (['image_url'] as const) : []), ...(video ? (['video_url'] as const) : [])] }
}

function thinkingSchema({ thinking }: Model): FieldSchema {
  const about = { type: 'object', title: 'Thinking', required: ['type'], additionalProperties: false } as const
  const description = 'Whether the model thinks before it answers.'
  if (thinking === 'switch') {
    const type = { type: 'string', enum: ['enabled', 'disabled'] } as const
    return { ...about, description, default: { type: 'enabled' }, properties: { type } }
  }
  const only = thinking === 'always' ? 'enabled' : 'disabled'
  const fixed = { const: only, 'x-fixed': wordsOf('fixed_thinking', { type: only }) }
  return { ...about, description, default: { type: only }, properties: { type: fixed } }
}

/** Another spelling of the same switch; what is said twice must agree. */
function effortSchema({ thinking }: Model): FieldSchema {
  const efforts = REASONING_EFFORTS.filter(
    (effort) => thinking === 'switch' || (effort === 'none') === (thinking === 'never'),
  )
  return {
    type: 'string',
    title: 'Reasoning effort',
    description: 'The same as thinking: "none" turns it off, anything else on. Both must agree.',
    enum: efforts,
  }
}

function lengthSchemas({ defaultMaxTokens, contextLength }: Model): Record<string, FieldSchema> {
  const tokens = { type: 'integer', minimum: 1, maximum: contextLength } as const
  return {
    max_completion_tokens: {
      ...tokens,
      title: 'Longest answer',
      description: 'Tokens of the answer, thinking included. Prompt and answer must fit the window together.',
      default: defaultMaxTokens,
    },
    max_tokens: { ...tokens, title: 'Max tokens', description: 'The older name of max_completion_tokens.' },
  }
}

const SAMPLING = [
  ['temperature', 'Temperature', 'How freely it chooses.'],
  ['top_p', 'Top P', 'The part of the likely tokens that it chooses from.'],
  ['n', 'Answers', 'How many answers to one request; more than one needs a temperature above 0.'],
  ['presence_penalty', 'Presence penalty', 'How much it avoids what was said.'],
  ['frequency_penalty', 'Frequency penalty', 'How much it avoids what was said often.'],
] as const

function samplingSchemas(rules: SamplingRules): Record<string, FieldSchema> {
  return Object.fromEntries(
    SAMPLING.map(([name, title, description]) => [name, { title, description, ...samplingSchema(name, rules[name]) }]),
  )
}

function samplingSchema(name: keyof SamplingRules, rule: SamplingRule): FieldSchema {
  const type = name === 'n' ? 'integer' : 'number'
  if (!('fixed' in rule)) return { type, minimum: rule.minimum, maximum: rule.maximum, default: rule.default }
  const { fixed } = rule
  const refusal = wordsOf('fixed_value', { parameter: name, value: fixed })
  return { type, const: fixed, default: fixed, 'x-fixed': refusal }
}

const RESPONSE_FORMAT: FieldSchema = {
  title: 'Answer as',
  description: 'Text, a JSON object, or JSON that fits a schema (MFJS).',
  default: { type: 'text' },
  anyOf: [
    { type: 'object', properties: { type: { const: 'text' } }, required: ['type'] },
    { type: 'object', properties: { type: { const: 'json_object' } }, required: ['type'] },
    {
      type: 'object',
      properties: {
        type: { const: 'json_schema' },
        json_schema: {
          type: 'object',
          properties: {
            name: { type: 'string', minLength: 1 },
            description: { type: 'string' },
            strict: { type: 'boolean', default: true },
            schema: { type: 'object' },
          },
          required: ['name', 'schema'],
        },
      },
      required: ['type', 'json_schema'],
    },
  ],
}

const STOP_TEXT: FieldSchema = { type: 'string', minLength: 1, 'x-max-bytes': LIMITS.stopBytes }

const STOP: FieldSchema = {
  title: 'Stop',
  description: `Texts that end the answer and are not part of it: at most ${LIMITS.stopStrings}, each of at most ${LIMITS.stopBytes} bytes.`,
  anyOf: [STOP_TEXT, { type: 'array', items: STOP_TEXT, maxItems: LIMITS.stopStrings }],
}

const FUNCTION_TOOL: FieldSchema = {
  type: 'object',
  properties: {
    type: { const: 'function' },
    function: {
      type: 'object',
      properties: {
        name: { type: 'string', pattern: LIMITS.toolName.source },
        description: { type: 'string' },
        parameters: { type: 'object', description: 'A JSON Schema of an object (MFJS).' },
        strict: { type: 'boolean', default: true },
      },
      required: ['name'],
    },
  },
  required: ['type', 'function'],
}

/** The one tool that the platform runs by itself. */
const WEB_SEARCH: FieldSchema = {
  type: 'object',
  properties: {
    type: { const: 'builtin_function' },
    function: { type: 'object', properties: { name: { const: '$web_search' } }, required: ['name'] },
  },
  required: ['type', 'function'],
}

function toolsSchema(thinking: boolean): FieldSchema {
  return {
    type: 'array',
    title: 'Tools',
    description: 'What the model may ask to be called. Names are unique.',
    maxItems: LIMITS.tools,
    items: thinking
      ? { ...FUNCTION_TOOL, 'x-fixed': wordsOf('web_search_with_thinking') }
      : { anyOf: [FUNCTION_TOOL, WEB_SEARCH] },
  }
}

function toolChoiceSchema(thinking: boolean): FieldSchema {
  const about = { title: 'Tool choice', description: 'Whether the model may, must or must not call a tool.' }
  if (thinking) {
    const refusal = wordsOf('forced_tool_with_thinking', { choice: 'required' })
    return { ...about, type: 'string', enum: ['auto', 'none'], default: 'auto', 'x-fixed': refusal }
  }
  const named = { type: 'object', properties: { name: { type: 'string', minLength: 1 } }, required: ['name'] } as const
  return {
    ...about,
    default: 'auto',
    anyOf: [
      { type: 'string', enum: ['auto', 'none', 'required'] },
      { type: 'object', properties: { type: { const: 'function' }, function: named }, required: ['type', 'function'] },
    ],
  }
}

/** Of the platform, and of OpenAI's clients: none changes what a model says. */
const OTHERS: Readonly<Record<string, FieldSchema>> = {
  prompt_cache_key: { type: 'string', description: 'Requests with the same key find the same cache.' },
  safety_identifier: { type: 'string', description: 'Who asks, as the application knows him; never a name.' },
  chat_template_kwargs: {
    type: 'object',
    description: 'The thinking switch as self-hosted engines spell it. All spellings must agree.',
    properties: { thinking: { type: 'boolean' }, enable_thinking: { type: 'boolean' } },
  },
  seed: { type: 'integer', description: 'Travels along to the engine.' },
  user: { type: 'string', description: 'Travels along to the engine.' },
  store: { type: 'boolean', description: 'Travels along to the engine.' },
  metadata: { type: 'object', description: 'Travels along to the engine: strings, numbers and booleans.' },
  logit_bias: { type: 'object', description: 'Travels along to the engine: strings, numbers and booleans.' },
  service_tier: { type: 'string', description: 'Travels along to the engine.' },
  parallel_tool_calls: { type: 'boolean', description: 'Travels along to the engine.' },
  verbosity: { type: 'string', description: 'Travels along to the engine.' },
}
