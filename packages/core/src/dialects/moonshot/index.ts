/** The Moonshot dialect: the Kimi API as the hosted platform spoke it. */

import type { Dialect } from '../dialect.ts'
import { ChunkEncoder } from './chunk-encoder.ts'
import { decodeChat } from './decode.ts'
import { encodeReply } from './encode-reply.ts'

export const moonshot: Dialect = {
  decode(body, lenient) {
    const { draft, stream, includeUsage, leniency } = decodeChat(body, lenient)
    return {
      draft,
      stream,
      leniency,
      encodeReply,
      streamEncoder: (head) => new ChunkEncoder(head, { includeUsage }),
    }
  },
}
