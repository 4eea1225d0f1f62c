/**
 * Frames of a WebM or Matroska file, counted block by block: what browsers record has neither a duration nor an index.
 *
 * Source: RFC 8794 (EBML) and RFC 9559 (Matroska).
 */

import type { ByteWindow } from './byte-window.ts'
import { type CountedFrames, FrameClock } from './frame-clock.ts'

const SEGMENT = 0x18538067
const INFO = 0x1549a966
const TIMESTAMP_SCALE = 0x2ad7b1
const TRACKS = 0x1654ae6b
const TRACK_ENTRY = 0xae
const TRACK_NUMBER = 0xd7
const TRACK_TYPE = 0x83
const CLUSTER = 0x1f43b675
const CLUSTER_TIMESTAMP = 0xe7
const SIMPLE_BLOCK = 0xa3
const BLOCK_GROUP = 0xa0
const BLOCK = 0xa1

/** Elements that are entered. Their ends play no role here, so an unknown length, as in live recordings, does no harm. */
const ENTERED: ReadonlySet<number> = new Set([SEGMENT, INFO, TRACKS, TRACK_ENTRY, CLUSTER, BLOCK_GROUP])

const VIDEO = 1

/** `undefined` without a video track or a frame of it. Ends quietly where the file does. */
export async function matroskaFrames(bytes: ByteWindow): Promise<CountedFrames | undefined> {
  const clock = new FrameClock()
  let millisecondsPerTick = 1
  let clusterTime = 0
  let track = { number: 0, type: 0 }
  /** The number of the first video track. */
  let video: number | undefined
  for (let at = 0; ;) {
    const element = await elementAt(bytes, at)
    if (element === undefined) return clock.counted()
    at = element.start
    if (element.id === TRACK_ENTRY) track = { number: 0, type: 0 }
    if (ENTERED.has(element.id)) continue
    switch (element.id) {
      case TIMESTAMP_SCALE:
        millisecondsPerTick = (await integerAt(bytes, at, element.length)) / 1e6
        break
      case TRACK_NUMBER:
        track.number = await integerAt(bytes, at, element.length)
        break
      case TRACK_TYPE:
        track.type = await integerAt(bytes, at, element.length)
        break
      case CLUSTER_TIMESTAMP:
        clusterTime = await integerAt(bytes, at, element.length)
        break
      case SIMPLE_BLOCK:
      case BLOCK: {
        const block = await blockAt(bytes, at)
        if (block?.track === video) clock.count((clusterTime + (block?.time ?? 0)) * millisecondsPerTick)
      }
    }
    if (video === undefined && track.type === VIDEO && track.number > 0) video = track.number
    at += element.length
  }
}

async function elementAt(bytes: ByteWindow, at: number) {
  const head = await bytes.at(at, Math.min(12, bytes.size - at))
  if (head === undefined || head.byteLength < 2) return undefined
  const idLength = Math.clz32(head.getUint8(0)) - 23
  if (idLength > 4 || idLength >= head.byteLength) return undefined
  const lengthOfLength = Math.clz32(head.getUint8(idLength)) - 23
  if (lengthOfLength > 8 || idLength + lengthOfLength > head.byteLength) return undefined
  const id = unsigned(head, 0, idLength)
  const length = withoutMarker(head, idLength, lengthOfLength)
  return { id, length, start: at + idLength + lengthOfLength }
}

async function blockAt(bytes: ByteWindow, at: number): Promise<{ track: number; time: number } | undefined> {
  const head = await bytes.at(at, Math.min(10, bytes.size - at))
  if (head === undefined || head.byteLength === 0) return undefined
  const length = Math.clz32(head.getUint8(0)) - 23
  if (length > 8 || length + 2 > head.byteLength) return undefined
  return { track: withoutMarker(head, 0, length), time: head.getInt16(length) }
}

async function integerAt(bytes: ByteWindow, at: number, length: number): Promise<number> {
  const view = length > 8 ? undefined : await bytes.at(at, length)
  return view === undefined ? 0 : unsigned(view, 0, length)
}

/** A number whose first byte says, by its leading zeros, how long it is; the bit behind them is no part of it. */
function withoutMarker(view: DataView, start: number, length: number): number {
  const first = view.getUint8(start) & (0x7f >> (length - 1))
  return first * 256 ** (length - 1) + unsigned(view, start + 1, length - 1)
}

function unsigned(view: DataView, start: number, length: number): number {
  let value = 0
  for (let at = start; at < start + length; at += 1) value = value * 256 + view.getUint8(at)
  return value
}
