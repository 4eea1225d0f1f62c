/** Ids of replies, in the form that the hosted platform used in 2026. Nobody should parse them. */

import type { ReplyHead } from '../dialect.ts'

/**
 * `chatcmpl-` and 24 hex digits, of which the first eight are the time in Unix seconds.
 *
 * The two ends of the request's UUID hold no dash and no version: sixteen digits of chance, by which a reply that somebody
 * kept is found in the log.
 */
export function replyId({ created, requestId }: Pick<ReplyHead, 'created' | 'requestId'>): string {
  return `chatcmpl-${created.toString(16).padStart(8, '0')}${requestId.slice(0, 8)}${requestId.slice(-8)}`
}
