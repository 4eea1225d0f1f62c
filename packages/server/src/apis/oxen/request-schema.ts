/**
 * What may be set of a model, in the dialect of JSON Schema from which Oxen's forms are built: `basic` names the fields that are
 * shown at once, `x-order` their order. Its own schema of K2.5 is empty; this one has what the model takes.
 */

import type { Model, SamplingRule } from '@moonbase/protocol'

interface SchemaProperty {
  readonly type: 'boolean' | 'integer' | 'number' | 'string'
  readonly title: string
  readonly description: string
  readonly default?: boolean | number | string
  readonly enum?: readonly string[]
  readonly minimum?: number
  readonly maximum?: number
  readonly 'x-order': number
}

export interface RequestSchema {
  readonly type: 'object'
  readonly properties: Readonly<Record<string, SchemaProperty>>
  readonly required: readonly string[]
  readonly basic: readonly string[]
}

export function requestSchema(model: Model): RequestSchema {
  const { thinking, defaultMaxTokens, contextLength } = model
  const properties: Record<string, SchemaProperty> = {
    max_tokens: {
      type: 'integer',
      title: 'Max tokens',
      description: 'Tokens of the answer, thought included.',
      default: defaultMaxTokens,
      minimum: 1,
      maximum: contextLength,
      'x-order': 1,
    },
    stream: {
      type: 'boolean',
      title: 'Stream',
      description: 'Send it as it is written.',
      default: false,
      'x-order': 2,
    },
    ...samplingProperties(model),
  }
  if (thinking === 'switch') {
    properties['reasoning_effort'] = {
      type: 'string',
      title: 'Thinking',
      description: 'Whether the model thinks before it answers.',
      enum: ['none', 'high'],
      default: 'high',
      'x-order': 3,
    }
  }
  return { type: 'object', properties, required: [], basic: ['max_tokens', 'stream'] }
}

const SAMPLING = [
  ['temperature', 'Temperature', 'How freely it chooses.'],
  ['top_p', 'Top P', 'The part of the likely tokens that it chooses from.'],
  ['presence_penalty', 'Presence penalty', 'How much it avoids what was said.'],
  ['frequency_penalty', 'Frequency penalty', 'How much it avoids what was said often.'],
] as const

/** What the model fixes nobody can set. */
function samplingProperties({ sampling }: Model): Record<string, SchemaProperty> {
  const properties: Record<string, SchemaProperty> = {}
  for (const [index, [name, title, description]] of SAMPLING.entries()) {
    const rule: SamplingRule = sampling.thinking[name]
    if ('fixed' in rule) continue
    const { minimum, maximum, default: usual } = rule
    properties[name] = { type: 'number', title, description, default: usual, minimum, maximum, 'x-order': 10 + index }
  }
  return properties
}
