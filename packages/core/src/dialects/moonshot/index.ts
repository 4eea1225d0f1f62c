/** The Moonshot dialect: the Kimi API as the hosted platform spoke it. */

import { errorBody } from '@moonbase/protocol'
import type { Dialect } from '../dialect.ts'
import { ChunkEncoder, encodeFailure } from './chunk-encoder.ts'
import { decodeChat } from './decode.ts'
import { encodeReply } from './encode-reply.ts'

export const moonshot: Dialect = {
  name: 'moonshot',
  lenient: new Set(),
  decode(wire, lenient) {
    const { draft, stream, includeUsage, leniency } = decodeChat(wire.body(), lenient)
    return {
      draft,
      stream,
      leniency,
      whole: encodeReply,
      events: (head) => new ChunkEncoder(head, { includeUsage }),
    }
  },
  encodeError: errorBody,
  encodeFailure,
}
