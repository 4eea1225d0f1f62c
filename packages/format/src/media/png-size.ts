/** PNG: the first chunk holds the size, and a checksum over it. */

import type { ImageMeasure } from '../prompt.ts'
import { type ByteSource, HeaderProblem, bytesAt } from './byte-source.ts'

const SIGNATURE = 0x89504e470d0a1a0an
const HEADER_LENGTH = 13
const HEADER_NAME = 0x49484452

export function pngSize(bytes: ByteSource): ImageMeasure {
  const header = bytesAt(bytes, 0, 33)
  if (header.getBigUint64(0) !== SIGNATURE) throw new HeaderProblem('is no PNG')
  if (header.getUint32(8) !== HEADER_LENGTH || header.getUint32(12) !== HEADER_NAME) {
    throw new HeaderProblem('does not begin with its header chunk')
  }
  // Every decoder refuses a header whose checksum is wrong.
  if (checksum(header, 12, 4 + HEADER_LENGTH) !== header.getUint32(29)) throw new HeaderProblem('has a wrong checksum')
  return { width: header.getUint32(16), height: header.getUint32(20) }
}

const POLYNOMIAL = 0xedb88320

/** CRC-32, bit by bit: seventeen bytes need no table. */
function checksum(view: DataView, start: number, length: number): number {
  let value = 0xffffffff
  for (let at = start; at < start + length; at += 1) {
    value ^= view.getUint8(at)
    for (let bit = 0; bit < 8; bit += 1) value = (value >>> 1) ^ (value & 1 ? POLYNOMIAL : 0)
  }
  return ~value >>> 0
}
