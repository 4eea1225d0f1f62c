/**
 * Errors in OpenAI's form: `{"error": {"message", "type", "param", "code"}}`. The words are the platform's; the codes are those
 * that clients of this wire act on.
 */

import type { ApiError, ErrorCode } from '@moonbase/protocol'
import type { Fields } from './shape.ts'

const FULL_WINDOW = 'Your input exceeds the context window of this model. Please adjust your input and try again.'

/** The body of a refusal. */
export function errorBodyOf(error: ApiError): Fields {
  const code = codeOf(error)
  return {
    error: { message: messageOf(error), type: typeOf(error), param: paramOf(error), code },
  }
}

/** `error` of a response that failed. Clients repeat `server_error`, and compact at `context_length_exceeded`. */
export function streamErrorOf(error: ApiError): Fields {
  const code = codeOf(error)
  return {
    code: code ?? (error.status < 500 && error.status !== 499 ? 'invalid_prompt' : 'server_error'),
    message: messageOf(error),
  }
}

/** An `error` event, for who reads a stream and must be told a failure of his own. */
export function errorEventOf(error: ApiError): string {
  const { code, message } = streamErrorOf(error)
  return `event: error\ndata: ${JSON.stringify({ type: 'error', code, message, param: paramOf(error) })}\n\n`
}

/** Its first sentence is what agents of this wire look for; the figures are the platform's. */
function messageOf({ code, publicMessage }: ApiError): string {
  return code === 'window_exceeded' ? `${FULL_WINDOW} ${publicMessage}` : publicMessage
}

function paramOf({ code, field }: ApiError): string | null {
  return field?.name ?? (code === 'window_exceeded' ? 'input' : null)
}

const CODES: Partial<Record<ErrorCode, string>> = {
  window_exceeded: 'context_length_exceeded',
  incorrect_api_key: 'invalid_api_key',
  invalid_authentication: 'invalid_api_key',
  model_not_found: 'model_not_found',
  previous_response_not_found: 'previous_response_not_found',
  invalid_encrypted_content: 'invalid_encrypted_content',
}

/** `null` where clients of this wire know no code for it. */
function codeOf({ code, status, type }: ApiError): string | null {
  const known = CODES[code]
  if (known !== undefined) return known
  if (type === 'exceeded_current_quota_error') return 'insufficient_quota'
  return status === 429 ? 'rate_limit_exceeded' : null
}

function typeOf({ status, type }: ApiError): string {
  if (type === 'exceeded_current_quota_error') return 'insufficient_quota'
  if (status === 429) return 'rate_limit_error'
  return status >= 500 ? 'server_error' : 'invalid_request_error'
}
