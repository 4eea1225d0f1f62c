/** The Anthropic dialect: the Messages API, as its clients speak it, for the models of the Kimi API. */

import type { LenientSwitch } from '@moonbase/protocol'
import type { ReadMedia } from '../../generation/index.ts'
import type { Dialect } from '../dialect.ts'
import { decodeRequest } from './decode-request.ts'
import { encodeError, errorEvent } from './encode-error.ts'
import { encodeMessage } from './encode-message.ts'
import { MessageEvents } from './message-events.ts'
import type { ThinkingSeal } from './thinking-seal.ts'
import { wrong } from './wire-checks.ts'

export interface AnthropicParts {
  readonly seal: ThinkingSeal
  /** What reads images; without it each is refused as a URL that is not taken. */
  readonly readMedia?: ReadMedia
  /** For requests that are only counted: they name no budget. */
  readonly counting?: boolean
}

/**
 * Its clients send values that the model fixes, budgets of another model's window, schemas of MCP as they came, and fields that
 * come and go with each release. Thoughts they bring back themselves.
 */
const LENIENT: ReadonlySet<LenientSwitch> = new Set<LenientSwitch>([
  'accept-empty-reasoning',
  'clamp-budget',
  'drop-fixed-sampling',
  'ignore-unknown-fields',
  'relax-schema',
  'repair-tools',
])

export function anthropic({ seal, readMedia = readNone, counting = false }: AnthropicParts): Dialect {
  return {
    name: 'anthropic',
    lenient: LENIENT,
    decode(wire, lenient) {
      const { draft, stream, leniency, names, single, sealed } = decodeRequest(wire, {
        seal,
        readMedia,
        counting,
        restores: lenient.has('restore-reasoning'),
      })
      // A request may ask to be read strictly, in what is let pass here too.
      const refused = leniency.find((note) => !lenient.has(note.switch))
      if (refused !== undefined) throw wrong(refused.field, 'Extra inputs are not permitted')
      const encoding = { names, seal, sealed, single }
      return {
        draft,
        stream,
        leniency,
        ...(stream ? { needs: 'prompt-tokens' as const } : {}),
        whole: (head, reply) => encodeMessage(head, reply, encoding),
        events: (head) => new MessageEvents(head, encoding),
      }
    },
    encodeError,
    encodeFailure: (error) => errorEvent(error),
  }
}

const readNone: ReadMedia = () => 'url'

export { encodeError } from './encode-error.ts'
export type { ThinkingSeal } from './thinking-seal.ts'
