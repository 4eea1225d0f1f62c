/** Errors in the form, the types and the words of this wire. Clients decide by all three. */

import type { ApiError, ErrorCode } from '@moonbase/protocol'

/** `{"type":"error","error":{"type":…,"message":…},"request_id":…}` */
export interface MessagesError {
  readonly type: 'error'
  readonly error: { readonly type: string; readonly message: string }
  readonly request_id?: string
}

export function encodeError(error: ApiError, requestId?: string): MessagesError {
  return {
    type: 'error',
    error: { type: typeOf(error), message: messageOf(error) },
    ...(requestId === undefined ? {} : { request_id: requestId }),
  }
}

/** As the last event of a stream. */
export function errorEvent(error: ApiError, requestId?: string): string {
  return `event: error\ndata: ${JSON.stringify(encodeError(error, requestId))}\n\n`
}

const TYPES_BY_CODE: Partial<Record<ErrorCode, string>> = {
  engine_overloaded: 'overloaded_error',
  server_busy: 'overloaded_error',
  account_suspended: 'billing_error',
  quota_exceeded: 'billing_error',
}

const TYPES_BY_STATUS: Readonly<Record<number, string>> = {
  401: 'authentication_error',
  403: 'permission_error',
  404: 'not_found_error',
  410: 'not_found_error',
  413: 'request_too_large',
  429: 'rate_limit_error',
  504: 'timeout_error',
}

function typeOf({ code, status }: ApiError): string {
  return TYPES_BY_CODE[code] ?? TYPES_BY_STATUS[status] ?? (status >= 500 ? 'api_error' : 'invalid_request_error')
}

const STEM = 'Invalid request: '

function messageOf(error: ApiError): string {
  const own = WORDS[error.code]?.(error)
  if (own !== undefined) return own
  return withoutStem(error.publicMessage)
}

function withoutStem(message: string): string {
  return message.startsWith(STEM) ? message.slice(STEM.length) : message
}

const NO_THOUGHT =
  'Expected `thinking` or `redacted_thinking`, but found `tool_use`. When `thinking` is enabled, an assistant message that calls tools must start with a thinking block.'

/** Where the platform's words name fields of another wire, or where clients go by the words. */
const WORDS: Partial<Record<ErrorCode, (error: ApiError) => string>> = {
  window_exceeded: windowWords,
  missing_tool_results: ({ parameters }) =>
    `\`tool_use\` ids were found without \`tool_result\` blocks immediately after: ${parameters['ids']}. Each \`tool_use\` block must have a corresponding \`tool_result\` block in the next message.`,
  tool_call_id_not_found: ({ parameters }) =>
    `unexpected \`tool_use_id\` found in \`tool_result\` blocks: ${parameters['id']}. Each \`tool_result\` block must have a corresponding \`tool_use\` block in the previous message.`,
  forced_tool_with_thinking: () => 'Thinking may not be enabled when tool_choice forces tool use.',
  missing_reasoning: () => NO_THOUGHT,
  ambiguous_reasoning: () =>
    `${NO_THOUGHT} None was put back: what was kept of the answers to this conversation differs.`,
  empty_message: () =>
    'messages: all messages must have non-empty content except for the optional final assistant message',
  empty_text: () => 'messages: text content blocks must be non-empty',
  duplicate_tool: () => 'tools: Tool names must be unique.',
  stop_array_too_long: ({ parameters }) =>
    `stop_sequences: List should have at most ${parameters['maximum']} items, not ${parameters['actual']}`,
}

/** Both sentences are known to coding agents: by the first they compact, by the second they ask for a smaller answer. */
function windowWords({ parameters, field }: ApiError): string {
  const limit = Number(parameters['limit'])
  const requested = Number(parameters['requested'])
  const prompt = field?.value ?? requested
  if (prompt >= limit) return tooLong(prompt, limit)
  return `input length and \`max_tokens\` exceed context limit: ${prompt} + ${requested - prompt} > ${limit}, decrease input length or \`max_tokens\` and try again`
}

function tooLong(tokens: number, limit: number): string {
  return `prompt is too long: ${tokens} tokens > ${limit} maximum`
}
