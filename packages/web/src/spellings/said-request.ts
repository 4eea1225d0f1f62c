/** The first step of every spelling: what of the request is to be said, with or without the bytes of its media. */

import type { ChatRequest } from '@moonbase/protocol'
import type { SpellingOptions } from './spelling.ts'
import { whatDiffers } from './what-differs.ts'
import { type MediaLeft, withoutMedia } from './without-media.ts'

export function saidRequest(
  request: ChatRequest,
  { everything = false, withMedia = false }: SpellingOptions,
): MediaLeft {
  const said = whatDiffers(request, everything)
  return withMedia ? { request: said, notes: [] } : withoutMedia(said)
}
