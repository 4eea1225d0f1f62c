/** GIF: the size of the screen, or of the first picture where that hangs over it. */

import type { ImageMeasure } from '../prompt.ts'
import { type ByteSource, HeaderProblem, byteAt, bytesAt } from './byte-source.ts'

/** Blocks of comments and metadata in front of the first picture, of up to 255 bytes each. */
const MAXIMUM_BLOCKS = 8192

const EXTENSION = 0x21
const PICTURE = 0x2c
const GIF = 0x474946

export function gifSize(bytes: ByteSource): ImageMeasure {
  const header = bytesAt(bytes, 0, 13)
  if (header.getUint32(0) >>> 8 !== GIF) throw new HeaderProblem('is no GIF')
  const screen = { width: header.getUint16(6, true), height: header.getUint16(8, true) }
  const picture = firstPicture(bytes, 13 + colourTableLength(header.getUint8(10)))
  // Pillow enlarges the screen so that the first picture fits: some encoders leave the screen at zero.
  return { width: Math.max(screen.width, picture.width), height: Math.max(screen.height, picture.height) }
}

/** How far the first picture reaches to the right and down. */
function firstPicture(bytes: ByteSource, start: number): ImageMeasure {
  let at = start
  let blocks = 0
  for (;;) {
    const kind = byteAt(bytes, at)
    if (kind === PICTURE) {
      const picture = bytesAt(bytes, at + 1, 8)
      return {
        width: picture.getUint16(0, true) + picture.getUint16(4, true),
        height: picture.getUint16(2, true) + picture.getUint16(6, true),
      }
    }
    if (kind !== EXTENSION) throw new HeaderProblem('holds no picture')
    at += 2
    for (let length = -1; length !== 0; at += 1 + length) {
      blocks += 1
      if (blocks > MAXIMUM_BLOCKS) throw new HeaderProblem('has too much in front of its first picture')
      length = byteAt(bytes, at)
    }
  }
}

function colourTableLength(flags: number): number {
  return flags & 0x80 ? 3 * 2 ** ((flags & 0x07) + 1) : 0
}
