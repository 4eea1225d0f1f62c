/**
 * The schemas that the platform publishes for its models, as JSON Schema: for `models/schema`, and for the test that holds
 * `check-inputs.ts` to them. Sources: the catalogue entry of `moonshotai/kimi-k2.5`, whole; of `@cf/moonshotai/kimi-k2.5`, which
 * repeats OpenAI's API description in four copies, what any model here takes, with its ranges.
 */

const DRAFT = 'https://json-schema.org/draft/2020-12/schema'

const between = (minimum: number, maximum: number) => ({ type: 'number', minimum, maximum }) as const
const integerBetween = (minimum: number, maximum: number) => ({ type: 'integer', minimum, maximum }) as const
const ABOVE_ZERO = { type: 'number', exclusiveMinimum: 0 } as const
const NULL = { type: 'null' } as const

const TEXT_OR_PARTS = { anyOf: [{ type: 'string' }, { type: 'array', items: {} }] } as const
const TEXT_PARTS_OR_NULL = { anyOf: [{ type: 'string' }, NULL, { type: 'array', items: {} }] } as const

const USAGE = {
  type: 'object',
  properties: {
    prompt_tokens: { type: 'number' },
    completion_tokens: { type: 'number' },
    total_tokens: { type: 'number' },
  },
  required: ['prompt_tokens', 'completion_tokens', 'total_tokens'],
  additionalProperties: {},
} as const

const OUTPUT = {
  $schema: DRAFT,
  type: 'object',
  properties: {
    id: { type: 'string' },
    object: { type: 'string' },
    created: { type: 'number' },
    model: { type: 'string' },
    choices: {
      type: 'array',
      items: {
        type: 'object',
        properties: {
          index: { type: 'number' },
          message: {
            type: 'object',
            properties: {
              role: { type: 'string' },
              content: { anyOf: [{ type: 'string' }, NULL] },
              tool_calls: { type: 'array', items: {} },
            },
            required: ['role'],
            additionalProperties: {},
          },
          finish_reason: { anyOf: [{ type: 'string' }, NULL] },
        },
        required: ['index', 'message', 'finish_reason'],
        additionalProperties: {},
      },
    },
    usage: USAGE,
  },
  required: ['id', 'object', 'created', 'model', 'choices'],
  additionalProperties: {},
} as const

export const PROXIED_SCHEMA = {
  input: {
    $schema: DRAFT,
    type: 'object',
    properties: {
      messages: {
        type: 'array',
        items: {
          type: 'object',
          properties: {
            role: { type: 'string', enum: ['system', 'developer', 'user', 'assistant', 'tool'] },
            content: TEXT_PARTS_OR_NULL,
          },
          required: ['role', 'content'],
          additionalProperties: {},
        },
      },
      temperature: between(0, 2),
      max_tokens: ABOVE_ZERO,
      max_completion_tokens: ABOVE_ZERO,
      top_p: between(0, 1),
      frequency_penalty: between(-2, 2),
      presence_penalty: between(-2, 2),
      stream: { type: 'boolean' },
      stream_options: {
        type: 'object',
        properties: { include_usage: { type: 'boolean' } },
        additionalProperties: false,
      },
      tools: { type: 'array', items: {} },
      tool_choice: {},
      response_format: {},
    },
    required: ['messages'],
    additionalProperties: {},
  },
  output: OUTPUT,
} as const

const nullable = <Schema>(schema: Schema) => ({ anyOf: [schema, NULL] })

const HOSTED_OPTIONS = {
  model: { type: 'string' },
  frequency_penalty: nullable(between(-2, 2)),
  max_tokens: nullable({ type: 'integer' }),
  max_completion_tokens: nullable({ type: 'integer' }),
  n: nullable(integerBetween(1, 128)),
  top_logprobs: nullable(integerBetween(0, 20)),
  presence_penalty: nullable(between(-2, 2)),
  seed: nullable({ type: 'integer' }),
  stop: {
    anyOf: [NULL, { type: 'string' }, { type: 'array', items: { type: 'string' }, minItems: 1, maxItems: 4 }],
  },
  stream: nullable({ type: 'boolean' }),
  stream_options: nullable({ type: 'object', properties: { include_usage: { type: 'boolean' } } }),
  temperature: nullable(between(0, 2)),
  tools: nullable({ type: 'array' }),
  top_p: nullable(between(0, 1)),
} as const

const roleOf = (role: string, content: object, required: readonly string[]) => ({
  type: 'object',
  properties: { role: { type: 'string', enum: [role] }, content },
  required: ['role', ...required],
})

const HOSTED_MESSAGE = {
  oneOf: [
    roleOf('developer', TEXT_OR_PARTS, ['content']),
    roleOf('system', TEXT_OR_PARTS, ['content']),
    roleOf('user', TEXT_OR_PARTS, ['content']),
    roleOf('assistant', TEXT_PARTS_OR_NULL, []),
    roleOf('tool', TEXT_OR_PARTS, ['content']),
  ],
} as const

export const HOSTED_SCHEMA = {
  input: {
    $schema: DRAFT,
    type: 'object',
    oneOf: [
      {
        title: 'Prompt',
        properties: { prompt: { type: 'string', minLength: 1 }, ...HOSTED_OPTIONS },
        required: ['prompt'],
      },
      {
        title: 'Messages',
        properties: { messages: { type: 'array', items: HOSTED_MESSAGE }, ...HOSTED_OPTIONS },
        required: ['messages'],
      },
    ],
  },
  output: OUTPUT,
} as const
