/** WebP: the first chunk holds the size, in one of three forms (lossy, lossless, extended). */

import type { ImageMeasure } from '../prompt.ts'
import { type ByteSource, HeaderProblem, bytesAt } from './byte-source.ts'

const RIFF = 0x52494646
const WEBP = 0x57454250
const LOSSY = 0x56503820
const LOSSLESS = 0x5650384c
const EXTENDED = 0x56503858

export function webpSize(bytes: ByteSource): ImageMeasure {
  const header = bytesAt(bytes, 0, 20)
  if (header.getUint32(0) !== RIFF || header.getUint32(8) !== WEBP) throw new HeaderProblem('is no WebP')
  switch (header.getUint32(12)) {
    case LOSSY:
      return lossySize(bytesAt(bytes, 20, 10))
    case LOSSLESS:
      return losslessSize(bytesAt(bytes, 20, 5))
    case EXTENDED:
      return extendedSize(bytesAt(bytes, 20, 10))
    default:
      throw new HeaderProblem('begins with an unknown chunk')
  }
}

/** A VP8 key frame: three bytes of tag, a start code, then fourteen bits of each side below two of scaling. */
function lossySize(frame: DataView): ImageMeasure {
  const isKeyFrame = (frame.getUint8(0) & 1) === 0
  const startCode = frame.getUint32(2) & 0x00ffffff
  if (!isKeyFrame || startCode !== 0x9d012a) throw new HeaderProblem('does not begin with a key frame')
  return { width: frame.getUint16(6, true) & 0x3fff, height: frame.getUint16(8, true) & 0x3fff }
}

/** A signature, then fourteen bits of each side less one, one bit of alpha and three of a version that is zero. */
function losslessSize(frame: DataView): ImageMeasure {
  const bits = frame.getUint32(1, true)
  if (frame.getUint8(0) !== 0x2f || bits >>> 29 !== 0) throw new HeaderProblem('does not begin with a lossless picture')
  return { width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1 }
}

/** Flags and three reserved bytes, then the canvas: 24 bits of each side less one. */
function extendedSize(canvas: DataView): ImageMeasure {
  return { width: (canvas.getUint32(3, true) >>> 8) + 1, height: (canvas.getUint32(6, true) >>> 8) + 1 }
}
