/**
 * Frames of a Flash video, counted tag by tag: what its metadata claims is a wish of the encoder.
 *
 * Source: Adobe Flash Video File Format Specification 10.1, annex E, and Enhanced RTMP for codecs beyond it.
 */

import type { ByteWindow } from './byte-window.ts'
import { type CountedFrames, FrameClock } from './frame-clock.ts'

const TAG_HEAD = 11
/** Behind each tag stands its length once more. */
const LENGTH_AGAIN = 4
const VIDEO = 9
const COMMAND = 5
const AVC = 7
/** The packet types that hold a frame: `NALU` of AVC, coded frames with and without a composition time. */
const AVC_FRAME = 1
const CODED_FRAMES: ReadonlySet<number> = new Set([1, 3])

/** `undefined` without a frame of video. Ends quietly where the file does. */
export async function flvFrames(bytes: ByteWindow): Promise<CountedFrames | undefined> {
  const clock = new FrameClock()
  const header = await bytes.at(0, 9)
  if (header === undefined) return undefined
  for (let at = header.getUint32(5) + LENGTH_AGAIN; ;) {
    const tag = await bytes.at(at, TAG_HEAD + 2)
    if (tag === undefined) return clock.counted()
    const length = tag.getUint32(0) & 0xffffff
    // The upper eight of thirty-two bits stand behind the lower ones.
    const timeMs = (tag.getUint32(4) >>> 8) | (tag.getUint8(7) << 24)
    if (tag.getUint8(0) === VIDEO && length > 0 && isFrame(tag.getUint8(TAG_HEAD), tag.getUint8(TAG_HEAD + 1))) {
      clock.count(timeMs)
    }
    at += TAG_HEAD + length + LENGTH_AGAIN
  }
}

/** Neither a command nor the codec's own header nor an end. */
function isFrame(head: number, packet: number): boolean {
  if (head & 0x80) return CODED_FRAMES.has(head & 0x0f)
  if (head >> 4 === COMMAND) return false
  return (head & 0x0f) !== AVC || packet === AVC_FRAME
}
