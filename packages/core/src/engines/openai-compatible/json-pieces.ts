/** The JSON of a request, in pieces where its conversation is long. */

import type { BodyText } from './transport.ts'

/** From so many messages on. Below, one text is written faster than its pieces. */
const MANY_MESSAGES = 16

interface Fields {
  readonly messages: readonly unknown[]
  readonly tools: unknown
}

/** What `JSON.stringify` says, but that messages and tools may stand behind everything else. */
export function jsonPieces(fields: Fields): BodyText {
  if (fields.messages.length < MANY_MESSAGES) return JSON.stringify(fields)
  const { messages, tools, ...others } = fields
  // Never empty: each request names its model.
  const pieces = [JSON.stringify(others).slice(0, -1)]
  let before = ',"messages":['
  for (const message of messages) {
    pieces.push(before + JSON.stringify(message))
    before = ','
  }
  pieces.push(tools === undefined ? ']}' : `],"tools":${JSON.stringify(tools)}}`)
  return pieces
}
