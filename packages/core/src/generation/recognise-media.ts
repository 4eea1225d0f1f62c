/** What kind of image or video some bytes are, by the signature that they start with. */

import type { ByteSource } from '@moonbase/format'

/** Bytes within which every signature ends. */
const HEAD = 16

/** The mime type of an image or a video that the API takes, or `undefined`. */
export function recogniseMedia(source: ByteSource): string | undefined {
  const bytes = String.fromCharCode(...source.at(0, HEAD))
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
