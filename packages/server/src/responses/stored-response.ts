/** What is kept of a response: the object that clients fetch, what it was asked, and with which responses it went on. */

import type { JsonValue } from '../records/json-value.ts'

export type JsonObject = Readonly<Record<string, JsonValue>>

/** An item of a conversation, as its wire has it. */
export type StoredItem = JsonObject

export interface StoredResponse {
  /** As it is fetched. */
  readonly response: JsonObject
  /** The responses that it went on from, the oldest first. */
  readonly earlier: readonly string[]
  /** Goes on while nobody is there, and may be cancelled. */
  readonly background: boolean
  /** The stream that its events are read again from, while that is kept. */
  readonly stream: string | null
}

/** Whether nothing will change it any more. */
export function isOver({ response }: StoredResponse): boolean {
  const { status } = response
  return status !== 'queued' && status !== 'in_progress'
}

/** @throws Error for what was never kept as one */
export function storedResponseOf(value: JsonValue): StoredResponse {
  const { response, earlier, background, stream } = objectOf(value)
  if (!isList(earlier)) throw new Error('what is kept as a response is none')
  return {
    response: objectOf(response),
    earlier: earlier.flatMap((id) => (typeof id === 'string' ? [id] : [])),
    background: background === true,
    stream: typeof stream === 'string' ? stream : null,
  }
}

export function storedItemsOf(value: JsonValue | undefined): readonly StoredItem[] {
  return isList(value) ? value.map(objectOf) : []
}

function objectOf(value: JsonValue | undefined): JsonObject {
  if (typeof value === 'object' && value !== null && !isList(value)) return value
  throw new Error('what is kept is no object')
}

/** `Array.isArray` forgets what the array holds. */
function isList(value: JsonValue | undefined): value is readonly JsonValue[] {
  return Array.isArray(value)
}
