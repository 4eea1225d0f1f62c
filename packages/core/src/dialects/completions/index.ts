/** OpenAI's completions of old, as a thin face: a prompt is a user's message, and what comes back is the text of its answer. */

import type { LenientSwitch } from '@moonbase/protocol'
import type { Dialect } from '../dialect.ts'
import { CompletionEncoder, completionOf, failureEventOf, openAiErrorOf } from './encode-completion.ts'
import { decodeCompletion } from './decode-completion.ts'

/** This wire has no place for what a model fixes, nor for half of what its clients send. */
const LENIENT: ReadonlySet<LenientSwitch> = new Set(['drop-fixed-sampling', 'ignore-unknown-fields'])

export const completions: Dialect = {
  name: 'completions',
  lenient: LENIENT,
  decode(wire, lenient) {
    const { includeUsage, ...decoded } = decodeCompletion(wire.body(), lenient)
    return {
      ...decoded,
      whole: completionOf,
      events: (head) => new CompletionEncoder(head, includeUsage),
    }
  },
  encodeError: openAiErrorOf,
  encodeFailure: failureEventOf,
}
