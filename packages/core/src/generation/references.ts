/** References to images and videos that are elsewhere: which drafts hold some, and the refusal of one that nobody resolved. */

import type { LenientSwitch } from '@moonbase/protocol'
import { type ApiError, apiError, apiErrorWith } from '@moonbase/protocol/errors'
import type { DraftMessage, DraftPart, MediaPart, Message, ReferencePart } from './request.ts'

/** Whether something of these messages is still elsewhere. */
export function holdsReferences(messages: readonly DraftMessage[]): boolean {
  return firstReference(messages) !== undefined
}

/** Throws an `ApiError`, with the platform's words for a URL that it does not take, while a reference is left. */
export function assertResolved(messages: readonly DraftMessage[]): asserts messages is readonly Message[] {
  const reference = firstReference(messages)
  if (reference !== undefined) throw unsupportedUrl(reference.medium, reference.url)
}

/** An image that is fetched when the request is resolved, where that may pass; `undefined`: its URL is to be read, or refused. */
export function fetchedImage(
  medium: MediaPart['type'],
  url: string,
  lenient: ReadonlySet<LenientSwitch>,
): ReferencePart | undefined {
  return isFetchable(medium, url) && lenient.has('fetch-image-urls') ? { type: 'reference', medium, url } : undefined
}

export function isFetchable(medium: MediaPart['type'], url: string): boolean {
  return medium === 'image' && /^https?:/i.test(url)
}

const SHOWN_URL_CHARACTERS = 200

/** The refusal of a URL that cannot be resolved; of a long one the beginning is shown. */
export function unsupportedUrl(medium: MediaPart['type'], url: string): ApiError {
  const shown = { url: shownUrl(url) }
  if (isFetchable(medium, url)) return apiErrorWith('unsupported_image_url', { switch: 'fetch-image-urls' }, shown)
  return medium === 'image' ? apiError('unsupported_image_url', shown) : apiError('unsupported_video_url', shown)
}

/** A URL as a refusal shows it. */
export function shownUrl(url: string): string {
  return url.length > SHOWN_URL_CHARACTERS ? `${url.slice(0, SHOWN_URL_CHARACTERS)}…` : url
}

/** Whether a part is an image or a video, here or elsewhere; `undefined` for text. */
export function mediumOf(part: DraftPart): MediaPart['type'] | undefined {
  if (part.type === 'text') return undefined
  return part.type === 'reference' ? part.medium : part.type
}

function firstReference(messages: readonly DraftMessage[]): (DraftPart & { type: 'reference' }) | undefined {
  for (const { content } of messages) {
    if (typeof content === 'string') continue
    for (const part of content) if (part.type === 'reference') return part
  }
  return undefined
}
