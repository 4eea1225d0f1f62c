/**
 * Frames of a WMV (ASF) file, counted packet by packet: the container says how long it is, and seldom how many frames.
 *
 * Source: Advanced Systems Format specification, revision 01.20.06, sections 3 and 5.
 */

import type { ByteWindow } from './byte-window.ts'
import { type CountedFrames, FrameClock } from './frame-clock.ts'

// Object ids, as their first eight bytes read big-endian: enough to tell them apart.
const FILE_PROPERTIES = 0xa1dcab8c47a9cf11n
const STREAM_PROPERTIES = 0x9107dcb7b7a9cf11n
const DATA = 0x3626b2758e66cf11n
const VIDEO = 0xc0ef19bc4d5bcf11n

const OBJECT_HEAD = 24
const HEADER_HEAD = 30
const DATA_HEAD = 50
/** Objects of the header, far more than there are. */
const MAXIMUM_OBJECTS = 1024
const MAXIMUM_PACKET = 64 * 1024

/** `undefined` without a video stream or a frame of it. Ends quietly where the file does. */
export async function asfFrames(bytes: ByteWindow): Promise<CountedFrames | undefined> {
  const found = await findStream(bytes)
  if (found === undefined) return undefined
  const clock = new FrameClock()
  for (let at = found.firstPacket; ; at += found.packetLength) {
    const packet = await bytes.at(at, found.packetLength)
    if (packet === undefined) return clock.counted()
    try {
      countPacket(new PacketReader(packet), found.stream, clock)
    } catch (error) {
      // What a broken packet said before it broke counts; the next one begins at its own place.
      if (!(error instanceof RangeError)) throw error
    }
  }
}

/** The number of the first video stream, and where the packets lie. */
async function findStream(bytes: ByteWindow) {
  let packetLength: number | undefined
  let stream: number | undefined
  let at = HEADER_HEAD
  for (let objects = 0; objects < MAXIMUM_OBJECTS; objects += 1) {
    const head = await bytes.at(at, OBJECT_HEAD)
    if (head === undefined) return undefined
    const id = head.getBigUint64(0)
    const length = Number(head.getBigUint64(16, true))
    if (id === DATA) {
      if (packetLength === undefined || stream === undefined) return undefined
      return { packetLength, stream, firstPacket: at + DATA_HEAD }
    }
    if (id === FILE_PROPERTIES) {
      const claimed = (await bytes.at(at + 92, 4))?.getUint32(0, true) ?? 0
      if (claimed > 0 && claimed <= MAXIMUM_PACKET) packetLength = claimed
    }
    if (id === STREAM_PROPERTIES && stream === undefined) {
      const body = await bytes.at(at + OBJECT_HEAD, 50)
      if (body?.getBigUint64(0) === VIDEO) stream = body.getUint16(48, true) & 0x7f
    }
    if (length < OBJECT_HEAD) return undefined
    at += length
  }
  return undefined
}

function countPacket(packet: PacketReader, stream: number, clock: FrameClock): void {
  let flags = packet.byte()
  if (flags & 0x80) {
    // Error correction data in front.
    packet.skip(flags & 0x0f)
    flags = packet.byte()
  }
  const properties = packet.byte()
  packet.number(flags >> 5)
  packet.number(flags >> 1)
  const padding = packet.number(flags >> 3)
  packet.skip(6)
  const isMany = (flags & 1) === 1
  const counts = isMany ? packet.byte() : 1
  for (let payload = 0; payload < (counts & 0x3f); payload += 1) {
    const isOurs = (packet.byte() & 0x7f) === stream
    packet.number(properties >> 4)
    const offset = packet.number(properties >> 2)
    const replicated = packet.number(properties)
    // With one byte of replicated data, whole frames follow each other: `offset` is the time of the first,
    // and the byte is the time between them.
    const isPacked = replicated === 1
    const stepMs = isPacked ? packet.byte() : 0
    const timeMs = isPacked ? offset : packet.timeIn(replicated)
    const length = isMany ? packet.number(counts >> 6) : packet.left - padding
    if (length < 0) throw new RangeError('a payload of less than nothing')
    if (isOurs && !isPacked && offset === 0) clock.count(timeMs)
    if (isOurs && isPacked) countPacked(packet, length, timeMs, stepMs, clock)
    else packet.skip(length)
  }
}

function countPacked(packet: PacketReader, length: number, timeMs: number, stepMs: number, clock: FrameClock): void {
  const end = packet.left - length
  for (let frame = 0; packet.left > end; frame += 1) {
    packet.skip(packet.byte())
    clock.count(timeMs + frame * stepMs)
  }
}

/** Reads on in one packet. Every step past its end is a `RangeError`. */
class PacketReader {
  readonly #view: DataView
  #at = 0

  constructor(view: DataView) {
    this.#view = view
  }

  get left(): number {
    return this.#view.byteLength - this.#at
  }

  byte(): number {
    const value = this.#view.getUint8(this.#at)
    this.#at += 1
    return value
  }

  skip(length: number): void {
    if (length > this.left) throw new RangeError('past the end of the packet')
    this.#at += length
  }

  /** A number of no, one, two or four bytes, as the last two bits of `type` say. */
  number(type: number): number {
    const at = this.#at
    switch (type & 3) {
      case 1:
        return this.byte()
      case 2:
        this.skip(2)
        return this.#view.getUint16(at, true)
      case 3:
        this.skip(4)
        return this.#view.getUint32(at, true)
      default:
        return 0
    }
  }

  /** Steps over `length` bytes of replicated data; its second four bytes are the time in milliseconds. */
  timeIn(length: number): number {
    const at = this.#at
    this.skip(length)
    return length >= 8 ? this.#view.getUint32(at + 4, true) : 0
  }
}
