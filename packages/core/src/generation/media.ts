/** Media from data URLs: read leniently, recognised by their first bytes and never by what the URL says. */

import { readImageSize } from '@moonbase/format'
import { base64Bytes } from './base64-bytes.ts'
import { recogniseMedia } from './recognise-media.ts'
import type { HeldMedia } from './request.ts'

/**
 * - `url`: no data URL in base64.
 * - `format`: no base64, no medium of this type, or an image whose header cannot be read.
 * - `size`: an image of more pixels than anybody opens.
 */
export type MediaProblem = 'url' | 'format' | 'size'

/** Reads an image or a video out of a URL. Handed in: who takes none has no use for what knows their formats. */
export type ReadMedia = (type: 'image' | 'video', url: string) => HeldMedia | MediaProblem

/**
 * Takes `data:<anything>;base64,<data>`, with white space anywhere in the data and any or no mime type before it: the
 * platform's own samples send `data:image/.png;base64,` and a space after the comma.
 */
export function mediaFromUrl(type: 'image' | 'video', url: string): HeldMedia | MediaProblem {
  const comma = url.indexOf(',')
  if (comma === -1 || comma > MAXIMUM_HEAD || !/^\s*data:[^,]*;\s*base64\s*$/i.test(url.slice(0, comma))) return 'url'
  const base64 = cleanBase64(url.slice(comma + 1))
  return base64 === undefined ? 'format' : mediaFromBase64(type, base64)
}

/** The same of bytes that came in another way. Takes standard base64 with its padding. */
export function mediaFromBase64(type: 'image' | 'video', base64: string): HeldMedia | Exclude<MediaProblem, 'url'> {
  const bytes = base64Bytes(base64)
  const mime = recogniseMedia(bytes)
  if (mime === undefined || !mime.startsWith(type)) return 'format'
  if (type === 'video') return { type, mime, base64 }
  const measured = readImageSize(mime, bytes)
  if (measured === 'malformed') return 'format'
  return measured === 'too-large' ? 'size' : { type, mime, base64, measured }
}

/** Standard base64 with its padding, or `undefined` for what is none. */
function cleanBase64(data: string): string | undefined {
  let text = withoutPadding(data)
  if (NOT_BASE64.test(text)) text = withoutPadding(text.replace(/\s+/g, '')).replaceAll('-', '+').replaceAll('_', '/')
  if (text === '' || text.length % 4 === 1 || NOT_BASE64.test(text)) return undefined
  return text.padEnd(Math.ceil(text.length / 4) * 4, '=')
}

function withoutPadding(text: string): string {
  let end = text.length
  while (end > 0 && text.charCodeAt(end - 1) === PADDING) end -= 1
  return text.slice(0, end)
}

const PADDING = '='.charCodeAt(0)

/** Longest `data:…;base64` in front of the comma. */
const MAXIMUM_HEAD = 256
const NOT_BASE64 = /[^A-Za-z0-9+/]/
