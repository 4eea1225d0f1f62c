/** From the inputs of a run to the body of a chat completion: the same conversation, in the family's own words. */

import { type Fields, isFields } from '@moonbase/protocol'

/**
 * @param inputs that keep the published schema
 * @param model by our name
 */
export function chatBodyOf(inputs: Fields, model: string): Fields {
  const { prompt, ...rest } = inputs
  const body: Record<string, unknown> = { ...rest, model, messages: messagesOf(prompt, inputs['messages']) }
  for (const name of BUDGETS) {
    const budget = body[name]
    // The published schema asks for a number above 0, and not for whole tokens.
    if (typeof budget === 'number') body[name] = wholeTokens(budget)
  }
  if (Array.isArray(body['tools'])) body['tools'] = body['tools'].map(toolOf)
  // Said, and not left out: this is how the platform's clients switch thinking off.
  if (body['reasoning_effort'] === null) body['reasoning_effort'] = 'none'
  const format = body['response_format']
  if (isFields(format) && isBareSchema(format)) body['response_format'] = named(format)
  return body
}

const BUDGETS = ['max_tokens', 'max_completion_tokens'] as const

/** Below 1 is what no schema of this wire lets through where it matters: it stays, and is refused. */
function wholeTokens(budget: number): number {
  return budget > 0 ? Math.max(1, Math.floor(budget)) : budget
}

function messagesOf(prompt: unknown, messages: unknown): unknown {
  if (typeof prompt === 'string') return [{ role: 'user', content: prompt }]
  return Array.isArray(messages) ? messages.map(messageOf) : messages
}

/** A message that needs no other words stays the object that it is. */
function messageOf(message: unknown): unknown {
  if (!isFields(message)) return message
  const { role, content, reasoning } = message
  if (role === 'developer') return { ...message, role: 'system' }
  if (role === 'assistant') {
    // Its own provider for the AI SDK sends what a model thought back under this name.
    if (typeof reasoning !== 'string' || message['reasoning_content'] !== undefined) return message
    return { ...message, reasoning_content: reasoning }
  }
  return content === null ? { ...message, content: '' } : message
}

/** Older tools of the platform stand there without the word `function` around them. */
function toolOf(tool: unknown): unknown {
  if (!isFields(tool) || tool['function'] !== undefined || typeof tool['name'] !== 'string') return tool
  const { type: _, ...described } = tool
  return { type: 'function', function: described }
}

/** The documentation of its JSON mode, and its provider for the AI SDK, put a schema where OpenAI has a name and a schema. */
function isBareSchema({ type, json_schema: schema }: Fields): boolean {
  if (type !== 'json_schema' || !isFields(schema) || schema['schema'] !== undefined) return false
  return SCHEMA_WORDS.some((word) => word in schema)
}

const SCHEMA_WORDS = ['type', 'properties', '$schema', '$ref', 'anyOf', 'oneOf', 'allOf', 'enum'] as const

function named({ json_schema: schema, ...format }: Fields): Fields {
  return { ...format, json_schema: { name: 'response', schema } }
}
