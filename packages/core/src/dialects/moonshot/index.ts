/** The Moonshot dialect: the Kimi API as the hosted platform spoke it. */

import { errorBody } from '@moonbase/protocol'
import type { ReadMedia } from '../../generation/index.ts'
import type { Dialect } from '../dialect.ts'
import { ChunkEncoder, encodeFailure } from './chunk-encoder.ts'
import { decodeChat } from './decode.ts'
import { encodeReply } from './encode-reply.ts'

/** @param readMedia what reads images and videos; without it each is refused as a URL that is not taken. */
export function moonshot(readMedia: ReadMedia = readNone): Dialect {
  return {
    name: 'moonshot',
    lenient: new Set(),
    decode(wire, lenient) {
      const { draft, stream, includeUsage, leniency } = decodeChat(wire.body(), lenient, readMedia)
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
}

const readNone: ReadMedia = () => 'url'
