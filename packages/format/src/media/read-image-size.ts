/**
 * The size of an image, read from its header and never from what is said about it.
 *
 * An EXIF orientation is not looked at: the model's processor does not turn images, and counts both ways alike.
 */

import type { ImageMeasure } from '../prompt.ts'
import { type ByteSource, HeaderProblem } from './byte-source.ts'
import { gifSize } from './gif-size.ts'
import { jpegSize } from './jpeg-size.ts'
import { pngSize } from './png-size.ts'
import { webpSize } from './webp-size.ts'

/**
 * - `malformed`: no header of this format, a header that was cut, a size of zero, or too much in front of the size.
 * - `too-large`: a side or an area past the limits below.
 */
export type ImageProblem = 'malformed' | 'too-large'

/** Pixels a side. PNG and WebP can claim more, and no encoder of the other two can. */
export const MAXIMUM_IMAGE_SIDE = 65_535
/** Pixels in all. Pillow, with which the model's processor opens images, calls more a decompression bomb. */
export const MAXIMUM_IMAGE_PIXELS = 178_956_970

const READERS: Readonly<Record<string, (bytes: ByteSource) => ImageMeasure>> = {
  'image/png': pngSize,
  'image/jpeg': jpegSize,
  'image/webp': webpSize,
  'image/gif': gifSize,
}

/** Never throws, and reads a few hundred bytes of all but the strangest images. Any other `mime` is `malformed`. */
export function readImageSize(mime: string, bytes: ByteSource): ImageMeasure | ImageProblem {
  const size = sizeOrProblem(mime, bytes)
  if (typeof size === 'string') return size
  const { width, height } = size
  if (width === 0 || height === 0) return 'malformed'
  if (width > MAXIMUM_IMAGE_SIDE || height > MAXIMUM_IMAGE_SIDE) return 'too-large'
  return width * height > MAXIMUM_IMAGE_PIXELS ? 'too-large' : size
}

function sizeOrProblem(mime: string, bytes: ByteSource): ImageMeasure | ImageProblem {
  const read = Object.hasOwn(READERS, mime) ? READERS[mime] : undefined
  if (read === undefined) return 'malformed'
  try {
    return read(bytes)
  } catch (error) {
    if (error instanceof HeaderProblem) return 'malformed'
    throw error
  }
}
