/** The shape of `messages`. Fields that we do not know are left alone: clients send whole reply objects back. */

import { apiError } from './errors.ts'
import { type Fields, isFields, isOneOf, refuse, shown } from './shape.ts'

/** @param allowsDeveloper whether that role is taken, too: whoever decodes reads it as the system's */
export function checkMessages(value: unknown, allowsDeveloper: boolean): void {
  if (!Array.isArray(value)) throw refuse('messages must be an array')
  if (value.length === 0) throw refuse('messages must not be empty')
  for (const [index, message] of value.entries()) checkMessage(message, index, allowsDeveloper)
}

const ROLES = ['system', 'user', 'assistant', 'tool'] as const

function checkMessage(message: unknown, index: number, allowsDeveloper: boolean): void {
  const at = `messages[${index}]`
  if (!isFields(message)) throw refuse(`${at} must be an object`)
  const { content, name, partial, reasoning_content: reasoning } = message
  const role = allowsDeveloper && message['role'] === 'developer' ? 'system' : message['role']
  if (!isOneOf(role, ROLES)) {
    // The platform's words for a role that it did not know, and behind them what helps.
    const known = ROLES.join(', ')
    const words = `unsupported role ROLE_UNSPECIFIED, ${at}.role must be one of ${known}, but got ${shown(role)}`
    throw refuse(words, role === 'developer' ? 'developer-as-system' : undefined)
  }
  if (isPresent(name) && typeof name !== 'string') throw refuse(`${at}.name must be a string`)
  if (isPresent(content)) checkContent(content, index, role)
  else if (role !== 'assistant') throw refuse(`${at}.content is required`)
  if (isPresent(partial)) {
    if (typeof partial !== 'boolean') throw refuse(`${at}.partial must be a boolean`)
    if (partial && role !== 'assistant') throw refuse(`${at}.partial is only allowed in an assistant message`)
  }
  if (isPresent(reasoning) && typeof reasoning !== 'string') throw refuse(`${at}.reasoning_content must be a string`)
  if (role === 'assistant' && isPresent(message['tool_calls'])) checkToolCalls(message['tool_calls'], at)
  // An empty id is a string too; whether it is known is asked where calls and results are matched.
  if (role === 'tool' && typeof message['tool_call_id'] !== 'string') throw refuse(`${at}.tool_call_id is required`)
}

function isPresent(value: unknown): boolean {
  return value !== undefined && value !== null
}

function checkContent(content: unknown, position: number, role: string): void {
  const at = `messages[${position}].content`
  if (typeof content === 'string') return
  if (!Array.isArray(content)) throw refuse(`${at} must be a string or an array of content parts`)
  for (const [index, part] of content.entries()) {
    if (!isFields(part)) throw refuse(`${at}[${index}] must be an object`)
    const { type } = part
    if (typeof type === 'string' && !isOneOf(type, PARTS)) {
      throw apiError('invalid_part', { position, role, part: type.slice(0, SHOWN_TYPE_CHARACTERS) })
    }
    checkPart(part, `${at}[${index}]`)
  }
}

const PARTS = ['text', 'image_url', 'video_url'] as const
const SHOWN_TYPE_CHARACTERS = 64

function checkPart(part: Fields, at: string): void {
  switch (part['type']) {
    case 'text':
      if (typeof part['text'] !== 'string') throw refuse(`${at}.text is required and must be a string`)
      return
    case 'image_url':
    case 'video_url':
      checkUrl(part, part['type'], at)
      return
    default:
      throw refuse(`${at}.type must be "text", "image_url" or "video_url", but got ${shown(part['type'])}`)
  }
}

/** The url as an object with `url`, or as a bare string. */
function checkUrl(part: Fields, field: 'image_url' | 'video_url', at: string): void {
  const value = part[field]
  const url = isFields(value) ? value['url'] : value
  if (typeof url !== 'string' || url === '') throw refuse(`${at}.${field}.url is required and must be a string`)
}

function checkToolCalls(calls: unknown, message: string): void {
  if (!Array.isArray(calls)) throw refuse(`${message}.tool_calls must be an array`)
  for (const [index, call] of calls.entries()) {
    const at = `${message}.tool_calls[${index}]`
    if (!isFields(call)) throw refuse(`${at} must be an object`)
    if (typeof call['id'] !== 'string') throw refuse(`${at}.id is required and must be a string`)
    // Clients that glue a stream together send an empty type back; it says as little as none.
    if (isPresent(call['type']) && call['type'] !== '' && !isOneOf(call['type'], ['function', 'builtin_function'])) {
      throw refuse(`${at}.type must be "function" or "builtin_function", but got ${shown(call['type'])}`)
    }
    const described = call['function']
    if (!isFields(described)) throw refuse(`${at}.function is required`)
    if (typeof described['name'] !== 'string' || described['name'] === '') {
      throw refuse(`${at}.function.name is required`)
    }
    if (isPresent(described['arguments']) && typeof described['arguments'] !== 'string') {
      throw refuse(`${at}.function.arguments must be a string of JSON`)
    }
  }
}
