/** The refusal of an image or a video that cannot be read, whichever way it came. */

import { MAXIMUM_IMAGE_PIXELS, MAXIMUM_IMAGE_SIDE } from '@moonbase/format'
import { type ApiError, apiError } from '@moonbase/protocol/errors'
import type { MediaProblem } from './media.ts'
import { unsupportedUrl } from './references.ts'
import type { MediaPart } from './request.ts'

export function refusedMedia(medium: MediaPart['type'], url: string, problem: MediaProblem): ApiError {
  switch (problem) {
    case 'format':
      return apiError(medium === 'image' ? 'unsupported_image_format' : 'unsupported_video_format')
    case 'size': {
      const details = `an image is larger than ${MAXIMUM_IMAGE_SIDE} pixels a side, or ${MAXIMUM_IMAGE_PIXELS} in all`
      return apiError('invalid_request', { details })
    }
    case 'url':
      return unsupportedUrl(medium, url)
  }
}
