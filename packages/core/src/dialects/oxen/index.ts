/** Oxen's dialect: chat completions as Oxen.ai's inference API documents them, and the errors of its hub. */

import type { LenientSwitch } from '@moonbase/protocol'
import type { ReadMedia } from '../../generation/index.ts'
import { type ChatForm, ChunkEncoder, encodeFailure, encodeReply, formAsked } from '../chat-completions/index.ts'
import type { Dialect } from '../dialect.ts'
import { decodeOxen } from './decode-oxen.ts'
import { oxenFault } from './oxen-errors.ts'

/**
 * Its own examples send a temperature of 0.7 and a `top_p` of 1.0, its schema has no bounds for fields and schemas of tools, and
 * none of its fields holds a thought.
 */
const LENIENT: ReadonlySet<LenientSwitch> = new Set([
  'drop-fixed-sampling',
  'ignore-unknown-fields',
  'accept-empty-reasoning',
  'relax-schema',
  'restore-reasoning',
])

/** @param readMedia what reads images and videos; without it each is refused as a URL that is not taken. */
export function oxen(readMedia: ReadMedia = readNone): Dialect {
  return {
    name: 'oxen',
    lenient: LENIENT,
    decode(wire, lenient) {
      const { draft, stream, includeUsage, leniency, asked } = decodeOxen(wire.body(), lenient, readMedia)
      const form = formAsked(FORM, lenient)
      return {
        draft,
        stream,
        leniency,
        whole: (head, reply) => encodeReply({ ...head, model: asked }, reply, form),
        events: (head) => new ChunkEncoder({ ...head, model: asked }, form, { includeUsage }),
      }
    },
    encodeError: (error) => oxenFault(error).body,
    encodeFailure: (error) => encodeFailure(error, FORM),
  }
}

const FORM: ChatForm = {
  id: ({ requestId }) => `chatcmpl-${requestId}`,
  textBesideCalls: null,
  indexedCalls: true,
  fingerprint: false,
  usageAtFinish: false,
  failure: (error) => oxenFault(error).body,
}

const readNone: ReadMedia = () => 'url'

export { modelId, oxenName } from './model-names.ts'
export { oxenFault } from './oxen-errors.ts'
