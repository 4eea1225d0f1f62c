/** A request as text and back: what is no request is told in one line, and changes nothing. */

import type { ChatRequest } from '@moonbase/protocol'
import type { RequestSettings } from './settings.ts'

export type { RequestSettings } from './settings.ts'

export function requestText(request: RequestSettings): string {
  return JSON.stringify(request, null, 2)
}

/** Shape alone: whether its values are allowed, the server says, in the platform's words. */
export function isRequest(value: unknown): value is ChatRequest {
  return (
    typeof value === 'object' &&
    value !== null &&
    'model' in value &&
    typeof value.model === 'string' &&
    'messages' in value &&
    Array.isArray(value.messages)
  )
}

export function requestIn(text: string): { readonly request: ChatRequest } | { readonly wrong: string } {
  try {
    const value: unknown = JSON.parse(text)
    return isRequest(value) ? { request: value } : { wrong: 'model, messages' }
  } catch (error) {
    return { wrong: error instanceof Error ? error.message : String(error) }
  }
}
