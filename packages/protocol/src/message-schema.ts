/** The messages of a chat request as a JSON Schema: one form for each role. */

import type { FieldSchema } from './request-schema.ts'

export interface MessageLimits {
  /** What a message may hold beside text. */
  readonly parts: readonly ('image_url' | 'video_url')[]
}

export function messagesSchema({ parts }: MessageLimits): FieldSchema {
  const content: FieldSchema = {
    anyOf: [{ type: 'string' }, { type: 'array', items: { anyOf: [TEXT_PART, ...parts.map(mediaPart)] } }],
  }
  const spoken = (role: string): FieldSchema => ({
    type: 'object',
    properties: { role: { const: role }, content, name: NAME },
    required: ['role', 'content'],
  })
  return {
    type: 'array',
    title: 'Messages',
    minItems: 1,
    items: { anyOf: [spoken('system'), spoken('user'), assistantSchema(content), toolSchema(content)] },
  }
}

const NAME: FieldSchema = { type: 'string' }

const TEXT_PART: FieldSchema = {
  type: 'object',
  properties: { type: { const: 'text' }, text: { type: 'string', minLength: 1 } },
  required: ['type', 'text'],
}

function mediaPart(field: 'image_url' | 'video_url'): FieldSchema {
  const url: FieldSchema = { type: 'string', description: 'A data URL.', minLength: 1 }
  return {
    type: 'object',
    properties: {
      type: { const: field },
      [field]: { anyOf: [url, { type: 'object', properties: { url }, required: ['url'] }] },
    },
    required: ['type', field],
  }
}

function assistantSchema(content: FieldSchema): FieldSchema {
  return {
    type: 'object',
    properties: {
      role: { const: 'assistant' },
      content,
      name: NAME,
      reasoning_content: { type: 'string', description: 'Its thinking. Beside tool calls it must be sent back.' },
      tool_calls: { type: 'array', items: TOOL_CALL },
      partial: { type: 'boolean', description: 'Go on from this message. Only of the last one.' },
    },
    required: ['role'],
  }
}

const TOOL_CALL: FieldSchema = {
  type: 'object',
  properties: {
    id: { type: 'string' },
    type: { type: 'string', enum: ['function', 'builtin_function', ''] },
    function: {
      type: 'object',
      properties: {
        name: { type: 'string', minLength: 1 },
        arguments: { type: 'string', description: 'A text of JSON.' },
      },
      required: ['name'],
    },
  },
  required: ['id', 'function'],
}

function toolSchema(content: FieldSchema): FieldSchema {
  return {
    type: 'object',
    properties: {
      role: { const: 'tool' },
      content,
      tool_call_id: { type: 'string', description: 'Of the call that it is the result of.' },
      name: NAME,
    },
    required: ['role', 'content', 'tool_call_id'],
  }
}
