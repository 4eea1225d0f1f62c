/**
 * Frames of an MP4, QuickTime or 3GPP file, by its sample tables and fragments: what decoders count, where MediaInfo
 * makes an edit list and a variable rate into a guess.
 *
 * Source: ISO/IEC 14496-12, sections 4 and 8.
 */

import type { ByteWindow } from './byte-window.ts'
import type { CountedFrames } from './frame-clock.ts'

/** A box's name as the number that it is. */
const box = (name: string) => Buffer.from(name, 'latin1').readUInt32BE()

const TRACK = box('trak')
const TRACK_HEAD = box('tkhd')
const MEDIA_HEAD = box('mdhd')
const HANDLER = box('hdlr')
const SAMPLE_SIZES = box('stsz')
const COMPACT_SAMPLE_SIZES = box('stz2')
const SAMPLE_TIMES = box('stts')
const TRACK_DEFAULTS = box('trex')
const FRAGMENT_HEAD = box('tfhd')
const FRAGMENT_RUN = box('trun')
const VIDEO = box('vide')

/** Boxes of boxes. They are entered, and what stands behind their last one is the next box anyway. */
const ENTERED: ReadonlySet<number> = new Set(
  ['moov', 'trak', 'mdia', 'minf', 'stbl', 'mvex', 'moof', 'traf'].map((name) => box(name)),
)

interface Track {
  id: number
  handler: number
  /** Units of time in a second. */
  timescale: number
  samples: number
  /** Of all samples, in units of time. */
  duration: number
}

/** `undefined` without a video track, a frame or a time. Ends quietly where the file does. */
export async function mp4Frames(bytes: ByteWindow): Promise<CountedFrames | undefined> {
  const tracks: Track[] = []
  /** Duration of a sample where a fragment does not say it, by track. */
  const defaults = new Map<number, number>()
  let fragment = { track: 0, duration: 0 }
  for (let at = 0; ;) {
    const head = await boxAt(bytes, at)
    if (head === undefined) return countedOf(tracks)
    const track = tracks.at(-1)
    const { type, start, end } = head
    if (type === TRACK) tracks.push({ id: 0, handler: 0, timescale: 0, samples: 0, duration: 0 })
    else if (type === FRAGMENT_RUN) {
      const video = tracks.find(({ id }) => id === fragment.track)
      if (video !== undefined) await addRun(bytes, head, fragment.duration, video)
    } else if (type === FRAGMENT_HEAD) fragment = await fragmentAt(bytes, start, defaults)
    else if (type === TRACK_DEFAULTS) defaults.set(await word(bytes, start + 4), await word(bytes, start + 12))
    else if (track !== undefined) await readTrack(bytes, head, track)
    at = ENTERED.has(type) ? start : end
  }
}

function countedOf(tracks: readonly Track[]): CountedFrames | undefined {
  const video = tracks.find(({ handler, samples }) => handler === VIDEO && samples > 0)
  if (video === undefined || video.duration === 0 || video.timescale === 0) return undefined
  return { frames: video.samples, framesPerSecond: (video.samples * video.timescale) / video.duration }
}

interface Box {
  readonly type: number
  /** Of what is in it. */
  readonly start: number
  readonly end: number
}

async function boxAt(bytes: ByteWindow, at: number): Promise<Box | undefined> {
  const head = await bytes.at(at, 8)
  if (head === undefined) return undefined
  const type = head.getUint32(4)
  const length = head.getUint32(0)
  if (length === 0) return { type, start: at + 8, end: bytes.size }
  if (length >= 8) return { type, start: at + 8, end: at + length }
  if (length !== 1) return undefined
  const long = (await word(bytes, at + 8)) * 2 ** 32 + (await word(bytes, at + 12))
  return long < 16 ? undefined : { type, start: at + 16, end: at + long }
}

async function readTrack(bytes: ByteWindow, { type, start, end }: Box, track: Track): Promise<void> {
  // Dates and times are twice as long in version 1.
  const isLong = (await word(bytes, start)) >>> 24 === 1
  if (type === TRACK_HEAD) track.id = await word(bytes, start + (isLong ? 20 : 12))
  if (type === MEDIA_HEAD) track.timescale = await word(bytes, start + (isLong ? 20 : 12))
  // QuickTime has a second one, of the data.
  if (type === HANDLER && track.handler === 0) track.handler = await word(bytes, start + 8)
  if (type === SAMPLE_SIZES) {
    const isTable = (await word(bytes, start + 4)) === 0
    // A table of a claimed length ends where its box does; samples of one size have none, and the file to fit in.
    const most = isTable ? (end - start - 12) / 4 : bytes.size
    track.samples += Math.min(await word(bytes, start + 8), Math.max(0, Math.floor(most)))
  }
  if (type === COMPACT_SAMPLE_SIZES) track.samples += Math.min(await word(bytes, start + 8), (end - start) * 2)
  if (type === SAMPLE_TIMES) {
    const entries = Math.min(await word(bytes, start + 4), Math.ceil((Math.min(end, bytes.size) - start) / 8))
    for (let entry = 0; entry < entries; entry += 1) {
      const at = start + 8 + entry * 8
      track.duration += (await word(bytes, at)) * (await word(bytes, at + 4))
    }
  }
}

/** The track that the runs behind it belong to, and how long their samples are shown if they do not say. */
async function fragmentAt(bytes: ByteWindow, start: number, defaults: ReadonlyMap<number, number>) {
  const flags = await word(bytes, start)
  const track = await word(bytes, start + 4)
  const at = start + 8 + (flags & 0x1 ? 8 : 0) + (flags & 0x2 ? 4 : 0)
  return { track, duration: flags & 0x8 ? await word(bytes, at) : (defaults.get(track) ?? 0) }
}

async function addRun(bytes: ByteWindow, { start, end }: Box, duration: number, track: Track): Promise<void> {
  const flags = await word(bytes, start)
  const first = start + 8 + (flags & 0x1 ? 4 : 0) + (flags & 0x4 ? 4 : 0)
  const fields = [0x100, 0x200, 0x400, 0x800].filter((flag) => flags & flag)
  const length = 4 * fields.length
  const claimed = await word(bytes, start + 4)
  const most = length === 0 ? bytes.size : Math.max(0, Math.floor((Math.min(end, bytes.size) - first) / length))
  const samples = Math.min(claimed, most)
  track.samples += samples
  if (fields[0] !== 0x100) track.duration += samples * duration
  else for (let at = first; at < first + samples * length; at += length) track.duration += await word(bytes, at)
}

/** Four bytes, or zero where there are none. */
async function word(bytes: ByteWindow, at: number): Promise<number> {
  return (await bytes.at(at, 4))?.getUint32(0) ?? 0
}
