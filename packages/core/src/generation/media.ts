/** Media from data URLs: read leniently, recognised by their first bytes and never by what the URL says. */

import type { MediaPart } from './request.ts'

export type MediaProblem = 'url' | 'format'

/**
 * Takes `data:<anything>;base64,<data>`, with white space anywhere in the data and any or no mime type before it: the
 * platform's own samples send `data:image/.png;base64,` and a space after the comma.
 */
export function mediaFromUrl(type: 'image' | 'video', url: string): MediaPart | MediaProblem {
  const comma = url.indexOf(',')
  if (comma === -1 || comma > MAXIMUM_HEAD || !/^\s*data:[^,]*;\s*base64\s*$/i.test(url.slice(0, comma))) return 'url'
  const base64 = cleanBase64(url.slice(comma + 1))
  if (base64 === undefined) return 'format'
  const mime = recognise(firstBytes(base64))
  return mime?.startsWith(type) ? { type, mime, base64 } : 'format'
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

const HEAD_CHARACTERS = 64

function firstBytes(base64: string): string {
  // Whole groups of four only, so that a cut or a missing padding at the end does not matter here.
  const length = Math.min(HEAD_CHARACTERS, base64.length - (base64.length % 4))
  return atob(base64.slice(0, length))
}

/** A signature at the start of the bytes; `bytes` is a string of one character per byte. */
function recognise(bytes: string): string | undefined {
  for (const [offset, signature, mime] of SIGNATURES) if (bytes.startsWith(signature, offset)) return mime
  if (bytes.startsWith('RIFF')) return RIFF_FORMS[bytes.slice(8, 12)]
  if (bytes.startsWith('ftyp', 4)) return mimeOfBrand(bytes.slice(8, 12))
  return undefined
}

const SIGNATURES: readonly (readonly [offset: number, signature: string, mime: string])[] = [
  [0, '\x89PNG\r\n\x1a\n', 'image/png'],
  [0, '\xff\xd8\xff', 'image/jpeg'],
  [0, 'GIF87a', 'image/gif'],
  [0, 'GIF89a', 'image/gif'],
  [0, '\x1a\x45\xdf\xa3', 'video/webm'],
  [0, 'FLV\x01', 'video/x-flv'],
  [0, '\x30\x26\xb2\x75\x8e\x66\xcf\x11', 'video/x-ms-wmv'],
  [0, '\x00\x00\x01\xba', 'video/mpeg'],
  [0, '\x00\x00\x01\xb3', 'video/mpeg'],
  // QuickTime files older than the `ftyp` box.
  [4, 'moov', 'video/quicktime'],
  [4, 'mdat', 'video/quicktime'],
  [4, 'wide', 'video/quicktime'],
]

const RIFF_FORMS: Readonly<Record<string, string>> = { WEBP: 'image/webp', 'AVI ': 'video/x-msvideo' }

/** Brands of still images (`avif`, `heic`, `mif1` …) share the box with videos and are not taken. */
function mimeOfBrand(brand: string): string | undefined {
  if (/^(?:avi[fs]|hei[cfmsx]|hev[cx]|mif1|msf1)$/.test(brand)) return undefined
  if (brand === 'qt  ') return 'video/quicktime'
  return brand.startsWith('3g') ? 'video/3gpp' : 'video/mp4'
}
