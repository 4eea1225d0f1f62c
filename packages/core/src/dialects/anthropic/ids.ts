/** Ids of messages and calls, in the form that clients of this wire know. Nobody should parse them. */

import type { ReplyHead } from '../dialect.ts'

type IdHead = Pick<ReplyHead, 'created' | 'requestId'>

/** `msg_` and 24 hex digits, of which the last sixteen find the reply in the log. */
export function messageId(head: IdHead): string {
  return `msg_${ofRequest(head)}`
}

/**
 * `toolu_`, 24 hex digits and the call's place in its answer. The platform's `name:place` comes again in every answer, and
 * clients of this wire take an id for one call of the whole conversation. Engines rename ids for the model in any case.
 *
 * @param given an engine's own id that must reach the client
 */
export function toolUseId(head: IdHead, place: number, given: string | undefined): string {
  return given ?? `toolu_${ofRequest(head)}${place.toString(16).padStart(2, '0')}`
}

/** The two ends of the request's UUID hold no dash and no version. */
function ofRequest({ created, requestId }: IdHead): string {
  return `${created.toString(16).padStart(8, '0')}${requestId.slice(0, 8)}${requestId.slice(-8)}`
}
