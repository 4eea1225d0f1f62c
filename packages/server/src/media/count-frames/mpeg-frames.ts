/**
 * Pictures of an MPEG-1 or MPEG-2 video, alone or in a program stream, counted by their start codes: such files have no
 * index, and the last time stamp in them is seldom that of the last picture.
 *
 * Source: ISO/IEC 11172-1 and -2, 13818-1 and -2.
 */

import type { ByteWindow } from './byte-window.ts'

const PACK = 0xba
const FIRST_PACKET = 0xbb
const FIRST_VIDEO = 0xe0
const LAST_VIDEO = 0xef
const PIECE = 64 * 1024

/** Pictures of the first video stream; two fields make one. Ends quietly where the file does. */
export async function mpegFrames(bytes: ByteWindow): Promise<number> {
  const pictures = new PictureCounter()
  const first = await bytes.at(0, 4)
  if (first?.getUint32(0) !== (0x100 | PACK)) await countPiece(bytes, 0, bytes.size, pictures)
  else await countPackets(bytes, pictures)
  return Math.round(pictures.count)
}

async function countPackets(bytes: ByteWindow, pictures: PictureCounter): Promise<void> {
  /** The id of the first video stream. */
  let video: number | undefined
  for (let at = 0; ;) {
    const head = await bytes.at(at, 6)
    if (head === undefined) return
    const code = head.getUint8(3)
    if (head.getUint32(0) >>> 8 !== 1 || code < PACK) {
      // Out of step: the next start code is somewhere behind.
      at += 1
      continue
    }
    if (code === PACK) {
      const pack = await bytes.at(at, 14)
      if (pack === undefined) return
      const isSecond = (pack.getUint8(4) & 0xc0) === 0x40
      at += isSecond ? 14 + (pack.getUint8(13) & 0x07) : 12
      continue
    }
    const length = code >= FIRST_PACKET ? head.getUint16(4) : 0
    const end = Math.min(at + 6 + length, bytes.size)
    if (code >= FIRST_VIDEO && code <= LAST_VIDEO) video ??= code
    if (code === video) await countPiece(bytes, await startOfPayload(bytes, at + 6), end, pictures)
    at = end
  }
}

/** Behind the packet's own header, of which MPEG-1 and MPEG-2 have each their own form. */
async function startOfPayload(bytes: ByteWindow, start: number): Promise<number> {
  const head = await bytes.at(start, Math.min(32, bytes.size - start))
  if (head === undefined || head.byteLength < 3) return bytes.size
  if ((head.getUint8(0) & 0xc0) === 0x80) return start + 3 + head.getUint8(2)
  let at = 0
  const byte = () => (at < head.byteLength ? head.getUint8(at) : 0)
  while (byte() === 0xff) at += 1
  if ((byte() & 0xc0) === 0x40) at += 2
  const stamps = byte() >> 4
  return start + at + (stamps === 3 ? 10 : stamps === 2 ? 5 : 1)
}

async function countPiece(bytes: ByteWindow, start: number, end: number, pictures: PictureCounter): Promise<void> {
  for (let at = start; at < end; at += PIECE) {
    const piece = await bytes.at(at, Math.min(PIECE, end - at))
    if (piece === undefined) return
    for (let index = 0; index < piece.byteLength; index += 1) pictures.push(piece.getUint8(index))
  }
}

const PICTURE_START = 0x00000100
const EXTENSION_START = 0x000001b5
/** Bytes of a picture coding extension up to the one that tells fields from frames. */
const STRUCTURE_AT = 3
const CODING_EXTENSION = 8
const WHOLE_FRAME = 3

/** Takes a stream byte by byte, however it was cut. */
class PictureCounter {
  count = 0
  /** The last four bytes. */
  #last = 0xffffffff
  /** Bytes since the start code of an extension, or `undefined` outside of the first of one. */
  #extension: number | undefined

  push(byte: number): void {
    this.#last = ((this.#last << 8) | byte) >>> 0
    if (this.#last === PICTURE_START) this.count += 1
    if (this.#last === EXTENSION_START) this.#extension = 0
    else if (this.#extension !== undefined) this.#readExtension(byte, this.#extension + 1)
  }

  #readExtension(byte: number, index: number): void {
    this.#extension = index < STRUCTURE_AT ? index : undefined
    if (index === 1 && byte >> 4 !== CODING_EXTENSION) this.#extension = undefined
    if (index === STRUCTURE_AT && (byte & 3) !== WHOLE_FRAME) this.count -= 0.5
  }
}
