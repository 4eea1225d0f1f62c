/** The Moonshot dialect: the Kimi API as the hosted platform spoke it. */

import { errorBody } from '@moonbase/protocol'
import type { ReadMedia } from '../../generation/index.ts'
import type { Dialect } from '../dialect.ts'
import {
  type ChatForm,
  ChunkEncoder,
  decodeChat,
  encodeFailure,
  encodeReply,
  formAsked,
} from '../chat-completions/index.ts'
import { replyId } from './reply-id.ts'

/** @param readMedia what reads images and videos; without it each is refused as a URL that is not taken. */
export function moonshot(readMedia: ReadMedia = readNone): Dialect {
  return {
    name: 'moonshot',
    lenient: new Set(),
    decode(wire, lenient) {
      const { draft, stream, includeUsage, leniency } = decodeChat(wire.body(), lenient, readMedia)
      const form = formAsked(FORM, lenient)
      return {
        draft,
        stream,
        leniency,
        whole: (head, reply) => encodeReply(head, reply, form),
        events: (head) => new ChunkEncoder(head, form, { includeUsage }),
      }
    },
    encodeError: errorBody,
    encodeFailure: (error) => encodeFailure(error, FORM),
  }
}

const FORM: ChatForm = {
  id: replyId,
  // An empty string beside tool calls, never null: a measured reply shows it so.
  textBesideCalls: '',
  indexedCalls: false,
  fingerprint: true,
  usageAtFinish: true,
  failure: errorBody,
}

const readNone: ReadMedia = () => 'url'
