/** The Workers AI dialect: what `env.AI.run` and Cloudflare's REST API send for a model, and what they read. */

import type { ChatCompletion, LenientSwitch } from '@moonbase/protocol'
import type { ReadMedia } from '../../generation/index.ts'
import {
  type ChatForm,
  ChunkEncoder,
  decodeChat,
  encodeFailure,
  encodeReply,
  formAsked,
} from '../chat-completions/index.ts'
import type { Dialect, ReplyHead } from '../dialect.ts'
import { chatBodyOf } from './chat-body.ts'
import { checkInputs } from './check-inputs.ts'
import { bindingError, platformFault, streamError } from './errors.ts'
import { type NamedModel, namedModel } from './model-names.ts'
import type { ReadRun } from './read-run.ts'

/** What a run is answered with: bare, as the binding has it; in REST's envelope; or as OpenAI's clients want it. */
export type RunForm = 'binding' | 'enveloped' | 'chat'

/**
 * Its pages send a temperature of 0.2 and 0.7, its schemas let pass what they do not name, and its types have no place for what a
 * model thought.
 */
const LENIENT: ReadonlySet<LenientSwitch> = new Set([
  'drop-fixed-sampling',
  'ignore-unknown-fields',
  'accept-empty-reasoning',
  'relax-schema',
  'repair-tools',
  'restore-reasoning',
])

/** @param readMedia what reads images and videos; without it each is refused as a URL that is not taken */
export function workersAi(read: ReadRun, form: RunForm, readMedia: ReadMedia = readNone): Dialect {
  return {
    name: 'workers-ai',
    lenient: LENIENT,
    decode(wire, lenient) {
      const { model, inputs } = read(wire)
      const named = namedModel(model)
      checkInputs(inputs, named.hosted)
      const { draft, stream, includeUsage, leniency } = decodeChat(chatBodyOf(inputs, named.id), lenient, readMedia)
      const chat = formAsked(FORM, lenient)
      return {
        draft,
        stream,
        leniency,
        whole: (head, reply) => wholeOf(encodeReply(headOf(head, named), reply, chat), named, form),
        events: (head) => new ChunkEncoder(headOf(head, named), chat, { includeUsage }),
      }
    },
    encodeError: (error) => bindingError(platformFault(error)),
    encodeFailure: (error) => encodeFailure(error, FORM),
  }
}

const FORM: ChatForm = {
  id: ({ requestId }) => `chatcmpl-${requestId}`,
  textBesideCalls: null,
  indexedCalls: false,
  fingerprint: false,
  usageAtFinish: false,
  // Its clients read it where it comes, and never ask for a chunk without choices.
  usageBesideFinish: true,
  failure: streamError,
}

const headOf = (head: ReplyHead, { asked }: NamedModel): ReplyHead => ({ ...head, model: asked })

function wholeOf(completion: ChatCompletion, { hosted }: NamedModel, form: RunForm): unknown {
  const answer = hosted ? typed(completion) : completion
  switch (form) {
    case 'chat':
      return answer
    case 'binding':
      return hosted ? answer : { ...answer, gatewayMetadata: GATEWAY_METADATA }
    case 'enveloped': {
      const result = hosted ? answer : { ...answer, gatewayMetadata: GATEWAY_METADATA }
      return { result, success: true, errors: [], messages: [] }
    }
  }
}

/** Captured of other proxied models: nobody's own key was used. */
const GATEWAY_METADATA = { keySource: 'Unified' }

/** What the platform's types say that a hosted model's answer always has. */
function typed(completion: ChatCompletion) {
  return {
    ...completion,
    choices: completion.choices.map(({ message, ...choice }) => ({
      ...choice,
      message: { ...message, refusal: null },
      logprobs: null,
    })),
  }
}

const readNone: ReadMedia = () => 'url'

export { checkInputs } from './check-inputs.ts'
export { bindingError, chatError, envelope, platformFault } from './errors.ts'
export { HOSTED_SCHEMA, PROXIED_SCHEMA } from './input-schemas.ts'
export { hostedName, namedModel, proxiedName } from './model-names.ts'
export { MODEL_HEADER, type ReadRun, bindingRun, chatRun, gatewayOption, namedRun, pathRun } from './read-run.ts'
