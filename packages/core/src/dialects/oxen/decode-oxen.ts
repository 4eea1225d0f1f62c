/** From a request as Oxen documents it to a chat completion as its family has it. */

import { type LeniencyNote, type LenientSwitch, apiError, isFields } from '@moonbase/protocol'
import type { ReadMedia } from '../../generation/index.ts'
import { type DecodedChat, decodeChat } from '../chat-completions/index.ts'
import { modelId } from './model-names.ts'

export interface DecodedOxen extends DecodedChat {
  /** As the client wrote it, and as replies repeat it. */
  readonly asked: string
}

/** Words of its own documentation, which its clients may look for. */
export const NO_MODEL = 'You must specify a model to call'
export const NO_MESSAGES = 'Messages array cannot be empty'

/** @throws ApiError */
export function decodeOxen(body: unknown, lenient: ReadonlySet<LenientSwitch>, readMedia: ReadMedia): DecodedOxen {
  if (!isFields(body)) return { ...decodeChat(body, lenient, readMedia), asked: '' }
  const { model, messages, target_namespace: namespace, ...fields } = body
  if (model === undefined || model === null || model === '') throw apiError('invalid_request', { details: NO_MODEL })
  if (Array.isArray(messages) && messages.length === 0) throw apiError('invalid_request', { details: NO_MESSAGES })
  const notes: LeniencyNote[] = []
  if (namespace !== undefined && namespace !== null) {
    if (typeof namespace !== 'string') {
      throw apiError('invalid_request', { details: 'target_namespace must be a string' })
    }
    // Whom to bill says the key here, and nobody else.
    notes.push({ switch: 'ignore-unknown-fields', field: 'target_namespace' })
  }
  const asked = typeof model === 'string' ? model : ''
  const named = typeof model === 'string' ? modelId(model) : model
  const decoded = decodeChat({ ...fields, model: named, messages }, lenient, readMedia)
  return { ...decoded, leniency: [...decoded.leniency, ...notes], asked }
}
