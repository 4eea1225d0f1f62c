/** JPEG: the size stands in the frame header, behind any number of segments that have to be stepped over. */

import type { ImageMeasure } from '../prompt.ts'
import { type ByteSource, HeaderProblem, byteAt, bytesAt } from './byte-source.ts'

/** Segments before the frame header. A colour profile of 16 MB has 256 of them; what has more hides something. */
const MAXIMUM_SEGMENTS = 2048
/** Bytes between segments, all in all: any number of fill bytes is legal, and decoders skip what is none. */
const MAXIMUM_FILL = 4096

const START_OF_IMAGE = 0xffd8
const END_OF_IMAGE = 0xd9
const START_OF_SCAN = 0xda

export function jpegSize(bytes: ByteSource): ImageMeasure {
  if (bytesAt(bytes, 0, 2).getUint16(0) !== START_OF_IMAGE) throw new HeaderProblem('is no JPEG')
  let at = 2
  let fill = 0
  for (let segments = 0; segments < MAXIMUM_SEGMENTS; segments += 1) {
    const marker = nextMarker(bytes, at, MAXIMUM_FILL - fill)
    fill += marker.skipped
    at = marker.end
    if (hasNoLength(marker.code)) continue
    if (marker.code === END_OF_IMAGE || marker.code === START_OF_SCAN) throw new HeaderProblem('has no frame header')
    const length = bytesAt(bytes, at, 2).getUint16(0)
    if (length < 2) throw new HeaderProblem('has a segment of no length')
    if (isFrameHeader(marker.code)) return frameSize(bytes, at, length)
    at += length
  }
  throw new HeaderProblem('has too many segments')
}

/** A marker is `ff` and a code that is neither `00` nor `ff`. */
function nextMarker(bytes: ByteSource, start: number, maximumFill: number) {
  let previous = 0
  for (let at = start; at < start + maximumFill + 2; at += 1) {
    const byte = byteAt(bytes, at)
    if (previous === 0xff && byte !== 0xff && byte !== 0) return { code: byte, end: at + 1, skipped: at - 1 - start }
    previous = byte
  }
  throw new HeaderProblem('has too much between its segments')
}

/** Restart markers, a second start of image, and `TEM`. */
function hasNoLength(code: number): boolean {
  return (code >= 0xd0 && code <= 0xd8) || code === 0x01
}

/** `SOF0` to `SOF15`: the codes of Huffman tables, of arithmetic conditioning and one that is reserved lie among them. */
function isFrameHeader(code: number): boolean {
  return code >= 0xc0 && code <= 0xcf && code !== 0xc4 && code !== 0xc8 && code !== 0xcc
}

function frameSize(bytes: ByteSource, at: number, length: number): ImageMeasure {
  const header = bytesAt(bytes, at, 8)
  const components = header.getUint8(7)
  if (components === 0 || length !== 8 + 3 * components) throw new HeaderProblem('has a frame header of a wrong length')
  return { width: header.getUint16(5), height: header.getUint16(3) }
}
