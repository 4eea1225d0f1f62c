/** Ids of calls, which clients send back with the results. */

import type { ReplyHead } from '../dialect.ts'

/** What makes the ids of one answer unlike those of another: `call_`, the time, and what finds the reply in the log. */
export function callIdsOf({ created, requestId }: Pick<ReplyHead, 'created' | 'requestId'>): string {
  return `call_${created.toString(16).padStart(8, '0')}${requestId.slice(0, 8)}${requestId.slice(-8)}_`
}

/**
 * `name:place`, as the hosted platform gave them: unique inside one answer only.
 *
 * @param given an engine's own id that must reach the client
 * @param unique what stands before the place instead
 */
export function toolCallId(given: string | undefined, name: string, place: number, unique: string | undefined): string {
  return given ?? (unique === undefined ? `${name}:${place}` : `${unique}${place}`)
}
