/** A body as an upstream reads it. */

import type { BodyText } from '../transport.ts'

export function jsonOf(body: BodyText): unknown {
  return JSON.parse(typeof body === 'string' ? body : body.join(''))
}
