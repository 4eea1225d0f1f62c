/** The bytes of images and videos, wherever they are: how many, and how an engine gets those that it has not got. */

import { ApiError, apiErrorWith } from '@moonbase/protocol/errors'
import { lengthOfBase64 } from './base64-bytes.ts'
import { EngineError } from './engine-error.ts'
import type { ContentPart, GenerationRequest, MediaBytes, Message } from './request.ts'

/** How many bytes there are. Loads nothing. */
export function sizeOfMedia(media: MediaBytes): number {
  return media.base64 === undefined ? media.size : lengthOfBase64(media.base64)
}

/** The bytes in base64. Rejects as `load` does. */
export async function base64Of(media: MediaBytes, signal: AbortSignal): Promise<string> {
  return media.base64 ?? media.load(signal)
}

/**
 * The request with all bytes in place: at once and as it is where they are, which is nearly always. Rejects with an
 * `EngineError`: of kind `refused` where some bytes cannot be had, which no other engine would change, and of kind
 * `aborted` when the signal fires.
 */
export function withMediaLoaded(
  request: GenerationRequest,
  engine: string,
  signal: AbortSignal,
): GenerationRequest | Promise<GenerationRequest> {
  return request.messages.some(isStored) ? loaded(request, engine, signal) : request
}

function isStored({ content }: Message): boolean {
  return typeof content !== 'string' && content.some((part) => part.type !== 'text' && part.base64 === undefined)
}

/** One after the other: a request of many videos waits for itself, not others for it. */
async function loaded(request: GenerationRequest, engine: string, signal: AbortSignal): Promise<GenerationRequest> {
  const messages: Message[] = []
  for (const message of request.messages) {
    if (typeof message.content === 'string' || !isStored(message)) {
      messages.push(message)
      continue
    }
    const content: ContentPart[] = []
    for (const part of message.content) content.push(await heldPart(part, engine, signal))
    messages.push({ ...message, content })
  }
  return { ...request, messages }
}

async function heldPart(part: ContentPart, engine: string, signal: AbortSignal): Promise<ContentPart> {
  if (part.type === 'text' || part.base64 !== undefined) return part
  const { mime } = part
  try {
    const base64 = await part.load(signal)
    return part.type === 'image'
      ? { type: 'image', mime, base64, measured: part.measured }
      : { type: 'video', mime, base64, measured: part.measured }
  } catch (error) {
    throw mediaFailure(error, engine, signal)
  }
}

/** Why the bytes cannot be had, as the failure of the engine that needs them; its cause is what the client is told. */
export function mediaFailure(error: unknown, engine: string, signal: AbortSignal): EngineError {
  if (signal.aborted) return new EngineError('aborted', 'was stopped', { engine, cause: signal.reason })
  const reason = 'the bytes of a medium could not be loaded'
  const cause = error instanceof ApiError ? error : apiErrorWith('internal', { reason, cause: error })
  return new EngineError('refused', 'was not given the bytes of a medium', {
    engine,
    cause,
    publicMessage: cause.publicMessage,
  })
}
