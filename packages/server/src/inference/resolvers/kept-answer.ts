/** What is kept of an answer that called tools, and its form as a document. */

import type { ToolCall } from '@moonbase/core/generation'
import { isFields } from '@moonbase/protocol'
import type { JsonValue } from '../../records/json-value.ts'
import { canonicalArguments } from './canonical-arguments.ts'
import { digestOf } from './conversation-digests.ts'

export interface KeptAnswer {
  readonly calls: readonly KeptCall[]
  readonly reasoning: string
}

export interface KeptCall {
  readonly id: string
  readonly name: string
  /** A digest of them, in canonical form: what they say is nobody's to keep. */
  readonly arguments: string
}

export type GivenCall = Pick<ToolCall, 'id' | 'name' | 'arguments'>

export function keptCall({ id, name, arguments: given }: GivenCall): KeptCall {
  return { id, name, arguments: digestOf(canonicalArguments(given)) }
}

export function valueOf({ calls, reasoning }: KeptAnswer): JsonValue {
  return { calls: calls.map(({ id, name, arguments: given }) => [id, name, given]), reasoning }
}

/** `undefined` for what has another form, of an older or a newer server. */
export function answerOf(value: unknown): KeptAnswer | undefined {
  if (!isFields(value)) return undefined
  const { calls, reasoning } = value
  if (typeof reasoning !== 'string' || !Array.isArray(calls)) return undefined
  const read: KeptCall[] = []
  for (const call of calls as readonly unknown[]) {
    if (!Array.isArray(call)) return undefined
    const [id, name, given] = call as readonly unknown[]
    if (typeof id !== 'string' || typeof name !== 'string' || typeof given !== 'string') return undefined
    read.push({ id, name, arguments: given })
  }
  return { calls: read, reasoning }
}
