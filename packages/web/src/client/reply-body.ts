/** What the body of a reply is, where it is no stream; and what the reading of one fails with when the network does. */

import type { ChatCompletion } from '@moonbase/protocol'
import { type errorOf, isErrorBody } from '../wire/read-chunk.ts'

/** What `fetch` and the reading of its bodies fail with when the network does. */
export const isWayGone = (error: unknown): boolean => error instanceof TypeError

/** `undefined` where something in between cut it, or answered in the server's place. */
export function completionIn(text: string): ChatCompletion | undefined {
  try {
    const reply: unknown = JSON.parse(text)
    const isReply = typeof reply === 'object' && reply !== null && 'choices' in reply && Array.isArray(reply.choices)
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- by the server's own encoder
    return isReply ? (reply as unknown as ChatCompletion) : undefined
  } catch {
    return undefined
  }
}

export function errorBodyIn(text: string): Parameters<typeof errorOf>[0] {
  try {
    const body: unknown = JSON.parse(text)
    return isErrorBody(body) ? body : null
  } catch {
    // A page of something in between: its status is what is known.
    return null
  }
}
