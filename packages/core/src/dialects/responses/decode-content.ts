/** Contents of messages and of tool results: text, images, and the refusal of what this server cannot read. */

import { MAXIMUM_IMAGE_PIXELS, MAXIMUM_IMAGE_SIDE } from '@moonbase/format'
import { shown } from '@moonbase/protocol'
import { apiError, apiErrorWith } from '@moonbase/protocol/errors'
import type { Content, DraftPart, ReadMedia } from '../../generation/index.ts'
import { type Fields, object, refuse, text } from './shape.ts'

/** A text, or parts of it; an empty text beside others says nothing and is left away. */
export function decodeContent(value: unknown, at: string, readMedia: ReadMedia): Content<DraftPart> {
  if (typeof value === 'string') return value
  if (!Array.isArray(value)) throw refuse(at, 'must be a string or an array of content parts')
  const parts = value.map((part: unknown, index) =>
    decodePart(object(part, `${at}[${index}]`), `${at}[${index}]`, readMedia),
  )
  const said = parts.filter((part) => part.type !== 'text' || part.text !== '')
  const [only] = said
  if (said.length === 0) return ''
  return said.length === 1 && only?.type === 'text' ? only.text : said
}

function decodePart(part: Fields, at: string, readMedia: ReadMedia): DraftPart {
  switch (part['type']) {
    case 'input_text':
    case 'output_text':
    case 'text':
    case 'summary_text':
    case 'reasoning_text':
      return { type: 'text', text: text(part['text'], `${at}.text`) }
    case 'refusal':
      return { type: 'text', text: text(part['refusal'], `${at}.refusal`) }
    case 'input_image':
    case 'computer_screenshot':
      return decodeImage(part, at, readMedia)
    case 'input_file':
      throw refuse(at, 'is a file: this server reads no files here. Send their text as input_text')
    default:
      throw refuse(`${at}.type`, `is ${shown(part['type'])}, which is not a content part that this server reads`)
  }
}

function decodeImage(part: Fields, at: string, readMedia: ReadMedia): DraftPart {
  const { image_url: url } = part
  if (url === undefined || url === null) {
    throw refuse(at, 'names a file_id: this server keeps no files here. Send the image as a data URL in image_url')
  }
  const address = text(url, `${at}.image_url`)
  const media = readMedia('image', address)
  const field = { name: `${at}.image_url` }
  switch (media) {
    case 'format':
      throw apiErrorWith('unsupported_image_format', { field })
    case 'size': {
      const details = `an image is larger than ${MAXIMUM_IMAGE_SIDE} pixels a side, or ${MAXIMUM_IMAGE_PIXELS} in all`
      throw apiError('invalid_request', { details })
    }
    case 'url':
      // Refused unless somebody fetches it.
      return { type: 'reference', medium: 'image', url: address }
    default:
      return media
  }
}
